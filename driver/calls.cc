#include "calls.h"

#include <algorithm>

#include "messages.h"

namespace jobq {
namespace {

// One overload for each word, so that a new one does not compile without.
struct FillWord {
  protocol::Outcome::Builder out;

  void operator()(const Done& done) { out.setComplete(wire::text(done.response)); }
  void operator()(const JobError& error) { wire::write(error, out.initFail()); }
  void operator()(const Retry& retry) { wire::write(retry, out.initRetry()); }
  void operator()(const Release& release) { wire::write(release, out.initRelease()); }
  void operator()(const Forbid& forbid) { wire::write(forbid.error, out.initForbid()); }
  void operator()(const Cancelled&) { out.setCancelled(); }
  void operator()(const Progress& progress) { wire::write(progress, out.initProgress()); }
  void operator()(const Log& log) { wire::write(log, out.initLog()); }
  void operator()(const AcceptOne& accept) { wire::write(accept, out.initAccepted()); }
};

}  // namespace

std::uint64_t first_request_number() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

Accepted ask_accept(StoreConnection& store, const std::string& datasource, const AcceptQuery& query,
                    std::uint64_t request_number, Span patience) {
  Accepted accepted;
  store.ask(
      {.method = Method::POST, .path = "/jobs/" + datasource + "/accept", .held = query.wait},
      [&](RequestBody body) {
        auto out = body.initAccept();
        out.setRequestNumber(request_number);
        wire::write(query, out);
      },
      [&](protocol::Reply::Reader reply) {
        const auto jobs = body_of(reply, Body::ACCEPTED).getAccepted();
        accepted = {.jobs = to_vector<AcceptedJob>(jobs),
                    .cancels = to_vector<CancelRequest>(reply.getCancels())};
      },
      patience);
  return accepted;
}

Renewal ask_renew(StoreConnection& store, const std::string& datasource, const RenewQuery& query) {
  Renewal renewal;
  store.ask(
      {.method = Method::POST, .path = "/jobs/" + datasource + "/renew", .held = query.wait},
      [&](RequestBody body) {
        auto out = body.initRenew();
        wire::write(query, out);
        auto list = out.initLeases(static_cast<unsigned>(query.leases.size()));
        for (unsigned i = 0; i < list.size(); ++i) {  // a renewal needs no token
          wire::write(Lease{query.leases[i].job, query.leases[i].attempt, {}}, list[i]);
        }
      },
      [&](protocol::Reply::Reader reply) {
        const auto list = items_of(reply, Body::RENEWED).getRenewed();
        require_size(list.size(), query.leases.size());
        renewal = {.results = to_vector<RenewResult>(list),
                   .cancels = to_vector<CancelRequest>(reply.getCancels())};
      });
  return renewal;
}

std::vector<UpdateResult> ask_update(StoreConnection& store, const std::string& datasource,
                                     std::span<const Outcome> outcomes) {
  std::vector<UpdateResult> results;
  store.ask(
      {.method = Method::POST, .path = "/jobs/" + datasource + "/update"},
      [&](RequestBody body) {
        auto list = body.initUpdate().initOutcomes(static_cast<unsigned>(outcomes.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
          wire::write(outcomes[i].lease, list[i].initLease());
          std::visit(FillWord{list[i]}, outcomes[i].report);
        }
      },
      [&](protocol::Reply::Reader reply) {
        const auto list = items_of(reply, Body::UPDATED).getUpdated();
        require_size(list.size(), outcomes.size());
        results = to_vector<UpdateResult>(list);
        for (std::size_t i = 0; i < results.size(); ++i) {
          const bool is_accept = std::holds_alternative<AcceptOne>(outcomes[i].report);
          if (is_accept && results[i].code == 200 && !results[i].accepted) {
            throw DamagedReply("accepted: is missing");
          }
        }
      });
  return results;
}

}  // namespace jobq

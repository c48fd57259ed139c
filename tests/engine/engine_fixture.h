// An engine on a manual clock, with words that make a test read as a sentence.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine.h"

namespace store {

using namespace std::chrono_literals;

struct SubmitOptions {
  std::string job = {};  // empty: the next of j1, j2, ...
  std::string client = "alice";
  std::string request = "{}";
  std::uint8_t priority = 50;
  Span keep_for = 60min;
};

class EngineFixture {
 public:
  Limits limits;
  Engine engine{limits, 7};
  Time now = Time(1'000'000s);
  Effects effects;
  std::vector<Entry> journal;  // everything recorded so far
  std::uint64_t next_request = 1;

  // Applies a command; the reply if there was one at once.
  std::optional<Reply> apply(Command command) {
    const Origin origin{0, "peer", true, next_request++};
    engine.apply(now, origin, std::move(command), effects);
    return reply_to(origin.request_id);
  }
  void tick() { engine.tick(now, effects); }
  void advance(Span span) {
    now += span;
    tick();
    collect();
  }

  // The reply to a request made before; taken out.
  std::optional<Reply> reply_to(std::uint64_t request_id) {
    collect();
    for (auto it = replies.begin(); it != replies.end(); ++it) {
      if (it->origin.request_id == request_id) {
        Reply reply = std::move(it->reply);
        replies.erase(it);
        return reply;
      }
    }
    return std::nullopt;
  }

  Submit submit_command(SubmitOptions options) {
    if (options.job.empty()) {
      options.job = "j" + std::to_string(++jobs_made);
    }
    return {"scan",
            {Submitted{options.job, options.client, options.request, options.priority,
                       options.keep_for}}};
  }
  std::variant<SubmitReply::Taken, Refused> try_submit(SubmitOptions options) {
    return std::get<SubmitReply>(*apply(submit_command(std::move(options)))).items.at(0);
  }
  std::string submit(SubmitOptions options = {}) {
    return std::get<SubmitReply::Taken>(try_submit(std::move(options))).job.id;
  }

  Accept accept_command(std::size_t max = 1, const std::string& worker = "w") {
    return {"scan", worker, next_number++, max, 30s, 0ms};
  }
  std::vector<JobView> accept(std::size_t max = 1, const std::string& worker = "w") {
    return std::get<AcceptReply>(*apply(accept_command(max, worker))).jobs;
  }
  Lease accept_one(const std::string& worker = "w") {
    const auto jobs = accept(1, worker);
    REQUIRE(jobs.size() == 1);
    return {jobs[0].id, jobs[0].attempt};
  }

  std::variant<Status, Refused> update(const Lease& lease, std::variant<Completed, Failed> word) {
    Update command{"scan", {Outcome{lease, std::move(word)}}};
    return std::get<UpdateReply>(*apply(std::move(command))).items.at(0);
  }
  std::variant<Status, Refused> complete(const Lease& lease, const std::string& response = "1") {
    return update(lease, Completed{response});
  }
  std::optional<Time> renew(const Lease& lease, Span span) {
    return std::get<RenewReply>(*apply(Renew{"scan", {lease}, span})).deadlines.at(0);
  }

  const Job* find(const std::string& job) const {
    const auto datasource = engine.jobs().find_datasource("scan");
    return datasource ? engine.jobs().find(*datasource, job) : nullptr;
  }
  Status status(const std::string& job) const {
    REQUIRE(find(job) != nullptr);
    return find(job)->status;
  }

  // What a restart from the journal alone would give.
  std::uint64_t replayed_digest() const {
    JobTable jobs(99);
    for (std::size_t i = 0; i < journal.size(); ++i) {
      jobs.apply(journal_times[i], journal[i]);
    }
    return jobs.digest();
  }

  std::vector<Outbound> replies;
  std::vector<Time> journal_times;

 private:
  void collect() {
    for (Entry& entry : effects.entries) {
      journal.push_back(std::move(entry));
      journal_times.push_back(now);
    }
    for (Outbound& outbound : effects.replies) {
      replies.push_back(std::move(outbound));
    }
    effects.clear();
  }

  int jobs_made = 0;
  std::uint64_t next_number = 1;
};

template <typename Good>
std::optional<Code> refusal(const std::variant<Good, Refused>& result) {
  const auto* refused = std::get_if<Refused>(&result);
  return refused == nullptr ? std::nullopt : std::optional(refused->code);
}
inline std::optional<Code> refusal(const std::optional<Reply>& reply) {
  REQUIRE(reply.has_value());
  const auto* refused = std::get_if<Refused>(&*reply);
  return refused == nullptr ? std::nullopt : std::optional(refused->code);
}

}  // namespace store

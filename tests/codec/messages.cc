#include "messages.h"

#include <cstring>

namespace wire {
namespace {

std::vector<capnp::word> words_of(const std::string& bytes) {
  std::vector<capnp::word> words(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(capnp::word));
  return words;
}

void fill(protocol::Lease::Builder out, const Lease& lease) {
  out.setJob(text(lease.job));
  out.setAttempt(lease.attempt);
}

unsigned count(const auto& list) { return static_cast<unsigned>(list.size()); }

}  // namespace

capnp::Text::Reader text(const std::string& text) { return {text.c_str(), text.size()}; }

std::string request_frame(const Head& head,
                          const std::function<void(protocol::Request::Builder)>& fill) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<protocol::Request>();
  request.setId(head.id);
  request.setMethod(head.method);
  request.setPath(text(head.path));
  request.setToken({reinterpret_cast<const kj::byte*>(head.token.data()), head.token.size()});
  fill(request);
  const auto words = capnp::messageToFlatArray(message);
  const auto bytes = words.asBytes();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

std::string bare_frame(const Head& head) {
  return request_frame(head, [](protocol::Request::Builder) {});
}

std::string submit_frame(const Head& head, const std::vector<NewJob>& jobs) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto list = request.getBody().initSubmit().initJobs(count(jobs));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setJob(text(jobs[i].job));
      list[i].setClient(text(jobs[i].client));
      list[i].setRequest(text(jobs[i].request));
      list[i].setPriority(jobs[i].priority);
      list[i].setKeepForMs(jobs[i].keep_for_ms);
    }
  });
}

std::string job_query_frame(const Head& head, const JobQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initJobQuery();
    body.setJob(text(query.job));
    body.setClient(text(query.client));
    body.setWaitMs(query.wait_ms);
    body.setSeen(query.seen);
    body.setUntilFinal(query.until_final);
  });
}

std::string list_query_frame(const Head& head, const ListQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initListQuery();
    body.setClient(text(query.client));
    body.setCursor(query.cursor);
    body.setLimit(query.limit);
    auto statuses = body.initStatuses(count(query.statuses));
    for (unsigned i = 0; i < statuses.size(); ++i) {
      statuses.set(i, query.statuses[i]);
    }
  });
}

std::string accept_frame(const Head& head, const Accept& accept) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initAccept();
    body.setWorker(text(accept.worker));
    body.setRequestNumber(accept.request_number);
    body.setMax(accept.max);
    body.setLeaseMs(accept.lease_ms);
    body.setWaitMs(accept.wait_ms);
  });
}

std::string renew_frame(const Head& head, const std::vector<Lease>& leases,
                        std::uint32_t lease_ms) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initRenew();
    body.setLeaseMs(lease_ms);
    auto list = body.initLeases(count(leases));
    for (unsigned i = 0; i < list.size(); ++i) {
      fill(list[i], leases[i]);
    }
  });
}

std::string update_frame(const Head& head, const std::vector<Outcome>& outcomes) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto list = request.getBody().initUpdate().initOutcomes(count(outcomes));
    for (unsigned i = 0; i < list.size(); ++i) {
      fill(list[i].initLease(), outcomes[i].lease);
      if (outcomes[i].error_code.empty()) {
        list[i].setComplete(text(outcomes[i].response));
        continue;
      }
      auto error = list[i].initFail();
      error.setCode(text(outcomes[i].error_code));
      error.setMessage(text(outcomes[i].error_message));
      error.setDetail(text(outcomes[i].error_detail));
    }
  });
}

Answer::Parsed::Parsed(std::vector<capnp::word> bytes)
    : words(std::move(bytes)),
      reader(kj::arrayPtr(words.data(), words.size()),
             {.traversalLimitInWords = UINT64_MAX, .nestingLimit = 16}),
      reply(reader.getRoot<protocol::Reply>()) {}

Answer::Answer(const std::string& bytes) : parsed_(std::make_unique<Parsed>(words_of(bytes))) {}

}  // namespace wire

#include "codec.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <simdjson.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "body_reader.h"
#include "invariant.h"
#include "protocol.capnp.h"
#include "refusals.h"

namespace store {
namespace {

using Body = protocol::Request::Body;

// The member of the body that an operation takes; with `or_none`, nothing stands for that member
// with no field set.
struct Expected {
  Body::Which member = Body::NONE;
  const char* name = "none";
  bool or_none = false;
};

Expected expected_of(Operation operation) {
  switch (operation) {
    case Operation::kSubmit: return {Body::SUBMIT, "submit"};
    case Operation::kGetJob:
    case Operation::kCancel:
    case Operation::kExplain: return {Body::JOB_QUERY, "jobQuery", true};
    case Operation::kListJobs:
    case Operation::kSince: return {Body::LIST_QUERY, "listQuery", true};
    case Operation::kReadLog: return {Body::LOG_QUERY, "logQuery", true};
    case Operation::kSubscribe: return {Body::SUBSCRIBE, "subscribe", true};
    case Operation::kReadEvents: return {Body::EVENT_QUERY, "eventQuery", true};
    case Operation::kAccept: return {Body::ACCEPT, "accept"};
    case Operation::kRenew: return {Body::RENEW, "renew"};
    case Operation::kUpdate:
    case Operation::kUpdateOne: return {Body::UPDATE, "update"};
    case Operation::kPeek: return {Body::PEEK, "peek", true};
    case Operation::kConfigure: return {Body::CONFIG, "config"};
    case Operation::kRedrive: return {Body::REDRIVE, "redrive", true};
    case Operation::kRestart: return {Body::RESTART, "restart", true};
    case Operation::kEdit: return {Body::EDIT, "edit"};
    case Operation::kListTokens: return {Body::TOKEN_QUERY, "tokenQuery", true};
    case Operation::kRevokeToken: return {Body::REVOKE, "revoke", true};
    case Operation::kLatest:
    case Operation::kGetConfig:
    case Operation::kListConfigs:
    case Operation::kPause:
    case Operation::kResume:
    case Operation::kDrain:
    case Operation::kDatasourceStats:
    case Operation::kListWorkers:
    case Operation::kRemove:
    case Operation::kListKeys:
    case Operation::kNewKey:
    case Operation::kRetireKey:
    case Operation::kStoreStatus:
    case Operation::kStoreStats: return {};
  }
  return {};
}

// REQUIRES: the body has the member that the operation takes, or none where that is allowed.
BodyReader::Result read_body(const BodyReader& reader, const Route& route, Body::Reader body) {
  const std::string datasource(route.datasource);
  const auto job_query = [&] {
    return body.isNone() ? protocol::JobQuery::Reader() : body.getJobQuery();
  };
  const auto list_query = [&] {
    return body.isNone() ? protocol::ListQuery::Reader() : body.getListQuery();
  };
  switch (route.operation) {
    case Operation::kSubmit: return reader.submit(body.getSubmit());
    case Operation::kGetJob: return reader.get_job(job_query());
    case Operation::kCancel: return reader.cancel(job_query());
    case Operation::kExplain: return reader.explain(job_query());
    case Operation::kListJobs: return reader.list(list_query());
    case Operation::kSince: return reader.read_requests_since(list_query());
    case Operation::kLatest: return ReadRequests{datasource, true, {}, {}, 1, {}, {}, {}};
    case Operation::kReadLog:
      return reader.read_log(body.isNone() ? protocol::LogQuery::Reader() : body.getLogQuery());
    case Operation::kSubscribe:
      return reader.subscribe(body.isNone() ? protocol::Subscribe::Reader() : body.getSubscribe());
    case Operation::kReadEvents:
      return reader.read_events(body.isNone() ? protocol::EventQuery::Reader()
                                              : body.getEventQuery());
    case Operation::kAccept: return reader.accept(body.getAccept());
    case Operation::kRenew: return reader.renew(body.getRenew());
    case Operation::kUpdate:
    case Operation::kUpdateOne: return reader.update(body.getUpdate());
    case Operation::kPeek:
      return reader.peek(body.isNone() ? protocol::Peek::Reader() : body.getPeek());
    case Operation::kConfigure: return reader.configure(body.getConfig());
    case Operation::kRedrive:
      return reader.redrive(body.isNone() ? protocol::Redrive::Reader() : body.getRedrive());
    case Operation::kRestart:
      return reader.restart(body.isNone() ? protocol::Restart::Reader() : body.getRestart());
    case Operation::kEdit: return reader.edit(body.getEdit());
    case Operation::kListTokens:
      return reader.list_tokens(body.isNone() ? protocol::TokenQuery::Reader()
                                              : body.getTokenQuery());
    case Operation::kRevokeToken:
      return reader.revoke(body.isNone() ? protocol::Revoke::Reader() : body.getRevoke());
    case Operation::kGetConfig: return GetConfig{datasource};
    case Operation::kListConfigs: return ListConfigs{};
    case Operation::kPause: return SetMode{datasource, Mode::kPaused};
    case Operation::kResume: return SetMode{datasource, Mode::kRunning};
    case Operation::kDrain: return SetMode{datasource, Mode::kDraining};
    case Operation::kDatasourceStats: return GetDatasourceStats{datasource};
    case Operation::kListWorkers: return ListWorkers{datasource};
    case Operation::kRemove: return Remove{datasource, std::string(route.job)};
    case Operation::kListKeys:
    case Operation::kNewKey:
    case Operation::kRetireKey:
    case Operation::kStoreStatus:
    case Operation::kStoreStats: break;
  }
  invariant_broken("an operation of the engine", __FILE__, __LINE__,
                   static_cast<int>(route.operation));
}

// Of the leases, if they are all of one job.
template <typename List, typename LeaseOf>
std::string_view job_of_all(const List& list, const LeaseOf& lease_of) {
  std::string_view job;
  for (const auto item : list) {
    const std::string_view next = text_of(lease_of(item).getJob());
    if (!job.empty() && next != job) {
      return {};
    }
    job = next;
  }
  return job;
}

std::string_view job_of(Operation operation, Body::Reader body) {
  switch (operation) {
    case Operation::kGetJob:
    case Operation::kCancel:
      return body.isJobQuery() ? text_of(body.getJobQuery().getJob()) : std::string_view();
    case Operation::kSubscribe:
      return body.isSubscribe() ? text_of(body.getSubscribe().getJob()) : std::string_view();
    case Operation::kReadEvents:
      return body.isEventQuery() ? text_of(body.getEventQuery().getJob()) : std::string_view();
    case Operation::kRenew:
      return body.isRenew()
                 ? job_of_all(body.getRenew().getLeases(), [](auto lease) { return lease; })
                 : std::string_view();
    case Operation::kUpdate:
      return body.isUpdate() ? job_of_all(body.getUpdate().getOutcomes(),
                                          [](auto outcome) { return outcome.getLease(); })
                             : std::string_view();
    default: return {};
  }
}

// Whether the path's job is what the operation is about, and all that it is about.
bool is_about_job(Operation operation) {
  switch (operation) {
    case Operation::kRestart:  // makes another one
    case Operation::kRevokeToken:
    case Operation::kRetireKey: return false;
    default: return true;
  }
}

}  // namespace

struct RequestReader::Message {
  std::vector<std::uint64_t> words;  // aligned copy of the frame
  std::optional<capnp::FlatArrayMessageReader> reader;
  std::optional<protocol::Request::Reader> request;
  simdjson::dom::parser json;

  // The fast parser takes no integers beyond 64 bits; the slow one then decides.
  bool is_json(std::string_view text) {
    const auto error = json.parse(text.data(), text.size()).error();
    return error == simdjson::SUCCESS ||
           (error == simdjson::NUMBER_ERROR && text.find('\0') == std::string_view::npos &&
            nlohmann::json::accept(text));  // which takes a NUL for the end of the text
  }
};

RequestReader::RequestReader(const Limits& limits)
    : limits_(limits), message_(std::make_unique<Message>()) {}

RequestReader::~RequestReader() = default;

std::optional<Refused> RequestReader::open(std::span<const std::byte> frame) {
  id_ = 0;
  message_->request.reset();
  message_->reader.reset();
  if (frame.size() > limits_.frame_bytes_max) {
    return too_large("frame", frame.size(), limits_.frame_bytes_max);
  }
  if (frame.size() % sizeof(capnp::word) != 0 || frame.empty()) {
    return bad("frame", "is no Cap'n Proto message");
  }
  const std::size_t word_count = frame.size() / sizeof(capnp::word);
  message_->words.resize(word_count);
  std::memcpy(message_->words.data(), frame.data(), frame.size());
  // Everything is read about once; the limit keeps a message from pointing at itself over and over.
  const capnp::ReaderOptions options{.traversalLimitInWords = 4 * word_count + 1024,
                                     .nestingLimit = 16};
  try {
    const auto* words = reinterpret_cast<const capnp::word*>(message_->words.data());
    message_->reader.emplace(kj::arrayPtr(words, word_count), options);
    message_->request = message_->reader->getRoot<protocol::Request>();
    const protocol::Request::Reader& request = *message_->request;
    id_ = request.getId();
    path_ = text_of(request.getPath());
    const auto token = request.getToken();
    token_ = {reinterpret_cast<const char*>(token.begin()), token.size()};
    switch (request.getMethod()) {
      case protocol::Method::GET: method_ = Method::kGet; break;
      case protocol::Method::POST: method_ = Method::kPost; break;
      case protocol::Method::PUT: method_ = Method::kPut; break;
      case protocol::Method::DELETE: method_ = Method::kDelete; break;
      default: return Refused{Code::kMethodNotAllowed, "method: unknown"};
    }
  } catch (const kj::Exception&) {
    return bad("frame", "is no Cap'n Proto message");
  }
  return std::nullopt;
}

std::string_view RequestReader::job(const Route& route) const {
  if (!is_about_job(route.operation)) {
    return {};
  }
  if (!route.job.empty()) {
    return route.job;
  }
  try {
    return job_of(route.operation, message_->request->getBody());
  } catch (const kj::Exception&) {
    return {};
  }
}

std::variant<Command, Refused> RequestReader::command(const Route& route,
                                                      const std::string& pinned_client) {
  const std::function<bool(std::string_view)> is_json = [this](std::string_view text) {
    return message_->is_json(text);
  };
  const BodyReader reader(limits_, is_json, route, pinned_client);
  const Expected expected = expected_of(route.operation);
  try {
    const Body::Reader body = message_->request->getBody();
    if (body.which() != expected.member && !(expected.or_none && body.isNone())) {
      return bad("body", std::string("must be ") + expected.name);
    }
    return read_body(reader, route, body);
  } catch (const kj::Exception&) {
    return bad("body", "is damaged");
  }
}

}  // namespace store

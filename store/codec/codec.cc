#include "codec.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>

#include "decode.h"
#include "decode_json.h"
#include "invariant.h"
#include "json_values.h"
#include "paths.h"

namespace store {
namespace {

using Body = protocol::Request::Body;
using jobq::wire::view;

// The member that the operation takes; where there is none, one with no field set.
#define JOBQ_TAKEN(Name) (body.isNone() ? protocol::Name::Reader() : body.get##Name())

Command schedule_change(Checks& checks, protocol::ScheduleQuery::Reader body) {
  using How = ChangeSchedule::How;
  const Operation operation = checks.route.operation;
  return change_schedule(checks, body,
                         operation == Operation::kPauseSchedule    ? How::kPause
                         : operation == Operation::kResumeSchedule ? How::kResume
                         : operation == Operation::kRunSchedule    ? How::kRun
                                                                   : How::kRemove);
}

// REQUIRES: the body has the member that the operation takes, or none where that is allowed.
Command command_of(Checks& checks, Body::Reader body) {
  const std::string datasource(checks.route.datasource);
  switch (checks.route.operation) {
    case Operation::kSubmit: return submit(checks, body.getSubmit());
    case Operation::kGetJob: return get_job(checks, JOBQ_TAKEN(JobQuery));
    case Operation::kCancel: return cancel(checks, JOBQ_TAKEN(JobQuery));
    case Operation::kExplain: return explain(checks, JOBQ_TAKEN(JobQuery));
    case Operation::kListJobs: return list(checks, JOBQ_TAKEN(ListQuery));
    case Operation::kCountJobs: return count(checks, JOBQ_TAKEN(ListQuery));
    case Operation::kSince: return requests_since(checks, JOBQ_TAKEN(ListQuery));
    case Operation::kLatest: return ReadRequests{datasource, true, {}, {}, 1, {}, {}, {}};
    case Operation::kReadLog: return read_log(checks, JOBQ_TAKEN(LogQuery));
    case Operation::kSubscribe: return subscribe(checks, JOBQ_TAKEN(Subscribe));
    case Operation::kReadEvents: return read_events(checks, JOBQ_TAKEN(EventQuery));
    case Operation::kPutSchedule: return put_schedule(checks, body.getSchedule());
    case Operation::kGetSchedule: return get_schedule(checks, JOBQ_TAKEN(ScheduleQuery));
    case Operation::kListSchedules: return list_schedules(checks, JOBQ_TAKEN(ScheduleQuery));
    case Operation::kPauseSchedule:
    case Operation::kResumeSchedule:
    case Operation::kRunSchedule:
    case Operation::kRemoveSchedule: return schedule_change(checks, JOBQ_TAKEN(ScheduleQuery));
    case Operation::kPutFunction: return put_function(checks, body.getFunction());
    case Operation::kListFunctions: return list_functions(checks, JOBQ_TAKEN(FunctionQuery));
    case Operation::kRemoveFunction: return remove_function(checks, body.getFunctionQuery());
    case Operation::kAddCode: return add_code(checks, body.getNewCode());
    case Operation::kGetCode: return read_code(checks);
    case Operation::kListCode: return list_code(checks, JOBQ_TAKEN(CodeQuery));
    case Operation::kRemoveCode: return remove_code(checks);
    case Operation::kGetState: return read_state(checks, JOBQ_TAKEN(StateQuery));
    case Operation::kChangeState: return change_state(checks, body.getChangeState());
    case Operation::kAccept: return accept(checks, body.getAccept());
    case Operation::kRenew: return renew(checks, body.getRenew());
    case Operation::kUpdate:
    case Operation::kUpdateOne: return update(checks, body.getUpdate());
    case Operation::kPeek: return peek(checks, JOBQ_TAKEN(Peek));
    case Operation::kConfigure: return configure(checks, body.getConfig());
    case Operation::kRedrive: return redrive(checks, JOBQ_TAKEN(Redrive));
    case Operation::kExport: return export_jobs(checks, JOBQ_TAKEN(ListQuery));
    case Operation::kImport: return import_jobs(checks, body.getImportJobs());
    case Operation::kRestart: return restart(checks, JOBQ_TAKEN(Restart));
    case Operation::kEdit: return edit(checks, body.getEdit());
    case Operation::kListTokens: return list_tokens(checks, JOBQ_TAKEN(TokenQuery));
    case Operation::kRevokeToken: return revoke(checks, JOBQ_TAKEN(Revoke));
    case Operation::kGetConfig: return GetConfig{datasource};
    case Operation::kListConfigs: return ListConfigs{};
    case Operation::kPause: return SetMode{datasource, Mode::kPaused};
    case Operation::kResume: return SetMode{datasource, Mode::kRunning};
    case Operation::kDrain: return SetMode{datasource, Mode::kDraining};
    case Operation::kDropDatasource: return DropDatasource{datasource};
    case Operation::kDatasourceStats: return GetDatasourceStats{datasource};
    case Operation::kGetHistory: return get_history(checks, JOBQ_TAKEN(HistoryQuery));
    case Operation::kListWorkers: return ListWorkers{datasource};
    case Operation::kRemove: return remove_job(checks, JOBQ_TAKEN(Bulk));
    case Operation::kCancelAll: return bulk(checks, body.getBulk(), Bulk::How::kCancel);
    case Operation::kEditAll: return bulk(checks, body.getBulk(), Bulk::How::kEdit);
    case Operation::kRemoveAll: return bulk(checks, body.getBulk(), Bulk::How::kRemove);
    case Operation::kRestartAll: return bulk(checks, body.getBulk(), Bulk::How::kRestart);
    case Operation::kOrderWorkers: return order_workers(checks, body.getOrderWorkers());
    case Operation::kPauseStore: return SetStorePause{true};
    case Operation::kResumeStore: return SetStorePause{false};
    case Operation::kListKeys:
    case Operation::kNewKey:
    case Operation::kRetireKey:
    case Operation::kMakeBackup:
    case Operation::kStoreStatus:
    case Operation::kStoreStats: break;
  }
  const auto number = static_cast<int>(checks.route.operation);
  invariant_broken("an operation of the engine", __FILE__, __LINE__, number);
}
#undef JOBQ_TAKEN

// Of the leases, if they are all of one job.
template <typename List, typename LeaseOf>
std::string_view job_of_all(const List& list, const LeaseOf& lease_of) {
  std::string_view job;
  for (const auto item : list) {
    const std::string_view next = view(lease_of(item).getJob());
    if (!job.empty() && next != job) {
      return {};
    }
    job = next;
  }
  return job;
}

std::string_view job_of(Body::Reader body) {
  switch (body.which()) {
    case Body::JOB_QUERY: return view(body.getJobQuery().getJob());
    case Body::SUBSCRIBE: return view(body.getSubscribe().getJob());
    case Body::EVENT_QUERY: return view(body.getEventQuery().getJob());
    case Body::RENEW:
      return job_of_all(body.getRenew().getLeases(), [](auto lease) { return lease; });
    case Body::UPDATE:
      return job_of_all(body.getUpdate().getOutcomes(),
                        [](auto outcome) { return outcome.getLease(); });
    default: return {};
  }
}

}  // namespace

struct RequestReader::Message {
  std::vector<std::uint64_t> words;  // copy of a frame that is not aligned
  std::optional<capnp::FlatArrayMessageReader> reader;
  std::optional<protocol::Request::Reader> request;
  JsonCheck json;
};

RequestReader::RequestReader(const Limits& limits)
    : limits_(limits), message_(std::make_unique<Message>()) {}

RequestReader::~RequestReader() = default;

std::optional<Refused> RequestReader::open(std::span<const std::byte> frame) {
  id_ = 0;
  zest_.reset();
  message_->request.reset();
  message_->reader.reset();
  if (frame.size() > limits_.frame_bytes_max) {
    return too_large("frame", frame.size(), limits_.frame_bytes_max);
  }
  if (const std::string_view bytes(reinterpret_cast<const char*>(frame.data()), frame.size());
      zest::is_request(bytes)) {
    return open_zest(bytes);
  }
  if (frame.size() % sizeof(capnp::word) != 0 || frame.empty()) {
    return bad("frame", "is no Cap'n Proto message");
  }
  const std::size_t word_count = frame.size() / sizeof(capnp::word);
  const bool is_aligned =
      reinterpret_cast<std::uintptr_t>(frame.data()) % alignof(capnp::word) == 0;
  if (!is_aligned) {
    message_->words.resize(word_count);
    std::memcpy(message_->words.data(), frame.data(), frame.size());
  }
  // Everything is read about once; the limit keeps a message from pointing at itself over and over.
  const capnp::ReaderOptions options{.traversalLimitInWords = 4 * word_count + 1024,
                                     .nestingLimit = 16};
  try {
    const auto* words = reinterpret_cast<const capnp::word*>(
        is_aligned ? static_cast<const void*>(frame.data()) : message_->words.data());
    message_->reader.emplace(kj::arrayPtr(words, word_count), options);
    message_->request = message_->reader->getRoot<protocol::Request>();
    const protocol::Request::Reader& request = *message_->request;
    id_ = request.getId();
    path_ = view(request.getPath());
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
  const Traits& traits = traits_of(route.operation);
  if (traits.about != About::kOneJob) {
    return {};
  }
  if (!route.job.empty() || zest_) {
    return route.job;
  }
  try {
    const Body::Reader body = message_->request->getBody();
    return body.which() == traits.body.member ? job_of(body) : std::string_view();
  } catch (const kj::Exception&) {
    return {};
  }
}

std::variant<Command, Refused> RequestReader::command(const Route& route,
                                                      const std::string& pinned_client) {
  if (zest_) {
    return command_of_zest(route, pinned_client);
  }
  Checks checks(limits_, message_->json, route, pinned_client);
  const ExpectedBody& expected = traits_of(route.operation).body;
  try {
    const Body::Reader body = message_->request->getBody();
    if (body.which() != expected.member && !(expected.or_none && body.isNone())) {
      return bad("body", "must be " + std::string(expected.name));
    }
    Command command = command_of(checks, body);
    if (auto wrong = checks.take_wrong()) {
      return *std::move(wrong);
    }
    return command;
  } catch (const kj::Exception&) {
    return bad("body", "is damaged");
  }
}

std::optional<Refused> RequestReader::open_zest(std::string_view frame) {
  zest_.emplace();
  auto message = zest::parse(frame);
  if (!message) {
    return bad("frame", "is no message of Zest");
  }
  zest_ = *message;
  auto call = zest::call_of(*zest_);
  if (!call) {
    return Refused{Code::kNotFound, "path: there is no such path"};
  }
  method_ = *method_named(call->method);
  path_ = std::move(call->path);
  client_ = call->client;
  token_ = zest_->token;
  return std::nullopt;
}

// The body as if it had come in Cap'n Proto, so that it is judged in the same place.
std::variant<Command, Refused> RequestReader::command_of_zest(const Route& route,
                                                              const std::string& pinned_client) {
  if (zest_->code == zest::Code::kPost && zest_->format != zest::Format::kJson) {
    return Refused{Code::kUnsupported, "content format: must be JSON (50)"};
  }
  if (zest_->payload.size() > 2 * limits_.request_bytes_max) {
    return too_large("body", zest_->payload.size(), 2 * limits_.request_bytes_max);
  }
  if (!zest_->payload.empty()) {
    if (const std::string wrong = message_->json.wrong_with(zest_->payload); !wrong.empty()) {
      return bad("body", wrong);
    }
  }
  Checks checks(limits_, message_->json, route, pinned_client);
  capnp::MallocMessageBuilder builder;
  auto request = builder.initRoot<protocol::Request>();
  try {
    fill_body(capnp::toDynamic(request.getBody()), traits_of(route.operation).body,
              {zest_->payload, client_, path_ == "/cat"});
    Command command = command_of(checks, request.getBody().asReader());
    if (auto* jobs = std::get_if<Submit>(&command)) {
      jobs->no_tickets = true;  // databox's clients have no place for them
    } else if (auto* watched = std::get_if<Subscribe>(&command)) {
      watched->limit = limits_.list_limit_max;
    }
    if (auto wrong = checks.take_wrong()) {
      return *std::move(wrong);
    }
    return command;
  } catch (const jobq::WrongField& wrong) {
    return bad("body", wrong.what());
  } catch (const kj::Exception&) {
    return bad("body", "is damaged");
  }
}

}  // namespace store

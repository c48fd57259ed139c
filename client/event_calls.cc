#include "event_calls.h"

#include "job_calls.h"
#include "messages.h"

namespace jobq {
namespace {

using Body = protocol::Reply::Body;
using protocol::Method;
using Kind = protocol::Event::Kind;

constexpr unsigned kPageMax = 1000;
constexpr unsigned kGone = 410;

static_assert(static_cast<int>(EventKind::kRetrying) == static_cast<int>(Kind::RETRYING));
static_assert(static_cast<int>(EventKind::kEdited) == static_cast<int>(Kind::EDITED));

std::string base_of(const WatchScope& scope) {
  return (scope.as_driver ? "/jobs/" : "/") + scope.datasource;
}

std::string path_of(const WatchScope& scope) {
  std::string path = base_of(scope);
  if (!scope.as_driver || !scope.job.empty()) {
    path += "/job";
  }
  if (!scope.job.empty()) {
    path += "/" + scope.job;
  }
  return path + "/events";
}

EventKind to_kind(Kind kind) {
  return kind <= Kind::EDITED ? static_cast<EventKind>(kind) : EventKind::kOther;
}

Event to_event(protocol::Event::Reader event) {
  Event result{.sequence = event.getSequence(),
               .kind = to_kind(event.getKind()),
               .datasource = to_string(event.getDatasource()),
               .job = to_string(event.getJob()),
               .client = to_string(event.getClient()),
               .time = to_time(event.getTime()),
               .status = to_status(event.getStatus()),
               .attempt = event.getAttempt(),
               .job_sequence = event.getJobSequence(),
               .function = to_string(event.getFunction()),
               .worker = to_string(event.getWorker()),
               .error = to_job_error(event.getError()),
               .progress = event.getProgress(),
               .message = to_string(event.getMessage()),
               .not_before = to_time(event.getNotBefore()),
               .until = to_time(event.getUntil()),
               .priority = event.getPriority(),
               .parent = to_string(event.getParent())};
  if (event.hasLog()) {
    result.log = to_log_line(event.getLog());
  }
  return result;
}

SnapshotPage to_snapshot(protocol::Snapshot::Reader snapshot) {
  JobPage page = to_page(snapshot.getJobs());
  return {.cursor = snapshot.getCursor(), .jobs = std::move(page.jobs), .next_page = page.cursor};
}

EventPage to_event_page(protocol::EventPage::Reader page) {
  return {.events = to_vector(page.getEvents(), to_event),
          .cursor = page.getCursor(),
          .is_end = page.getIsEnd()};
}

}  // namespace

Frame to_frame(protocol::Event::Reader event) {
  Frame frame{.sequence = event.getSequence(), .previous = event.getPrevious()};
  switch (event.getKind()) {
    case Kind::HEARTBEAT: frame.kind = Frame::Kind::kHeartbeat; break;
    case Kind::ENDED: frame.kind = Frame::Kind::kEnded; break;
    default:
      // An event has a number of its own, so it cannot precede itself.
      if (frame.previous >= frame.sequence) {
        throw DamagedReply("previous: is not before sequence");
      }
      frame.event = to_event(event);
  }
  if (frame.previous > frame.sequence) {
    throw DamagedReply("previous: is behind sequence");
  }
  return frame;
}

Subscription ask_subscription(StoreConnection& store, const WatchScope& scope, bool with_snapshot,
                              Span patience) {
  Subscription subscription;
  store.ask(
      {.method = Method::POST, .path = path_of(scope)},
      [&](protocol::Request::Body::Builder body) {
        auto out = body.initSubscribe();
        out.setClient(to_text(scope.client));
        out.setJob(to_text(scope.job));
        out.setLimit(kPageMax);
        out.setNoSnapshot(!with_snapshot);
      },
      [&](protocol::Reply::Reader reply) {
        const auto answer = body_of(reply, Body::SUBSCRIPTION).getSubscription();
        if (answer.getTopic().size() == 0) {
          throw DamagedReply("topic: is empty");  // it would be everybody's
        }
        subscription = {.topic = to_string(answer.getTopic()),
                        .endpoints = to_strings(answer.getEndpoints()),
                        .snapshot = to_snapshot(answer.getSnapshot()),
                        .heartbeat = to_span(answer.getHeartbeatMs())};
      },
      patience);
  return subscription;
}

std::variant<EventPage, SnapshotPage> ask_events(StoreConnection& store, const WatchScope& scope,
                                                 const EventQuery& query, Span patience) {
  std::variant<EventPage, SnapshotPage> answer;
  store.ask(
      {.method = Method::GET, .path = path_of(scope), .held = query.held},
      [&](protocol::Request::Body::Builder body) {
        auto out = body.initEventQuery();
        out.setClient(to_text(scope.client));
        out.setJob(to_text(scope.job));
        out.setAfter(query.after);
        out.setLimit(kPageMax);
        out.setWaitMs(to_ms32(query.held));
        out.setIsRepair(query.is_repair);
      },
      [&](protocol::Reply::Reader reply) {
        if (reply.getCode() == kGone && reply.getBody().isSnapshot()) {
          answer = to_snapshot(reply.getBody().getSnapshot());
        } else {
          answer = to_event_page(body_of(reply, Body::EVENTS).getEvents());
        }
      },
      patience);
  return answer;
}

JobPage ask_snapshot_page(StoreConnection& store, const WatchScope& scope, std::uint64_t page,
                          Span patience) {
  const ListQuery query{.client = scope.as_driver ? std::string() : scope.client,
                        .cursor = page,
                        .limit = kPageMax,
                        .statuses = {Status::kSubmitted, Status::kAccepted, Status::kRetrying}};
  return ask_list(store, base_of(scope) + (scope.as_driver ? "/list" : "/job/list"), query,
                  patience);
}

}  // namespace jobq

#include "event_calls.h"

#include "job_calls.h"
#include "jobq/limits.h"
#include "messages.h"

namespace jobq {
namespace {

using Kind = protocol::Event::Kind;

constexpr unsigned kPageMax = limits::kListLimitMax;
constexpr unsigned kGone = 410;

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

// A kind of event that this library does not know is kOther.
Event to_event(protocol::Event::Reader event) {
  Event result;
  result.kind = EventKind::kOther;
  wire::read(event, result, [](std::string_view field) {
    if (field != "Kind") {
      throw_unknown_word(field);
    }
  });
  return result;
}

SnapshotPage to_snapshot(protocol::Snapshot::Reader snapshot) {
  auto page = to<JobPage>(snapshot.getJobs());
  return {.cursor = snapshot.getCursor(), .jobs = std::move(page.jobs), .next_page = page.cursor};
}

EventPage to_event_page(protocol::EventPage::Reader page) {
  EventPage result{.events = {}, .cursor = page.getCursor(), .is_end = page.getIsEnd()};
  for (const auto event : page.getEvents()) {
    result.events.push_back(to_event(event));
  }
  return result;
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
      [&](RequestBody body) {
        auto out = body.initSubscribe();
        out.setClient(wire::text(scope.client));
        out.setJob(wire::text(scope.job));
        out.setLimit(kPageMax);
        out.setNoSnapshot(!with_snapshot);
      },
      [&](protocol::Reply::Reader reply) {
        const auto answer = body_of(reply, Body::SUBSCRIPTION).getSubscription();
        if (answer.getTopic().size() == 0) {
          throw DamagedReply("topic: is empty");  // it would be everybody's
        }
        subscription = {.topic = to_string(answer.getTopic()),
                        .endpoints = to_vector<std::string>(answer.getEndpoints()),
                        .snapshot = to_snapshot(answer.getSnapshot()),
                        .heartbeat = wire::span(answer.getHeartbeatMs())};
      },
      patience);
  return subscription;
}

std::variant<EventPage, SnapshotPage> ask_events(StoreConnection& store, const WatchScope& scope,
                                                 const EventQuery& query, Span patience) {
  std::variant<EventPage, SnapshotPage> answer;
  store.ask(
      {.method = Method::GET, .path = path_of(scope), .held = query.held},
      [&](RequestBody body) {
        auto out = body.initEventQuery();
        out.setClient(wire::text(scope.client));
        out.setJob(wire::text(scope.job));
        out.setAfter(query.after);
        out.setLimit(kPageMax);
        out.setWaitMs(wire::narrowed<std::uint32_t>(wire::ms(query.held)));
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

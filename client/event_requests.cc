#include "event_requests.h"

#include "job_requests.h"
#include "jobq/limits.h"
#include "messages.h"
#include "sealed.h"

namespace jobq {
namespace {

using Kind = protocol::Event::Kind;

constexpr unsigned kPageMax = limits::kListLimitMax;
constexpr unsigned kGone = 410;

std::string base_of(const WatchScope& scope) {
  return (scope.as_driver ? "/jobs/" : "/") + datasource_part(scope.datasource);
}

std::string path_of(const WatchScope& scope) {
  std::string path = base_of(scope);
  if (!scope.as_driver || !scope.job.empty()) {
    path += "/job";
  }
  if (!scope.job.empty()) {
    path += "/" + job_part(scope.job);
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

Request<Subscription> subscription_request(const WatchScope& scope, bool with_snapshot) {
  Question question{.method = Method::POST, .path = path_of(scope)};
  question.fill = [scope, with_snapshot](RequestBody body) {
    auto out = body.initSubscribe();
    out.setClient(wire::text(scope.client));
    out.setJob(wire::text(scope.job));
    out.setLimit(kPageMax);
    out.setNoSnapshot(!with_snapshot);
  };
  return request<Subscription>(std::move(question), [](protocol::Reply::Reader reply) {
    const auto answer = body_of(reply, Body::SUBSCRIPTION).getSubscription();
    if (answer.getTopic().size() == 0) {
      throw DamagedReply("topic: is empty");  // it would be everybody's
    }
    if (answer.getKey().size() != auth::kSealKeyBytes) {
      throw DamagedReply("key: has not 32 bytes");
    }
    const auto key = answer.getKey().asChars();
    return Subscription{.topic = to_string(answer.getTopic()),
                        .key = std::string(key.begin(), key.size()),
                        .endpoints = to_vector<std::string>(answer.getEndpoints()),
                        .snapshot = to_snapshot(answer.getSnapshot()),
                        .heartbeat = wire::span(answer.getHeartbeatMs())};
  });
}

Request<std::variant<EventPage, SnapshotPage>> events_request(const WatchScope& scope,
                                                              const EventQuery& query) {
  using Page = std::variant<EventPage, SnapshotPage>;
  Question question{.path = path_of(scope), .held = query.held};
  question.fill = [scope, query](RequestBody body) {
    auto out = body.initEventQuery();
    out.setClient(wire::text(scope.client));
    out.setJob(wire::text(scope.job));
    out.setAfter(query.after);
    out.setLimit(kPageMax);
    out.setWaitMs(wire::narrowed<std::uint32_t>(wire::ms(query.held)));
    out.setIsRepair(query.is_repair);
  };
  return request<Page>(std::move(question), [](protocol::Reply::Reader reply) {
    if (reply.getCode() == kGone && reply.getBody().isSnapshot()) {
      return Page(to_snapshot(reply.getBody().getSnapshot()));
    }
    return Page(to_event_page(body_of(reply, Body::EVENTS).getEvents()));
  });
}

Request<JobPage> snapshot_page_request(const WatchScope& scope, std::uint64_t page) {
  const ListQuery query{.client = scope.as_driver ? std::string() : scope.client,
                        .cursor = page,
                        .limit = kPageMax,
                        .statuses = {Status::kSubmitted, Status::kAccepted, Status::kRetrying}};
  return list_request(base_of(scope) + (scope.as_driver ? "/list" : "/job/list"), query);
}

}  // namespace jobq

#include "core4_kind_stream.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core4_text.h"
#include "event_questions.h"
#include "values.h"

namespace gateway {
namespace {

constexpr unsigned kKindEventsMax = 32;  // of an answer: each may be a question for its job

}  // namespace

kj::Promise<EventsAnswer> Core4KindStream::ask(std::uint64_t after, jobq::Span held) {
  const std::string path = asker_.base() + (asker_.sees_all() ? "/events" : "/job/events");
  return ask_events(
      calls_, path,
      {.client = asker_.client(), .after = after, .limit = kKindEventsMax, .wait = held},
      asker_.token());
}

// A cursor that no log has reached is answered with how far the log is.
Told Core4KindStream::run(kj::HttpService::Response& response, Reply head) {
  return ask(kNoEvent, {})
      .then([this, &response, head = std::move(head)](EventsAnswer answer) mutable -> Told {
        if (!answer.snapshot) return some(refusal(answer.code, answer.error));
        auto place = parts_.places.take(asker_.token());
        if (auto* refused = std::get_if<Reply>(&place)) return some(std::move(*refused));
        place_ = kj::mv(std::get<kj::Own<StreamPlaces::Place>>(place));
        cursor_ = answer.snapshot->cursor;
        head.type = "text/event-stream";
        head.with("X-Accel-Buffering", "no");
        out_ = parts_.sender.begin(response, head);
        return write(": heartbeat\n\n")
            .then([this] { return ask(cursor_, parts_.settings.heartbeat); })
            .then([this](EventsAnswer first) { return go_on(std::move(first)); })
            .then([]() -> kj::Maybe<Reply> { return nullptr; });
      });
}

Core4KindStream::Next Core4KindStream::go_on(EventsAnswer answer) {
  if (answer.page) return tell(std::move(*answer.page));
  // The log has forgotten what came in between: what is there by now is not told.
  if (answer.snapshot) cursor_ = answer.snapshot->cursor;
  if (!answer.snapshot && answer.code != 503 && answer.code != 429) {
    return write(core4_event("close", "{}"));
  }
  return write(": heartbeat\n\n")
      .then([this] { return parts_.timer.afterDelay(kCore4Pause); })
      .then([this] { return ask(cursor_, {}); })
      .then([this](EventsAnswer next) { return go_on(std::move(next)); });
}

Core4KindStream::Next Core4KindStream::tell(EventPage page) {
  auto asked = jobs_of(page);
  return asked
      .then([this, page = std::move(page)](const Jobs& jobs) {
        cursor_ = page.cursor;
        std::string text = text_of(page, jobs);
        return write(text.empty() ? ": heartbeat\n\n" : std::move(text));
      })
      .then([this] { return ask(cursor_, parts_.settings.heartbeat); })
      .then([this](EventsAnswer answer) { return go_on(std::move(answer)); });
}

// As they are by now; one that has gone is left out.
kj::Promise<Core4KindStream::Jobs> Core4KindStream::jobs_of(const EventPage& page) {
  std::map<std::string, bool> names;
  for (const jobq::Event& event : page.events) {
    if (event.function == kind_ && !event.log) names[event.job] = true;
  }
  auto asked = kj::heapArrayBuilder<kj::Promise<jobq::Answer<jobq::JobStatus>>>(names.size());
  for (const auto& [job, is_named] : names) {
    asked.add(asker_.ask_status(calls_, job, {.options = {.with_request = true}}));
  }
  return kj::joinPromises(asked.finish())
      .then([](kj::Array<jobq::Answer<jobq::JobStatus>> answers) {
        Jobs jobs;
        for (auto& answer : answers) {
          if (answer.has_value()) jobs.emplace(answer.value().job, answer.value());
        }
        return jobs;
      });
}

std::string Core4KindStream::text_of(const EventPage& page, const Jobs& jobs) const {
  std::map<std::string, std::uint64_t> last;  // event of each job that is not of its log
  for (const jobq::Event& event : page.events) {
    if (!event.log) last[event.job] = event.sequence;
  }
  std::string text;
  for (const jobq::Event& event : page.events) {
    if (event.function != kind_) continue;
    const auto job = jobs.find(event.job);
    if (event.log) {
      text += core4_event("log", core4_log_line(event.job, event.function, *event.log));
    } else if (job != jobs.end() && last[event.job] == event.sequence) {
      text += core4_event("state", core4_job(job->second, false));
    }
  }
  return text;
}

}  // namespace gateway

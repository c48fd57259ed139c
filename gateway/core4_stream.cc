#include "core4_stream.h"

#include <utility>
#include <variant>

#include "core4_text.h"
#include "event_text.h"
#include "jobq/limits.h"

namespace gateway {
namespace {

// What a change of is told.
std::string state_of(const jobq::JobStatus& job) {
  return core4_state(job) + ' ' + std::to_string(job.attempt) + ' ' + std::to_string(job.progress) +
         ' ' + std::to_string(job.is_slow) + std::to_string(job.is_stalled) +
         std::to_string(job.cancel_requested_at.time_since_epoch().count()) + ' ' +
         job.progress_message;
}

bool is_for_a_moment(const jobq::Answer<jobq::JobStatus>& answer) {
  const unsigned code = answer_of(answer.error()).code;
  return code == 503 || code == 429;
}

}  // namespace

std::string core4_event(const char* name, const std::string& json) {
  return text_of(Message{name, json}, StreamForm::kServerSent);
}

Core4Stream::Core4Stream(const Parts& parts, StoreCalls& calls, const Asker& asker,
                         jobq::JobAddress address, bool with_states)
    : parts_(parts),
      calls_(calls),
      asker_(asker),
      address_(std::move(address)),
      with_states_(with_states) {}

kj::Promise<jobq::Answer<jobq::JobStatus>> Core4Stream::ask(jobq::Span held) {
  return asker_.ask_status(calls_, address_.job,
                           {.held = std::min(held, jobq::Span(jobq::limits::kWaitMsMax)),
                            .seen = seen_,
                            .options = {.with_request = true}});
}

Told Core4Stream::run(kj::HttpService::Response& response, Reply head) {
  return next(ask({}), [this, &response, head = std::move(head)](jobq::JobStatus job) mutable {
    auto place = parts_.places.take(asker_.token());
    if (auto* refused = std::get_if<Reply>(&place)) return Told(some(std::move(*refused)));
    place_ = kj::mv(std::get<kj::Own<StreamPlaces::Place>>(place));
    head.type = "text/event-stream";
    head.with("X-Accel-Buffering", "no");
    out_ = parts_.sender.begin(response, head);
    return Told(tell(std::move(job)).then([]() -> kj::Maybe<Reply> { return nullptr; }));
  });
}

Core4Stream::Next Core4Stream::go_on(jobq::Answer<jobq::JobStatus> answer) {
  if (answer.has_value()) return tell(std::move(answer).value());
  // Else it was removed, or the token has ended.
  return is_for_a_moment(answer) ? pause() : close();
}

Core4Stream::Next Core4Stream::tell(jobq::JobStatus job) {
  seen_ = job.changed;
  std::string state = state_of(job);
  std::string text;
  if (with_states_ && state != told_state_) {
    ++states_;
    told_state_ = std::move(state);
    text = core4_event("state", core4_job(job, false));
  }
  return write(std::move(text)).then([this, job = std::move(job)] { return tell_log(job); });
}

// Up to the lines that there were when the job was as it is told; there may be more by now.
Core4Stream::Next Core4Stream::tell_log(const jobq::JobStatus& job) {
  if (last_line_ >= job.log_lines) return wait_or_close(job);
  const jobq::LogQuery query{.after = last_line_, .limit = jobq::limits::kListLimitMax};
  return calls_.ask(jobq::log_request(address_, query), asker_.token())
      .then([this, job](const jobq::Answer<jobq::LogPage>& answer) -> Next {
        if (!answer.has_value()) return pause();
        std::string text;
        for (const jobq::LogLine& line : answer.value().lines) {
          text += core4_event("log", core4_log_line(job.job, job.function, line));
          last_line_ = line.number;
          ++lines_;
        }
        if (answer.value().lines.empty()) last_line_ = job.log_lines;
        return write(std::move(text)).then([this, job] { return tell_log(job); });
      });
}

Core4Stream::Next Core4Stream::wait_or_close(const jobq::JobStatus& job) {
  if (jobq::is_final(job.status)) return close();
  return ask(parts_.settings.heartbeat).then([this](jobq::Answer<jobq::JobStatus> answer) -> Next {
    if (!answer.has_value() || answer.value().changed != seen_) return go_on(std::move(answer));
    return write(": heartbeat\n\n").then([this, answer = std::move(answer)]() mutable {
      return go_on(std::move(answer));
    });
  });
}

Core4Stream::Next Core4Stream::pause() {
  return write(": heartbeat\n\n")
      .then([this] { return parts_.timer.afterDelay(kCore4Pause); })
      .then([this] { return ask({}); })
      .then([this](jobq::Answer<jobq::JobStatus> answer) { return go_on(std::move(answer)); });
}

Core4Stream::Next Core4Stream::close() {
  return write(core4_event("close", "{\"state\":" + std::to_string(states_) +
                                        ",\"log\":" + std::to_string(lines_) + "}"));
}

}  // namespace gateway

#include "streams.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "answers.h"
#include "event_questions.h"
#include "event_text.h"
#include "job_requests.h"
#include "parameters.h"
#include "problem.h"
#include "rest.h"
#include "text_rules.h"
#include "values.h"
#include "wire.h"

namespace gateway {
namespace {

using Next = kj::Promise<void>;

// Of one answer, so that a reader who is slow holds little.
constexpr unsigned kEventsMax = 100;
constexpr unsigned kJobsMax = 200;
constexpr kj::Duration kPause = 1 * kj::SECONDS;
constexpr const char* kServerSent = "text/event-stream";

std::uint64_t number_of(const std::string& name, const std::string& text) {
  const auto number = jobq::parse_number(text, INT64_MAX - 1);
  if (!number) throw Refusal(400, name, "is no event's number");
  return *number;
}

}  // namespace

class Streams::Stream {
 public:
  Stream(const Parts& parts, const HttpRequest& request, const store::Route& route,
         kj::HttpService::Response& response, Reply head);

  kj::Promise<kj::Maybe<Reply>> run();

 private:
  kj::Promise<EventsAnswer> ask(jobq::Span wait);
  kj::Promise<kj::Maybe<Reply>> begin(EventsAnswer answer);
  Next go_on(EventsAnswer answer);
  Next read_on(jobq::Span wait);
  Next pause_and_read();
  Next tell_events(const EventPage& page);
  Next tell_snapshot(Snapshot snapshot, bool is_lost);
  Next tell_rest(std::uint64_t cursor, std::uint64_t page, bool is_lost);
  Next end(unsigned code, const std::string& error);
  Next close();
  Next write(std::string text) { return parts_.sender.write(*out_, std::move(text)); }
  Message snapshot_message(std::uint64_t cursor, const std::vector<jobq::JobStatus>& jobs,
                           bool is_lost) const;

  const Parts& parts_;
  const HttpRequest& request_;
  kj::HttpService::Response& response_;
  Reply head_;
  const StreamForm form_;
  std::string path_;  // of the events
  std::string list_;  // of the scope's jobs
  bool is_of_job_ = false;
  bool wants_jobs_ = true;
  EventQuery query_;
  std::optional<std::uint64_t> cursor_;  // told so far
  bool has_ended_ = false;               // the one job whose events these are
  kj::Own<kj::AsyncOutputStream> out_;
  kj::Own<StreamPlaces::Place> place_;
};

Streams::Stream::Stream(const Parts& parts, const HttpRequest& request, const store::Route& route,
                        kj::HttpService::Response& response, Reply head)
    : parts_(parts),
      request_(request),
      response_(response),
      head_(std::move(head)),
      form_(request.accepts(kServerSent) ? StreamForm::kServerSent : StreamForm::kLines),
      path_(request.target.path.substr(kPrefix.size())) {
  bool has_after = false;
  Parameters parameters = request.target.parameters;
  wants_jobs_ = !take_flag(parameters, "noSnapshot");
  for (const Parameter& one : parameters) {
    has_after = has_after || one.name == "after";
    if (one.name == "limit" || one.name == "waitMs" || one.name == "isRepair") {
      throw Refusal(400, one.name, "is for a single answer, not for a stream");
    }
  }
  try {
    read_parameters(parameters, query_);
  } catch (const jobq::WrongField& error) {
    throw Refusal(400, error.field, error.wrong);
  }
  if (!request.last_event_id.empty()) {
    cursor_ = number_of("Last-Event-ID", request.last_event_id);
  } else if (has_after) {
    cursor_ = query_.after;
  }
  const bool is_driver = route.access == store::Access::kDriver;
  const std::string datasource(route.datasource);
  list_ = is_driver ? "/jobs/" + datasource + "/list" : "/" + datasource + "/job/list";
  is_of_job_ = !route.job.empty() || !query_.job.empty();
}

kj::Promise<EventsAnswer> Streams::Stream::ask(jobq::Span wait) {
  EventQuery query = query_;
  query.after = cursor_.value_or(kNoEvent);
  query.limit = kEventsMax;
  query.wait = wait;
  return ask_events(parts_.calls, path_, std::move(query), request_.token);
}

// Whether the one job has ended is asked first where no snapshot tells it: what it did until then
// is in the event log by then.
kj::Promise<kj::Maybe<Reply>> Streams::Stream::run() {
  if (!is_of_job_ || !cursor_) {
    return ask({}).then([this](EventsAnswer answer) { return begin(std::move(answer)); });
  }
  const std::string job = path_.substr(0, path_.rfind("/events"));
  const jobq::Request<Answer> request{
      std::make_shared<const jobq::Question>(
          jobq::Question{.path = job,
                         .fill =
                             [query = query_](jobq::RequestBody body) {
                               auto out = body.initJobQuery();
                               out.setClient(jobq::wire::text(query.client));
                               out.setJob(jobq::wire::text(query.job));
                             }}),
      [](const jobq::ReplyReader& reply) { return read_answer(reply, {}); }};
  return parts_.calls.ask(request, request_.token)
      .then([this](const jobq::Answer<Answer>& answer) {
        has_ended_ = answer.has_value() && answer.value().is_final;
        return ask({});
      })
      .then([this](EventsAnswer answer) { return begin(std::move(answer)); });
}

kj::Promise<kj::Maybe<Reply>> Streams::Stream::begin(EventsAnswer answer) {
  if (!answer.page && !answer.snapshot) {
    return kj::Maybe<Reply>(refusal(answer.code, answer.error, {}, answer.retry_after));
  }
  auto place = parts_.places.take(request_.token);
  if (auto* refused = std::get_if<Reply>(&place)) return kj::Maybe<Reply>(std::move(*refused));
  place_ = kj::mv(std::get<kj::Own<StreamPlaces::Place>>(place));
  head_.type = form_ == StreamForm::kServerSent ? kServerSent : kLines;
  head_.with("X-Accel-Buffering", "no");  // of proxies
  out_ = parts_.sender.begin(response_, head_);
  return write(opening_text(form_))
      .then([this, answer = std::move(answer)]() mutable { return go_on(std::move(answer)); })
      .catch_([this](kj::Exception&& error) {
        parts_.counters.streams_slow += error.getType() == kj::Exception::Type::OVERLOADED;
        kj::throwFatalException(kj::mv(error));
      })
      .then([]() -> kj::Maybe<Reply> { return nullptr; });
}

Next Streams::Stream::go_on(EventsAnswer answer) {
  if (answer.snapshot) return tell_snapshot(std::move(*answer.snapshot), cursor_.has_value());
  if (answer.page) return tell_events(*answer.page);
  // The store is away, or has as many questions to hold as it may.
  if (answer.code == 503 || answer.code == 429) return pause_and_read();
  return end(answer.code, answer.error);
}

Next Streams::Stream::read_on(jobq::Span wait) {
  return ask(wait).then([this](EventsAnswer answer) { return go_on(std::move(answer)); });
}

// Not held back: where the store holds no more, it still answers.
Next Streams::Stream::pause_and_read() {
  return write(heartbeat_text(cursor_.value_or(0), form_))
      .then([this] { return parts_.timer.afterDelay(kPause); })
      .then([this] { return read_on({}); });
}

Next Streams::Stream::tell_events(const EventPage& page) {
  std::string text;
  for (const jobq::Event& event : page.events) {
    text += text_of(Message{to_string(event.kind), event_text(event), event.sequence}, form_);
    has_ended_ = has_ended_ || (is_of_job_ && jobq::is_final(event.status));
  }
  if (page.events.empty()) text = heartbeat_text(page.cursor, form_);
  return write(std::move(text)).then([this, cursor = page.cursor, is_end = page.is_end] {
    cursor_ = cursor;
    if (has_ended_ && is_end) return close();
    return read_on(is_end ? parts_.settings.heartbeat : jobq::Span{});
  });
}

Message Streams::Stream::snapshot_message(std::uint64_t cursor,
                                          const std::vector<jobq::JobStatus>& jobs,
                                          bool is_lost) const {
  const char* const name = is_lost ? "lost" : "snapshot";
  std::string json = std::string("{\"event\":\"") + name +
                     "\",\"cursor\":" + std::to_string(cursor) + ",\"jobs\":";
  jobq::append_json(json, jobs);
  return {name, json + '}'};
}

// Only the last message has the cursor: whoever has missed it begins anew.
Next Streams::Stream::tell_snapshot(Snapshot snapshot, bool is_lost) {
  if (!wants_jobs_ && !is_of_job_) snapshot.jobs = {};
  Message message = snapshot_message(snapshot.cursor, snapshot.jobs.jobs, is_lost);
  const std::uint64_t rest = is_of_job_ ? 0 : snapshot.jobs.cursor;
  if (rest == 0) message.cursor = snapshot.cursor;
  for (const jobq::JobStatus& job : snapshot.jobs.jobs) {
    has_ended_ = has_ended_ || (is_of_job_ && jobq::is_final(job.status));
  }
  return write(text_of(message, form_)).then([this, rest, is_lost, cursor = snapshot.cursor] {
    if (rest != 0) return tell_rest(cursor, rest, is_lost);
    cursor_ = cursor;
    return has_ended_ ? close() : read_on({});
  });
}

Next Streams::Stream::tell_rest(std::uint64_t cursor, std::uint64_t page, bool is_lost) {
  using enum jobq::Status;
  const jobq::ListQuery query{.client = query_.client,
                              .cursor = page,
                              .limit = kJobsMax,
                              .statuses = {kSubmitted, kAccepted, kRetrying}};
  return parts_.calls.ask(jobq::list_request(list_, query), request_.token)
      .then([this, cursor, is_lost](const jobq::Answer<jobq::JobPage>& answer) {
        if (!answer.has_value()) {
          const Answer refused = answer_of(answer.error());
          return end(refused.code, refused.error);
        }
        Message message = snapshot_message(cursor, answer.value().jobs, is_lost);
        const std::uint64_t rest = answer.value().cursor;
        if (rest == 0) message.cursor = cursor;
        return write(text_of(message, form_)).then([this, rest, cursor, is_lost] {
          if (rest != 0) return tell_rest(cursor, rest, is_lost);
          cursor_ = cursor;
          return read_on({});
        });
      });
}

Next Streams::Stream::end(unsigned code, const std::string& error) {
  std::string json = problem_json(code, error);
  json.insert(1, "\"event\":\"error\",");
  return write(text_of(Message{"error", std::move(json)}, form_));
}

Next Streams::Stream::close() {
  const std::string json = "{\"event\":\"close\",\"cursor\":" + std::to_string(*cursor_) + "}";
  return write(text_of(Message{"close", json, *cursor_}, form_));
}

bool Streams::wants_stream(const HttpRequest& request, const store::Route& route) {
  return route.operation == store::Operation::kReadEvents &&
         request.method == kj::HttpMethod::GET &&
         (request.accepts(kServerSent) || request.accepts(kLines));
}

kj::Promise<kj::Maybe<Reply>> Streams::run(const HttpRequest& request, const store::Route& route,
                                           kj::HttpService::Response& response, Reply head) {
  auto stream = kj::heap<Stream>(parts_, request, route, response, std::move(head));
  auto ended = stream->run();
  return ended.attach(kj::mv(stream));
}

}  // namespace gateway

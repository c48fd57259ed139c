#include "changes.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "event_questions.h"
#include "event_text.h"
#include "json_values.h"
#include "operations.h"
#include "problem.h"
#include "refusal.h"

namespace gateway {
namespace {

using Looked = kj::Promise<void>;

constexpr std::size_t kPathsMax = 64;
// Of a log in which much happens: told no more often, and read no further than to its end.
constexpr kj::Duration kTellingPause = 1 * kj::SECONDS;
constexpr StreamForm kForm = StreamForm::kServerSent;

void check_path(const std::string& path) {
  const auto found = store::find_route(store::Method::kGet, path);
  const auto* route = std::get_if<store::Route>(&found);
  if (route == nullptr || route->operation != store::Operation::kReadEvents) {
    throw Refusal(400, "path", "is none of events");
  }
}

}  // namespace

class Changes::Stream final : private kj::TaskSet::ErrorHandler {
 public:
  Stream(const Parts& parts, const HttpRequest& request);

  kj::Promise<kj::Maybe<Reply>> run(kj::HttpService::Response& response, Reply head);

 private:
  Looked look(std::string path, std::uint64_t cursor);
  Looked look_on(std::string path, const EventsAnswer& answer);
  Looked tell();
  void say(const std::string& text);
  void taskFailed(kj::Exception&& exception) override { failed_->reject(kj::mv(exception)); }

  const Parts& parts_;
  const std::string token_;
  std::set<std::string> paths_;
  std::string client_;
  std::vector<kj::Own<StreamPlaces::Place>> taken_;
  kj::Own<kj::AsyncOutputStream> out_;
  std::string unsaid_;
  kj::Own<kj::PromiseFulfiller<void>> woken_;  // where nothing is unsaid
  kj::Own<kj::PromiseFulfiller<void>> failed_;
  kj::Promise<void> failing_ = nullptr;
  kj::TaskSet looking_;
};

Changes::Stream::Stream(const Parts& parts, const HttpRequest& request)
    : parts_(parts), token_(request.token), looking_(*this) {
  for (const Parameter& one : request.target.parameters) {
    if (one.name == "client") {
      client_ = one.value;
    } else if (one.name != "path") {
      throw Refusal(400, one.name, "there is no such parameter");
    } else {
      for (std::size_t begin = 0; begin <= one.value.size();) {
        const std::size_t end = std::min(one.value.find(',', begin), one.value.size());
        check_path(*paths_.insert(one.value.substr(begin, end - begin)).first);
        begin = end + 1;
      }
    }
  }
  if (paths_.empty() || paths_.size() > kPathsMax) {
    throw Refusal(400, "path", "1 .. " + std::to_string(kPathsMax));
  }
  auto failing = kj::newPromiseAndFulfiller<void>();
  failing_ = kj::mv(failing.promise);
  failed_ = kj::mv(failing.fulfiller);
}

kj::Promise<kj::Maybe<Reply>> Changes::Stream::run(kj::HttpService::Response& response,
                                                   Reply head) {
  for (std::size_t i = 0; i < paths_.size(); ++i) {  // each has a question under way
    auto place = parts_.places.take(token_);
    if (auto* refused = std::get_if<Reply>(&place)) return kj::Maybe<Reply>(std::move(*refused));
    taken_.push_back(kj::mv(std::get<kj::Own<StreamPlaces::Place>>(place)));
  }
  head.type = "text/event-stream";
  head.with("X-Accel-Buffering", "no");  // of proxies
  out_ = parts_.sender.begin(response, head);
  unsaid_ = opening_text(kForm);
  for (const std::string& path : paths_) looking_.add(look(path, kNoEvent));
  return tell().exclusiveJoin(kj::mv(failing_)).then([]() -> kj::Maybe<Reply> { return nullptr; });
}

Looked Changes::Stream::look(std::string path, std::uint64_t cursor) {
  const bool is_first = cursor == kNoEvent;
  const EventQuery query{.client = client_,
                         .after = cursor,
                         .limit = 1,
                         .wait = is_first ? jobq::Span{} : jobq::Span(parts_.settings.heartbeat)};
  auto asked = ask_events(parts_.calls, path, query, token_);
  return asked.then([this, path = std::move(path)](const EventsAnswer& answer) mutable {
    return look_on(std::move(path), answer);
  });
}

// A change is told with the end of the log in hand: whatever has come until then is seen by who
// reads the numbers then, and what comes later is told after a while.
Looked Changes::Stream::look_on(std::string path, const EventsAnswer& answer) {
  const auto later = [this](std::string again, std::uint64_t cursor) {
    return parts_.timer.afterDelay(kTellingPause)
        .then([this, again = std::move(again), cursor]() mutable {
          return look(std::move(again), cursor);
        });
  };
  if (answer.snapshot) {
    say(text_of({"changed", jobq::to_text({{"path", path}})}, kForm));
    return later(std::move(path), answer.snapshot->cursor);
  }
  if (answer.page) {
    const bool is_quiet = answer.page->events.empty();
    return look(std::move(path), is_quiet ? answer.page->cursor : kNoEvent);
  }
  if (answer.code == 503 || answer.code == 429) return later(std::move(path), kNoEvent);
  std::string json = problem_json(answer.code, answer.error);
  json.insert(1, "\"path\":" + jobq::to_text(jobq::Json(path)) + ",");
  say(text_of({"refused", std::move(json)}, kForm));
  return kj::READY_NOW;
}

void Changes::Stream::say(const std::string& text) {
  unsaid_ += text;
  if (woken_.get() != nullptr) woken_->fulfill();
}

Looked Changes::Stream::tell() {
  if (!unsaid_.empty()) {
    return parts_.sender.write(*out_, std::exchange(unsaid_, {})).then([this] { return tell(); });
  }
  auto waking = kj::newPromiseAndFulfiller<void>();
  woken_ = kj::mv(waking.fulfiller);
  return waking.promise
      .exclusiveJoin(parts_.timer.afterDelay(parts_.settings.heartbeat.count() * kj::MILLISECONDS)
                         .then([this] { unsaid_ += ": heartbeat\n\n"; }))
      .then([this] {
        woken_ = nullptr;
        return tell();
      });
}

kj::Promise<kj::Maybe<Reply>> Changes::run(const HttpRequest& request,
                                           kj::HttpService::Response& response, Reply head) {
  auto stream = kj::heap<Stream>(parts_, request);
  auto ended = stream->run(response, std::move(head));
  return ended.attach(kj::mv(stream));
}

}  // namespace gateway

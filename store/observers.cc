#include "observers.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "paths.h"
#include "room.h"
#include "text_rules.h"

namespace store {
namespace {

enum class Observing : std::uint8_t { kData, kAudit, kNotification };

// Between two tries to send what waits.
constexpr Span kRetryInterval{20};
// What a line costs besides its bytes.
constexpr std::size_t kLineCost = 64;

std::optional<Observing> mode_of(std::string_view word) {
  return word.empty() || word == "data" ? std::optional(Observing::kData)
         : word == "audit"              ? std::optional(Observing::kAudit)
         : word == "notification"       ? std::optional(Observing::kNotification)
                                        : std::nullopt;
}

std::string ms_of(Time time) { return std::to_string(time.time_since_epoch().count()); }

std::string_view word_of(zest::Format format) {
  return format == zest::Format::kJson ? "json" : format == zest::Format::kText ? "text" : "binary";
}

// "/kv/D" of "/kv/D/job/c/*" and of "/kv/D.server/*".
std::string datasource_prefix(std::string_view path) {
  const std::size_t end = path.find('/', path.find('/', 1) + 1);
  std::string_view prefix = path.substr(0, end);
  if (prefix.ends_with(jobq::kOfDrivers)) {
    prefix.remove_suffix(jobq::kOfDrivers.size());
  }
  return std::string(prefix);
}

std::string host_of(const zest::Message& request) {
  return std::string(request.host.substr(0, request.host.find_first_of(" \n")));
}

std::string audit_line(Time now, const std::string& store, const zest::Message& request,
                       zest::Code code) {
  std::string line = ms_of(now) + ' ' + store + ' ' + host_of(request) + ' ';
  line.append(zest::method_of(request.code)).append(request.observe ? "(OBSERVE) " : " ");
  line.append(request.path).append(1, ' ');
  return line += std::to_string(static_cast<int>(code));
}

std::string notification_line(Time now, const zest::Message& request) {
  const auto format = request.format.value_or(zest::Format::kText);
  std::string line = ms_of(now) + ' ' + host_of(request) + ' ';
  line.append(request.path).append(1, ' ').append(word_of(format)).append(1, ' ');
  return line.append(request.payload);
}

}  // namespace

struct Observers::Observer {
  std::string name;
  std::string token;
  std::string path;    // that is observed
  std::string prefix;  // of its datasource
  Observing mode = Observing::kData;
  zest::Format format = zest::Format::kJson;
  EventScope scope;
  Sequence last = 0;  // events up to it are told
  std::multimap<Time, Observer*>::iterator place;
  Time since{};
  Time next_try{};        // of those whose last one was in vain
  bool has_come = false;  // he has taken a line
  std::optional<Time> absent_since;
  std::deque<std::string> waiting;
  std::size_t waiting_bytes = 0;
  bool is_too_slow = false;

  bool covers(std::string_view asked) const {
    if (asked == path) {
      return true;
    }
    if (!path.ends_with('*')) {
      return false;
    }
    const std::string_view front = std::string_view(path).substr(0, path.size() - 1);
    if (asked.size() > front.size() && asked.starts_with(front)) {
      return true;
    }
    // A driver's pattern is of all that is asked of its datasource.
    const bool is_of_drivers = front == prefix + std::string(jobq::kOfDrivers) + '/';
    return is_of_drivers && asked.starts_with(prefix + '/');
  }
};

Observers::Observers(ObserveSocket& socket, const State& state, TextSource& texts,
                     std::function<std::string()> make_name, Options options)
    : socket_(socket),
      state_(state),
      texts_(texts),
      make_name_(std::move(make_name)),
      options_(std::move(options)) {}

Observers::~Observers() = default;

std::optional<Refused> Observers::refuse(const std::string& token) const {
  return none_left({{"topicsPerTokenMax", options_.observers_per_token_max},
                    {"topicsMax", options_.observers_max},
                    "observe",
                    "are there",
                    Code::kTooMany},
                   shares_.of(token).count, by_name_.size());
}

std::variant<Observed, Refused> Observers::add(Time now, const Request& request,
                                               const SubscribeReply& reply) {
  const zest::Message& asked = *request.zest;
  const auto mode = mode_of(asked.observe.value_or(""));
  if (!mode) {
    return Refused{Code::kBadRequest, "observe: must be data, audit or notification"};
  }
  auto refused = refuse(request.grant.token_id);
  if (refused && end_one_who_never_came(now, request.grant.token_id)) {
    refused = refuse(request.grant.token_id);
  }
  if (refused) {
    return *std::move(refused);
  }
  auto made = std::make_unique<Observer>();
  Observer& observer = *made;
  observer.name = make_name_();
  observer.token = request.grant.token_id;
  observer.path = asked.path;
  observer.prefix = datasource_prefix(asked.path);
  observer.mode = *mode;
  observer.format = asked.format.value_or(zest::Format::kJson);
  observer.scope = reply.scope;
  observer.last = reply.snapshot.cursor;
  observer.since = now;
  Time ends = request.grant.expires.value_or(Time::max());
  if (asked.max_age.value_or(0) != 0) {
    ends = std::min(ends, now + std::chrono::seconds(*asked.max_age));
  }
  observer.place = by_end_.emplace(ends, &observer);
  shares_.take(observer.token, 0);
  by_name_.emplace(observer.name, std::move(made));
  list(observer);
  if (observer.mode == Observing::kData) {
    for (const JobView& job : reply.snapshot.jobs.jobs) {
      add_data(observer, now, job.client, job.job, job_line(job, texts_));
    }
  }
  return Observed{observer.name, socket_.public_key()};
}

bool Observers::end_one_who_never_came(Time now, const std::string& token) {
  const auto place = std::find_if(by_name_.begin(), by_name_.end(), [&](const auto& named) {
    const Observer& observer = *named.second;
    return observer.token == token && !observer.has_come &&
           now - observer.since >= options_.absence_max;
  });
  if (place == by_name_.end()) {
    return false;
  }
  end(*place->second);
  return true;
}

void Observers::list(Observer& observer) {
  if (observer.mode != Observing::kData) {
    tellers_.insert(&observer);
    return;
  }
  OfDatasource& scopes = by_scope_[observer.scope.datasource];
  if (observer.scope.job != 0) {
    scopes.jobs.emplace(observer.scope.job, &observer);
  } else {
    scopes.clients.emplace(observer.scope.client, &observer);
  }
}

void Observers::add_line(Observer& observer, std::string_view payload) {
  if (observer.is_too_slow) {
    return;
  }
  busy_.insert(&observer);
  std::string message =
      zest::encode({.code = zest::Code::kContent, .format = observer.format, .payload = payload});
  const std::size_t bytes = message.size() + kLineCost;
  if (!has_room(observer, bytes)) {
    observer.is_too_slow = true;
    return;
  }
  observer.waiting_bytes += bytes;
  lines_.take(observer.token, bytes);
  observer.waiting.push_back(std::move(message));
}

bool Observers::has_room(const Observer& observer, std::size_t bytes) const {
  return observer.waiting_bytes + bytes <= options_.waiting_bytes_max &&
         lines_.of(observer.token).bytes + bytes <= options_.waiting_bytes_per_token_max &&
         lines_.all().bytes + bytes <= options_.all_waiting_bytes_max;
}

void Observers::add_data(Observer& observer, Time time, std::string_view client,
                         std::string_view job, std::string_view json) {
  std::string line = ms_of(time) + ' ' + observer.prefix + "/job/";
  line.append(client).append(1, '/').append(job).append(" json ").append(json);
  add_line(observer, line);
}

void Observers::publish(const Event& event) {
  const auto datasource = by_scope_.find(event.job.datasource);
  if (datasource == by_scope_.end()) {
    return;
  }
  std::string json;
  const auto add_to = [&](const auto& observers) {
    for (auto place = observers.first; place != observers.second; ++place) {
      Observer& observer = *place->second;
      if (event.sequence <= observer.last) {
        continue;  // it was there when he asked
      }
      observer.last = event.sequence;
      if (json.empty()) {
        const bool has_response =
            event.kind == Event::Kind::kComplete && state_.find(event.job) != nullptr;
        json = event_line(state_.datasource(event.job.datasource).name, event,
                          has_response ? texts_.texts(event.job).response : std::string());
      }
      add_data(observer, event.time, event.client, event.id, json);
    }
  };
  const OfDatasource& scopes = datasource->second;
  add_to(scopes.clients.equal_range(""));
  add_to(scopes.clients.equal_range(event.client));
  add_to(scopes.jobs.equal_range(event.job.sequence));
}

void Observers::tell(Time now, const zest::Message& request, zest::Code code) {
  const bool is_done_post = request.code == zest::Code::kPost && code == zest::Code::kCreated;
  for (Observer* observer : tellers_) {
    if (!observer->covers(request.path)) {
      continue;
    }
    if (observer->mode == Observing::kAudit) {
      add_line(*observer, audit_line(now, options_.store, request, code));
    } else if (is_done_post) {
      add_line(*observer, notification_line(now, request));
    }
  }
}

void Observers::send_waiting(Time now, Observer& observer) {
  if (now < observer.next_try) {
    return;
  }
  observer.next_try = {};
  while (!observer.waiting.empty()) {
    const std::string& message = observer.waiting.front();
    const auto sent = socket_.send(observer.name, message);
    if (sent == ObserveSocket::Sent::kAbsent) {
      observer.absent_since = observer.absent_since.value_or(now);
    } else {
      observer.absent_since.reset();
      observer.has_come = true;
    }
    if (sent != ObserveSocket::Sent::kTaken) {
      observer.next_try = now + kRetryInterval;
      return;
    }
    observer.waiting_bytes -= message.size() + kLineCost;
    lines_.give(observer.token, message.size() + kLineCost);
    observer.waiting.pop_front();
  }
}

bool Observers::is_over(Time now, const Observer& observer) const {
  return observer.is_too_slow ||
         (observer.absent_since && now - *observer.absent_since >= options_.absence_max);
}

void Observers::finish(Time now) {
  if (by_name_.empty()) {
    return;
  }
  socket_.listen();
  std::vector<Observer*> over;
  for (auto place = busy_.begin(); place != busy_.end();) {
    Observer& observer = **place;
    send_waiting(now, observer);
    if (is_over(now, observer)) {
      over.push_back(&observer);
    }
    place = observer.waiting.empty() ? busy_.erase(place) : std::next(place);
  }
  for (Observer* observer : over) {
    end(*observer);
  }
  while (!by_end_.empty() && by_end_.begin()->first <= now) {
    end(*by_end_.begin()->second);
  }
}

Time Observers::next_deadline() const {
  Time next = by_end_.empty() ? Time::max() : by_end_.begin()->first;
  for (const Observer* observer : busy_) {
    next = std::min(next, observer->next_try);
  }
  return next;
}

void Observers::unlist(Observer& observer) {
  if (observer.mode != Observing::kData) {
    tellers_.erase(&observer);
    return;
  }
  const auto datasource = by_scope_.find(observer.scope.datasource);
  const auto erase_from = [&](auto& observers, const auto& key) {
    const auto [first, last] = observers.equal_range(key);
    observers.erase(
        std::find_if(first, last, [&](const auto& listed) { return listed.second == &observer; }));
  };
  OfDatasource& scopes = datasource->second;
  if (observer.scope.job != 0) {
    erase_from(scopes.jobs, observer.scope.job);
  } else {
    erase_from(scopes.clients, observer.scope.client);
  }
  if (scopes.jobs.empty() && scopes.clients.empty()) {
    by_scope_.erase(datasource);
  }
}

void Observers::end(Observer& observer) {
  (void)socket_.send(observer.name, zest::encode({.code = zest::Code::kUnavailable}));
  for (const std::string& message : observer.waiting) {
    lines_.give(observer.token, message.size() + kLineCost);
  }
  unlist(observer);
  busy_.erase(&observer);
  by_end_.erase(observer.place);
  shares_.give(observer.token, 0);
  by_name_.erase(std::string(observer.name));  // a copy, since the name goes with it
}

void Observers::end_all() {
  while (!by_name_.empty()) {
    end(*by_name_.begin()->second);
  }
}

}  // namespace store

#include "streams.h"

#include <algorithm>
#include <utility>

#include "codec.h"
#include "room.h"
#include "sealed.h"

namespace store {
namespace {

// A newcomer's greeting goes to all who are there: so many of them in a millisecond at most, or who
// comes and goes would keep the publisher busy.
constexpr std::size_t kGreetedInMs = 10;

}  // namespace

struct Streams::Topic {
  std::string name;
  std::string key;
  std::uint64_t frames = 0;  // sealed with it
  EventScope scope;
  std::string buyer;  // token that was the first to buy it
  // Events of the scope up to here were sent, or were there when the topic was made.
  Sequence last = 0;
  std::size_t subscribers = 0;
  bool had_subscribers = false;
  bool is_greeted = false;
  // Events of the turn that are not sent yet, each a message.
  std::string unsent;
  // Last frame, while there are subscribers; else since when there are none.
  Time since{};
  std::multimap<Time, Topic*>::iterator end;
  Order::iterator place;
};

Streams::Streams(Publisher& publisher, const State& state, std::function<std::string()> make_topic,
                 StreamOptions options)
    : publisher_(publisher), state_(state), make_topic_(std::move(make_topic)), options_(options) {}

Streams::~Streams() = default;

Streams::Topic* Streams::find(const EventScope& scope) const {
  const auto datasource = by_scope_.find(scope.datasource);
  if (datasource == by_scope_.end()) {
    return nullptr;
  }
  const auto find_in = [](const auto& topics, const auto& key) {
    const auto found = topics.find(key);
    return found == topics.end() ? nullptr : found->second;
  };
  const OfDatasource& scopes = datasource->second;
  return scope.job != 0 ? find_in(scopes.jobs, scope.job) : find_in(scopes.clients, scope.client);
}

std::optional<Refused> Streams::refuse_new(const std::string& token) const {
  return none_left({{"topicsPerTokenMax", options_.topics_per_token_max},
                    {"topicsMax", options_.topics_max},
                    "topic",
                    "are there",
                    Code::kTooMany},
                   shares_.of(token).count, by_topic_.size());
}

std::optional<Refused> Streams::refuse(const EventScope& scope, const std::string& token) const {
  auto refused = refuse_new(token);
  const auto datasource = by_scope_.find(scope.datasource);
  if (refused || datasource == by_scope_.end()) {
    return refused;
  }
  const auto& counts = datasource->second.topics_of_client;
  const auto count = counts.find(scope.client);
  const std::size_t max = options_.topics_per_client_max;
  if (count == counts.end() || count->second < max) {
    return std::nullopt;
  }
  return Refused{
      Code::kTooMany,
      "topic: topicsPerClientMax = " + std::to_string(max) + " are there of this client already",
      std::chrono::seconds(1), "topicsPerClientMax"};
}

Streams::Topic* Streams::add(Time now, const EventScope& scope, Time expires,
                             const std::string& token) {
  auto made = std::make_unique<Topic>();
  Topic* topic = made.get();
  topic->name = make_topic_();
  topic->key = auth::new_seal_key();
  topic->scope = scope;
  topic->buyer = token;
  shares_.take(token, 0);
  topic->last = state_.datasource(scope.datasource).last_sequence;
  topic->since = now;
  topic->end = by_end_.emplace(std::min(expires, now + options_.lifetime_max), topic);
  topic->place = idle_.insert(idle_.end(), topic);
  OfDatasource& scopes = by_scope_[scope.datasource];
  ++scopes.topics_of_client[scope.client];
  if (scope.job != 0) {
    scopes.jobs[scope.job] = topic;
  } else {
    scopes.clients[scope.client] = topic;
  }
  publisher_.open(topic->name);
  by_topic_.emplace(topic->name, std::move(made));
  return topic;
}

Streams::Order& Streams::order_of(const Topic& topic) {
  return topic.subscribers > 0 ? beating_ : topic.had_subscribers ? left_ : idle_;
}

Streams::Sold Streams::buy(Time now, const EventScope& scope, Time expires,
                           const std::string& token) {
  Topic* topic = find(scope);
  if (topic == nullptr) {
    if (auto refused = refuse(scope, token)) {
      return *std::move(refused);
    }
    topic = add(now, scope, expires, token);
  } else if (expires < topic->end->first) {
    by_end_.erase(topic->end);
    topic->end = by_end_.emplace(expires, topic);
  }
  return Ticket{topic->name, topic->key, topic->end->first};
}

void Streams::begin(Time now) {
  now_ = now;
  while (!by_end_.empty() && by_end_.begin()->first <= now) {
    end(now, *by_end_.begin()->second);
  }
  for (const Publisher::News& news : publisher_.take_news()) {
    if (const auto found = by_topic_.find(news.topic); found != by_topic_.end()) {
      count(*found->second, news);
    }
  }
}

void Streams::finish(Time now, std::span<const Event> next) {
  const auto beat = [&](Topic& topic) {
    const DatasourceIndex datasource = topic.scope.datasource;
    const auto first = std::find_if(next.begin(), next.end(), [&](const Event& event) {
      return event.job.datasource == datasource;
    });
    const Sequence last =
        first == next.end() ? state_.datasource(datasource).last_sequence : first->sequence - 1;
    send_sign(now, topic, last, false);
  };
  for (Topic* topic : std::exchange(with_unsent_, {})) {
    send_unsent(now, *topic);
  }
  for (auto place = greeted_.begin(); place != greeted_.end();) {
    Topic& topic = **place;
    if (greeting_due(topic) > now) {
      ++place;
      continue;
    }
    place = greeted_.erase(place);
    topic.is_greeted = false;
    beat(topic);
  }
  while (!beating_.empty() && beating_.front()->since + options_.heartbeat <= now) {
    beat(*beating_.front());
  }
  for (const auto& [order, span] :
       {std::pair(&idle_, options_.idle_max), std::pair(&left_, options_.left_max)}) {
    while (!order->empty() && order->front()->since + span <= now) {
      end(now, *order->front());
    }
  }
  publisher_.flush();
}

Time Streams::greeting_due(const Topic& topic) const {
  return topic.since + std::min(Span(topic.subscribers / kGreetedInMs), options_.heartbeat);
}

Time Streams::next_deadline() const {
  Time next = Time::max();
  for (const Topic* topic : greeted_) {
    next = std::min(next, greeting_due(*topic));
  }
  if (!by_end_.empty()) {
    next = std::min(next, by_end_.begin()->first);
  }
  if (!beating_.empty()) {
    next = std::min(next, beating_.front()->since + options_.heartbeat);
  }
  if (!idle_.empty()) {
    next = std::min(next, idle_.front()->since + options_.idle_max);
  }
  if (!left_.empty()) {
    next = std::min(next, left_.front()->since + options_.left_max);
  }
  return next;
}

void Streams::count(Topic& topic, const Publisher::News& news) {
  const bool has_some = news.subscribers > 0;
  Order& from = order_of(topic);
  subscribers_ += news.subscribers - topic.subscribers;
  topic.subscribers = news.subscribers;
  topic.had_subscribers = topic.had_subscribers || has_some || news.has_newcomer;
  if (Order& to = order_of(topic); &to != &from) {
    topic.since = now_;
    to.splice(to.end(), from, topic.place);
  }
  if (has_some && news.has_newcomer && !std::exchange(topic.is_greeted, true)) {
    greeted_.push_back(&topic);
  }
}

void Streams::publish(Time now, const Event& event) {
  const auto datasource = by_scope_.find(event.job.datasource);
  if (datasource == by_scope_.end()) {
    return;
  }
  const OfDatasource& scopes = datasource->second;
  std::string body;  // as most topics have it
  for (const std::string& client : {std::string(), event.client}) {
    if (const auto found = scopes.clients.find(client); found != scopes.clients.end()) {
      add_event(now, *found->second, event, body);
    }
  }
  if (const auto found = scopes.jobs.find(event.job.sequence); found != scopes.jobs.end()) {
    add_event(now, *found->second, event, body);
  }
}

// `body`: the event as others have it, made when it is needed first. Only the first event of a
// frame has to say which one of its scope was before.
void Streams::add_event(Time now, Topic& topic, const Event& event, std::string& body) {
  if (event.sequence <= topic.last) {
    return;  // it was there when the topic was made
  }
  const Sequence previous = std::exchange(topic.last, event.sequence);
  if (topic.subscribers == 0) {
    return;
  }
  const std::string& datasource = state_.datasource(event.job.datasource).name;
  if (topic.unsent.empty()) {
    with_unsent_.push_back(&topic);
  }
  if (topic.unsent.empty() && previous != event.sequence - 1) {
    topic.unsent = encode_event(datasource, event, previous);
  } else {
    if (body.empty()) {
      body = encode_event(datasource, event, event.sequence - 1);
    }
    topic.unsent += body;
  }
  if (topic.unsent.size() >= options_.frame_bytes) {
    send_unsent(now, topic);
  }
}

void Streams::send_unsent(Time now, Topic& topic) {
  // Its memory goes too: there may be many topics.
  if (const std::string body = std::exchange(topic.unsent, {}); !body.empty()) {
    send(now, topic, body);
  }
}

void Streams::send_sign(Time now, Topic& topic, Sequence last, bool ends) {
  const StreamSign sign = ends ? StreamSign::kEnded : StreamSign::kHeartbeat;
  const std::string& datasource = state_.datasource(topic.scope.datasource).name;
  send(now, topic, encode_sign(sign, datasource, now, topic.last, last));
}

void Streams::send(Time now, Topic& topic, const std::string& body) {
  ++frames_sent_;
  publisher_.send(topic.name, auth::seal(topic.key, ++topic.frames, body));
  if (topic.subscribers > 0) {
    topic.since = now;
    beating_.splice(beating_.end(), beating_, topic.place);
  }
}

void Streams::end(Time now, Topic& topic) {
  if (topic.subscribers > 0) {
    // Events of turns that are not published yet may follow.
    send_sign(now, topic, topic.last, true);
  }
  subscribers_ -= topic.subscribers;
  publisher_.close(topic.name);
  by_end_.erase(topic.end);
  order_of(topic).erase(topic.place);
  shares_.give(topic.buyer, 0);
  greeted_.remove(&topic);
  OfDatasource& scopes = by_scope_.at(topic.scope.datasource);
  if (topic.scope.job != 0) {
    scopes.jobs.erase(topic.scope.job);
  } else {
    scopes.clients.erase(topic.scope.client);
  }
  if (const auto count = scopes.topics_of_client.find(topic.scope.client); --count->second == 0) {
    scopes.topics_of_client.erase(count);
  }
  if (scopes.topics_of_client.empty()) {
    by_scope_.erase(topic.scope.datasource);
  }
  by_topic_.erase(std::string(topic.name));  // a copy, since the name goes with it
}

void Streams::end_all(Time now) {
  while (!by_topic_.empty()) {
    end(now, *by_topic_.begin()->second);
  }
}

StreamCounters Streams::counters() const {
  return {.topics = by_topic_.size(),
          .subscribers = subscribers_,
          .frames_sent = frames_sent_,
          .frames_lost = publisher_.lost(),
          .ignored = publisher_.ignored()};
}

}  // namespace store

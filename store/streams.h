// Status streams: which scopes have a topic, who may have it, and the frames that go out on it.
//
// A topic is an unguessable text handed out for one scope; all subscribers of the scope share it,
// so that a turn costs one frame for each scope that its events are of: the datasource, the client,
// the job. It ends with the first of the tokens that bought it, since a publisher cannot take it
// from one subscriber alone: whoever may still watch subscribes anew.
//
// Frames are sealed with the topic's key: libzmq may give a subscription of a peer that has gone to
// another one, who can make nothing of what it gets.
//
// Frames may be lost; each says before which number the scope had no event, so that a subscriber
// notices, at the next frame or heartbeat, and reads the journal.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "event.h"
#include "jobq/limits.h"
#include "publisher.h"
#include "shares.h"
#include "state.h"

namespace store {

struct StreamOptions {
  // A frame goes out at least this often on a topic that has a subscriber.
  Span heartbeat = std::chrono::seconds(2);
  // A topic ends at the latest after so long, since a peer that says twice that it subscribes is
  // counted twice and leaves once.
  Span lifetime_max = std::chrono::hours(24);
  // A topic that nobody has subscribed to yet ends after so long; one whose subscribers are gone
  // is kept for those who were cut off for a moment.
  Span idle_max = std::chrono::minutes(1);
  Span left_max = std::chrono::seconds(5);
  std::size_t topics_max = jobq::limits::kTopicsMax;
  // That one token was the first to buy.
  std::size_t topics_per_token_max = jobq::limits::kTopicsPerTokenMax;
  // Of one client of a datasource and its jobs.
  std::size_t topics_per_client_max = jobq::limits::kTopicsPerClientMax;
  // A frame that has so many bytes takes no more events.
  std::size_t frame_bytes = 16u << 10;
};

struct StreamCounters {
  std::uint64_t topics = 0, subscribers = 0, frames_sent = 0, frames_lost = 0, ignored = 0;
};

class Streams {
 public:
  // `make_topic`: texts that nobody can guess. All must outlive this.
  Streams(Publisher& publisher, const State& state, std::function<std::string()> make_topic,
          StreamOptions options = {});
  ~Streams();

  struct Ticket {
    std::string topic;
    std::string key;  // opens its frames
    Time expires_at = Time::max();
  };
  // The scope's topic, bought by a token that is good until `expires`. Refused when there are too
  // many topics.
  using Sold = std::variant<Ticket, Refused>;
  Sold buy(Time now, const EventScope& scope, Time expires, const std::string& token);
  // Why the token cannot have the topic of a scope that has none, whatever scope that is.
  std::optional<Refused> refuse_new(const std::string& token) const;

  // A turn is on disk: begin(), then publish() each of its events, then finish(). Ends topics whose
  // time is over, takes in subscriptions, and at last sends heartbeats, which say that what came
  // before was all.
  void begin(Time now);
  void publish(Time now, const Event& event);
  // `next`: events that are not on disk yet.
  void finish(Time now, std::span<const Event> next = {});
  // When a turn is needed for that; Time::max() if never.
  Time next_deadline() const;
  bool has_topics() const { return !by_topic_.empty(); }

  const Span& heartbeat() const { return options_.heartbeat; }
  StreamCounters counters() const;

  // Ends all topics: tokens are not worth any more what they were.
  void end_all(Time now);

 private:
  struct Topic;
  using Order = std::list<Topic*>;

  struct OfDatasource {
    std::unordered_map<std::string, Topic*> clients;  // "" is all of them
    std::unordered_map<Sequence, Topic*> jobs;
    std::unordered_map<std::string, std::size_t> topics_of_client;
  };

  Topic* find(const EventScope& scope) const;
  std::optional<Refused> refuse(const EventScope& scope, const std::string& token) const;
  Topic* add(Time now, const EventScope& scope, Time expires, const std::string& token);
  Order& order_of(const Topic& topic);
  void count(Topic& topic, const Publisher::News& news);
  void send(Time now, Topic& topic, const std::string& body);
  void add_event(Time now, Topic& topic, const Event& event, std::string& body);
  void send_unsent(Time now, Topic& topic);
  void send_sign(Time now, Topic& topic, Sequence last, bool ends);
  void end(Time now, Topic& topic);
  Time greeting_due(const Topic& topic) const;

  Publisher& publisher_;
  const State& state_;
  const std::function<std::string()> make_topic_;
  const StreamOptions options_;
  std::unordered_map<std::string, std::unique_ptr<Topic>> by_topic_;
  std::map<DatasourceIndex, OfDatasource> by_scope_;
  std::multimap<Time, Topic*> by_end_;
  Shares shares_;  // of the topics, each the buyer's who was first
  // With subscribers, by when the last frame went out; without, by since when: those that never had
  // some, and those that did.
  Order beating_;
  Order idle_;
  Order left_;
  // Some of the turn's events are not sent yet; may name a topic twice.
  std::vector<Topic*> with_unsent_;
  // Somebody has subscribed to them: they get a heartbeat at once, or when it is time.
  Order greeted_;
  Time now_{};
  std::uint64_t subscribers_ = 0;
  std::uint64_t frames_sent_ = 0;
};

}  // namespace store

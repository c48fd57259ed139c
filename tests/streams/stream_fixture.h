// Streams over a real socket, fed by an engine on a manual clock.
#pragma once

#include <functional>

#include "../temporary_directory.h"
#include "engine_fixture.h"
#include "publisher.h"
#include "streams.h"
#include "subscriber.h"

namespace store {

class StreamFixture : public EngineFixture {
 public:
  using Kind = protocol::Event::Kind;
  static constexpr Time kNever = Time::max();

  explicit StreamFixture(StreamOptions stream_options = {}, StatusSocketOptions options = {})
      : publisher(std::move(options)),
        streams(
            publisher, engine.state(), [this] { return make_topic(); }, stream_options),
        endpoint(publisher.bind(directory.endpoint("status"))) {
    configure({});
    turn();
  }

  TemporaryDirectory directory;
  Publisher publisher;
  Streams streams;
  std::string endpoint;

  std::string buy(const std::string& client = "alice", Sequence job = 0, Time expires = kNever) {
    const Streams::Ticket ticket = bought(client, job, expires);
    Subscriber::keys()[ticket.topic] = ticket.key;
    return ticket.topic;
  }
  Streams::Ticket bought(const std::string& client, Sequence job = 0, Time expires = kNever) {
    auto sold = streams.buy(now, {0, client, job}, expires, token);
    REQUIRE(std::holds_alternative<Streams::Ticket>(sold));
    return std::get<Streams::Ticket>(std::move(sold));
  }
  // Of the limit that is reached; empty: sold.
  std::string refused(const std::string& client, Sequence job = 0) {
    const auto sold = streams.buy(now, {0, client, job}, kNever, token);
    const auto* refused = std::get_if<Refused>(&sold);
    return refused == nullptr ? std::string() : std::string(refused->limit);
  }

  // The end of a turn: what has happened since the last one is on disk.
  void turn() {
    streams.begin(now);
    for (const Event& event : effects.events) {
      streams.publish(now, event);
    }
    effects.clear();
    streams.finish(now);
  }
  // Turns without an event, until it holds. Fails the test when it never does.
  void turns_until(const std::function<bool()>& holds) {
    const auto patience = std::chrono::steady_clock::now() + 60s;
    while (!holds()) {
      turn();
      CAPTURE(publisher.is_broken(), streams.counters().subscribers);
      REQUIRE(std::chrono::steady_clock::now() < patience);
    }
  }
  void turns_until_subscribed(std::uint64_t subscribers) {
    turns_until([&] { return streams.counters().subscribers == subscribers; });
  }
  // Who was disconnected comes back.
  void turns_until_back(Subscriber& subscriber) {
    turns_until([&] {
      subscriber.attend();
      return streams.counters().subscribers == 1;
    });
  }
  // Somebody who has subscribed and been greeted.
  void subscribe(Subscriber& subscriber, const std::string& topic) {
    const std::uint64_t before = streams.counters().subscribers;
    subscriber.subscribe(topic);
    turns_until_subscribed(before + 1);
    const Frame greeting = subscriber.receive();
    REQUIRE(greeting.topic == topic);
    REQUIRE(greeting.kind == Kind::HEARTBEAT);
  }
  void pass(Span span) {
    now += span;
    turn();
  }
  Sequence last_sequence() const { return engine.state().datasource(0).last_sequence; }

  // Submits, and returns the job's number.
  Sequence submit_of(const std::string& client) {
    Submit command = submit_command({.client = client});
    const std::string id = std::get<NewJob>(command.jobs[0]).job;
    engine.apply(now, chance(), {}, std::move(command), effects);
    return find(id)->key.sequence;
  }

  static constexpr std::size_t kTopicBytes = 30;

 private:
  std::string make_topic() {
    const std::string number = std::to_string(++topics_made_);
    return std::string(kTopicBytes - number.size(), 't') + number;
  }

  int topics_made_ = 0;
};

}  // namespace store

// A store's journal and status stream without a store: answers whoever watches, and sends frames
// that a test loses, repeats, delays, reorders and damages. One datasource, "scan"; the scope of
// the stream is client "alice", the events of others are gaps in it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fake_store.h"

// In percent of the frames.
struct FrameFaults {
  unsigned seed = 0;
  unsigned lost = 0;
  unsigned twice = 0;
  unsigned late = 0;  // sent after one or more that follow
  unsigned damaged = 0;
  unsigned strange = 0;  // preceded by one of another topic
  unsigned joined = 0;   // in one frame with the next
  unsigned tampered = 0;
};

class FakeStream {
 public:
  struct Options {
    std::chrono::milliseconds heartbeat{20};
    // What is said to be the heartbeat: longer, so that a busy machine is no silence.
    std::chrono::milliseconds promised{1000};
    bool has_heartbeats = true;
    bool has_stream = true;       // something is bound where the stream should be
    bool may_hold = true;         // else questions that are to be held back are refused (429)
    std::size_t page_max = 1000;  // events, and jobs, in one answer
    bool repeats_events = false;  // pages begin with events that were not asked for again
    FrameFaults faults{};
    KeyPair keys{};  // none: without CURVE
  };

  FakeStream(const TemporaryDirectory& directory, Options options);
  ~FakeStream() { stop(); }

  using Kind = protocol::Event::Kind;
  // Writes the journal and sends the frame. Returns the event's number.
  std::uint64_t add(const std::string& job, Kind kind = Kind::PROGRESS,
                    const std::string& client = "alice");
  // Writes the journal alone.
  std::uint64_t add_unsent(const std::string& job, Kind kind = Kind::PROGRESS);
  // Sends the frame of an event again.
  void send_again(std::uint64_t sequence);
  // The topic's last frame; who subscribes next gets another topic.
  void end_topic();
  // Hangs up and comes back, after `meanwhile`, with another topic.
  void restart(const std::function<void()>& meanwhile = {});
  void stop();
  void start();
  // Forgets the events up to this one.
  void forget(std::uint64_t sequence);
  // Forgets everything: another store.
  void wipe();
  // Subscriptions are answered with this code instead, until it is 0.
  void refuse(unsigned code) { refusal_ = code; }
  void change(const std::function<void(Options&)>& change);

  // The numbers of alice's events above `after`.
  std::vector<std::uint64_t> sequences(std::uint64_t after = 0);
  std::uint64_t last();
  // What was asked since the last start, by path and method.
  std::vector<Asked> asked(std::size_t count_min = 0) { return store_->asked(count_min); }
  // Waits until somebody has subscribed to the topic.
  void await_subscriber();
  std::size_t subscriptions() const { return subscriptions_; }

 private:
  struct Entry {
    std::uint64_t sequence = 0;
    std::uint64_t previous = 0;  // of alice
    Kind kind = Kind::PROGRESS;
    std::string job;
    std::string client;
  };
  struct Parked {
    Asked asked;
    std::uint64_t id = 0;
    std::uint64_t after = 0;
    std::chrono::steady_clock::time_point until;
  };

  // These need the mutex.
  void write(const std::string& job, Kind kind, const std::string& client);
  void publish(const Entry& entry);
  void send_frame(Kind kind);
  void put(std::string topic, std::string body);
  void put_joined();
  // Of the topic's frames.
  std::string key() const { return std::string(30, 'k') + topic_.substr(topic_.size() - 2); }
  void answer_parked(bool all_that_are_due);
  FillReply page(std::uint64_t after) const;
  bool has_news(std::uint64_t after) const;
  void fill_snapshot(protocol::Snapshot::Builder out, bool with_jobs) const;
  void fill_jobs(protocol::JobPage::Builder out, std::uint64_t after) const;

  void answer(FakeStore& store, const Asked& asked);
  void run();
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  const std::string endpoint_;
  Options options_;
  std::mt19937 random_;
  std::mutex mutex_;
  std::condition_variable has_subscriber_;
  std::vector<Entry> journal_;
  std::uint64_t forgotten_ = 0;
  std::uint64_t last_of_alice_ = 0;
  std::map<std::string, std::uint64_t> jobs_;  // alice's that are not final, with their numbers
  int topic_number_ = 0;
  std::string topic_;
  std::uint64_t sealed_ = 0;
  bool is_subscribed_ = false;
  std::vector<Parked> parked_;
  // Topic and body; a body of "none" is left out.
  std::deque<std::pair<std::string, std::string>> outbox_;
  std::deque<std::string> late_;
  std::string joined_;  // of the frame that is not sent yet
  std::uint64_t last_joined_ = 0;
  std::atomic<unsigned> refusal_{0};
  std::atomic<std::size_t> subscriptions_{0};
  std::atomic<bool> is_over_{false};
  std::unique_ptr<FakeStore> store_;
  int wake_ = -1;
  std::thread thread_;
};

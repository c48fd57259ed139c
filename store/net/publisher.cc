#include "publisher.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <thread>
#include <unordered_map>
#include <utility>

#include "event_fd.h"
#include "mutex.h"

namespace store {
namespace {

using jobq::Mutex;
using jobq::MutexLock;

// Frames that wait for the thread.
constexpr std::size_t kWaitingBytesMax = 32u << 20;
// What a frame costs besides its text.
constexpr std::size_t kFrameCost = 128;

}  // namespace

struct Publisher::Shared {
  struct Topic {
    std::size_t subscribers = 0;
    bool has_newcomer = false;
    bool is_news = false;
  };
  struct Closed {
    std::string topic;
    std::size_t subscribers = 0;
  };

  explicit Shared(StatusSocketOptions options) : socket(std::move(options)) {}
  ~Shared() { stop(); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  void start() {
    is_over = false;
    thread = std::thread([this] { run(); });
  }
  void stop() {
    if (thread.joinable()) {
      is_over = true;
      work.raise();
      thread.join();
    }
  }

  void run() {
    while (!is_over) {
      socket.wait(work.fd());
      work.lower();
      send();
      receive();
    }
  }

  void send() {
    std::vector<Frame> sending;
    std::vector<Closed> ended;
    {
      const MutexLock lock(mutex);
      sending.swap(frames);
      ended.swap(closed);
    }
    for (Frame& frame : sending) {
      const std::size_t bytes = frame.topic.size() + frame.body.size() + kFrameCost;
      lost += socket.send(frame.topic, std::move(frame.body)) ? 0 : 1;
      waiting_bytes -= bytes;
    }
    for (const Closed& topic : ended) {
      socket.abandon(topic.topic, topic.subscribers);
    }
  }

  void receive() {
    const bool goes_on = socket.receive(
        [this](bool begins, std::string_view topic) { return subscription(begins, topic); });
    if (!goes_on) {
      const MutexLock lock(mutex);
      for (auto& [name, topic] : topics) {
        topic.subscribers = 0;
        note(name, topic);
      }
    }
    ignored = socket.ignored();
    is_broken = socket.is_broken();
  }

  bool subscription(bool begins, std::string_view name) {
    const MutexLock lock(mutex);
    const auto found = topics.find(std::string(name));
    if (found == topics.end()) {
      return false;
    }
    Topic& topic = found->second;
    if (begins) {
      ++topic.subscribers;
      topic.has_newcomer = true;
    } else if (topic.subscribers > 0) {
      --topic.subscribers;
    }
    note(found->first, topic);
    return true;
  }

  void note(const std::string& name, Topic& topic) REQUIRES(mutex) {
    if (!std::exchange(topic.is_news, true)) {
      changed.push_back(name);
      news.raise();
    }
  }

  EventFd work;  // for the thread
  EventFd news;  // from it
  std::atomic<bool> is_over{false};
  std::atomic<bool> is_broken{false};
  std::atomic<std::uint64_t> lost{0};
  std::atomic<std::uint64_t> ignored{0};
  std::atomic<std::size_t> waiting_bytes{0};
  Mutex mutex;
  std::unordered_map<std::string, Topic> topics GUARDED_BY(mutex);
  std::vector<std::string> changed GUARDED_BY(mutex);  // once each
  std::vector<Frame> frames GUARDED_BY(mutex);
  std::vector<Closed> closed GUARDED_BY(mutex);
  StatusSocket socket;  // of the thread, while there is one
  std::thread thread;
};

Publisher::Publisher(StatusSocketOptions options)
    : shared_(std::make_unique<Shared>(std::move(options))) {}
Publisher::~Publisher() = default;

std::string Publisher::bind(const std::string& endpoint) {
  shared_->stop();
  std::string bound = shared_->socket.bind(endpoint);
  shared_->start();
  return bound;
}

void Publisher::open(const std::string& topic) {
  const MutexLock lock(shared_->mutex);
  shared_->topics.try_emplace(topic);
}

void Publisher::close(const std::string& topic) {
  flush();
  const MutexLock lock(shared_->mutex);
  const auto found = shared_->topics.find(topic);
  if (found != shared_->topics.end()) {
    shared_->closed.push_back({topic, found->second.subscribers});
    shared_->topics.erase(found);
  }
}

std::vector<Publisher::News> Publisher::take_news() {
  std::vector<News> news;
  const MutexLock lock(shared_->mutex);
  if (shared_->changed.empty()) {
    return news;
  }
  shared_->news.lower();
  for (std::string& name : shared_->changed) {
    if (const auto found = shared_->topics.find(name); found != shared_->topics.end()) {
      Shared::Topic& topic = found->second;
      topic.is_news = false;
      news.push_back(
          {std::move(name), topic.subscribers, std::exchange(topic.has_newcomer, false)});
    }
  }
  shared_->changed.clear();
  return news;
}

int Publisher::news_fd() const { return shared_->news.fd(); }

void Publisher::send(const std::string& topic, std::string body) {
  const std::size_t bytes = topic.size() + body.size() + kFrameCost;
  if (shared_->waiting_bytes + bytes > kWaitingBytesMax) {
    ++shared_->lost;
    return;
  }
  shared_->waiting_bytes += bytes;
  unsent_.push_back({topic, std::move(body)});
}

void Publisher::flush() {
  if (unsent_.empty()) {
    return;
  }
  {
    const MutexLock lock(shared_->mutex);
    std::move(unsent_.begin(), unsent_.end(), std::back_inserter(shared_->frames));
  }
  unsent_.clear();
  shared_->work.raise();
}

std::uint64_t Publisher::lost() const { return shared_->lost; }
std::uint64_t Publisher::ignored() const { return shared_->ignored; }
bool Publisher::is_broken() const { return shared_->is_broken; }

}  // namespace store

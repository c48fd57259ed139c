// Redis Streams: XADD, XREADGROUP, XACK with XDEL. With appendfsync always an answer is sent after
// the fsync of its turn of the server's loop, as ours.
#include <hiredis/hiredis.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "../steady_time.h"
#include "peer.h"

namespace bench {
namespace {

class RedisQueue : public PeerQueue {
 public:
  explicit RedisQueue(const Peer& peer)
      : request_(peer.request),
        name_("w" + std::to_string(next_++)),
        redis_(redisConnect(peer.address.c_str(), peer.port), redisFree) {
    if (!redis_ || redis_->err != 0) {
      throw std::runtime_error("redis: cannot connect");
    }
    // There after the first time.
    freeReplyObject(redisCommand(redis_.get(), "XGROUP CREATE jobs g 0 MKSTREAM"));
  }

  void submit(unsigned jobs, unsigned) override {
    for (unsigned i = 0; i < jobs; ++i) {
      append_job();
    }
    for (unsigned i = 0; i < jobs; ++i) {
      answer();
    }
  }

  unsigned work(unsigned jobs, unsigned batch) override {
    const auto ids = take(jobs);
    unsigned messages = 0;
    for (std::size_t i = 0; i < ids.size(); i += batch) {
      const std::vector<std::string> part(
          ids.begin() + static_cast<long>(i),
          ids.begin() + static_cast<long>(std::min<std::size_t>(ids.size(), i + batch)));
      append_finish(part);
      messages += 2;
    }
    for (unsigned i = 0; i < messages; ++i) {
      answer();
    }
    return static_cast<unsigned>(ids.size());
  }

  double submit_and_wait() override {
    const auto start = SteadyClock::now();
    append_job();
    answer();
    redisAppendCommand(redis_.get(), "BRPOP ended 10");
    answer();
    return 1e3 * seconds_since(start);
  }

  void work_and_tell() override {
    const auto ids = take(1);
    if (!ids.empty()) {
      append_finish(ids);
      redisAppendCommand(redis_.get(), "LPUSH ended %s", ids.front().c_str());
      answer();
      answer();
      answer();
    }
  }

 private:
  using Reply = std::unique_ptr<redisReply, void (*)(void*)>;

  void append_job() {
    redisAppendCommand(redis_.get(), "XADD jobs * r %b", request_.data(), request_.size());
  }

  std::vector<std::string> take(unsigned jobs) {
    redisAppendCommand(redis_.get(), "XREADGROUP GROUP g %s COUNT %u BLOCK 100 STREAMS jobs >",
                       name_.c_str(), jobs);
    const Reply reply = answer();
    std::vector<std::string> ids;
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 0) {
      const redisReply* entries = reply->element[0]->element[1];
      for (std::size_t i = 0; i < entries->elements; ++i) {
        ids.emplace_back(entries->element[i]->element[0]->str);
      }
    }
    return ids;
  }

  void append_finish(const std::vector<std::string>& ids) {
    for (const bool is_ack : {true, false}) {
      std::vector<const char*> words = is_ack ? std::vector<const char*>{"XACK", "jobs", "g"}
                                              : std::vector<const char*>{"XDEL", "jobs"};
      for (const std::string& id : ids) {
        words.push_back(id.c_str());
      }
      redisAppendCommandArgv(redis_.get(), static_cast<int>(words.size()), words.data(), nullptr);
    }
  }

  Reply answer() {
    void* reply = nullptr;
    if (redisGetReply(redis_.get(), &reply) != REDIS_OK) {
      throw std::runtime_error(std::string("redis: ") + redis_->errstr);
    }
    Reply owned(static_cast<redisReply*>(reply), freeReplyObject);
    if (owned->type == REDIS_REPLY_ERROR) {
      throw std::runtime_error(std::string("redis: ") + owned->str);
    }
    return owned;
  }

  static std::atomic<unsigned> next_;
  const std::string request_;
  const std::string name_;
  const std::unique_ptr<redisContext, void (*)(redisContext*)> redis_;
};

std::atomic<unsigned> RedisQueue::next_ = 0;

}  // namespace

std::unique_ptr<PeerQueue> connect_redis(const Peer& peer) {
  return std::make_unique<RedisQueue>(peer);
}

}  // namespace bench

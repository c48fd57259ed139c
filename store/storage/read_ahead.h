// Reads on a thread of its own, while the caller's goes on with what was read, in that order.
#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "mutex.h"

namespace store {

template <typename Item>
class ReadAhead {
 public:
  using Give = std::function<void(Item&&)>;

  // `read(give)` runs at once, on the other thread. What it throws, next() throws.
  explicit ReadAhead(std::function<void(const Give&)> read)
      : thread_([this, read = std::move(read)] { run(read); }) {}
  // What is not read yet, is not read any more.
  ~ReadAhead() {
    {
      const jobq::MutexLock lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The next items, at least one; waits for them. None at the end.
  std::vector<Item> next() {
    jobq::MutexLock lock(mutex_);
    while (batches_.empty() && !is_over_) {
      changed_.wait(lock);
    }
    if (batches_.empty()) {
      if (failure_ != nullptr) {
        std::rethrow_exception(failure_);
      }
      return {};
    }
    std::vector<Item> batch = std::move(batches_.front());
    batches_.pop_front();
    changed_.notify_all();
    return batch;
  }

 private:
  static constexpr std::size_t kInBatch = 256;
  static constexpr std::size_t kBatchesMax = 8;
  struct Stopped {};

  void run(const std::function<void(const Give&)>& read) {
    std::vector<Item> batch;
    batch.reserve(kInBatch);
    std::exception_ptr failure;
    try {
      read([&](Item&& item) {
        batch.push_back(std::move(item));
        if (batch.size() == kInBatch) {
          hand_over(std::exchange(batch, {}));
          batch.reserve(kInBatch);
        }
      });
      hand_over(std::move(batch));
    } catch (const Stopped&) {
      return;
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const jobq::MutexLock lock(mutex_);
      failure_ = failure;
      is_over_ = true;
    }
    changed_.notify_all();
  }

  void hand_over(std::vector<Item> batch) {
    if (batch.empty()) {
      return;
    }
    jobq::MutexLock lock(mutex_);
    while (batches_.size() == kBatchesMax && !is_over_) {
      changed_.wait(lock);
    }
    if (is_over_) {
      throw Stopped();
    }
    batches_.push_back(std::move(batch));
    changed_.notify_all();
  }

  jobq::Mutex mutex_;
  jobq::Condition changed_;
  std::deque<std::vector<Item>> batches_ GUARDED_BY(mutex_);
  bool is_over_ GUARDED_BY(mutex_) = false;
  std::exception_ptr failure_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace store

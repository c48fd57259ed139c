#include "background_storage.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "invariant.h"

namespace store {
namespace {

int make_event() {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  return fd;
}

}  // namespace

BackgroundStorage::BackgroundStorage(Storage& storage)
    : storage_(storage), event_(make_event()), thread_([this] { work(); }) {}

BackgroundStorage::~BackgroundStorage() {
  {
    const jobq::MutexLock lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
  ::close(event_);
}

// After a failure nothing is written any more: what follows must not be there without it.
void BackgroundStorage::work() {
  jobq::MutexLock lock(mutex_);
  for (;;) {
    while (!ends_ && writes_.empty()) {
      changed_.wait(lock);
    }
    if (writes_.empty()) {
      return;
    }
    auto& write = writes_.front();  // others are only added, behind it
    const bool is_commit = std::holds_alternative<Commit>(write);
    std::exception_ptr failure = failure_;
    lock.unlock();
    if (!failure) {
      try {
        if (is_commit) {
          const Commit& commit = std::get<Commit>(write);
          storage_.commit(commit.turn, commit.record);
        } else {
          storage_.write_checkpoint(std::move(std::get<CheckpointBatch>(write)));
        }
      } catch (...) {
        failure = std::current_exception();
      }
    }
    lock.lock();
    failure_ = failure;
    writes_.pop_front();
    if (is_commit) {
      ::eventfd_write(event_, 1);
    }
    changed_.notify_all();
  }
}

template <typename Write>
bool BackgroundStorage::has() const {
  return std::any_of(writes_.begin(), writes_.end(),
                     [](const auto& write) { return std::holds_alternative<Write>(write); });
}

void BackgroundStorage::rethrow() const {
  if (failure_) {
    std::rethrow_exception(failure_);
  }
}

void BackgroundStorage::begin_commit(TurnNumber turn, std::string record) {
  INVARIANT(!is_committing_, turn);
  is_committing_ = true;
  const jobq::MutexLock lock(mutex_);
  writes_.emplace_back(Commit{turn, std::move(record)});
  changed_.notify_all();
}

bool BackgroundStorage::is_committed() {
  const jobq::MutexLock lock(mutex_);
  return !has<Commit>();
}

void BackgroundStorage::finish_commit() {
  jobq::MutexLock lock(mutex_);
  while (has<Commit>()) {
    changed_.wait(lock);
  }
  eventfd_t count = 0;
  ::eventfd_read(event_, &count);
  is_committing_ = false;
  rethrow();
}

void BackgroundStorage::write_checkpoint(CheckpointBatch batch) {
  const jobq::MutexLock lock(mutex_);
  rethrow();
  writes_.emplace_back(std::move(batch));
  changed_.notify_all();
}

Storage& BackgroundStorage::after_checkpoint() const {
  jobq::MutexLock lock(mutex_);
  while (has<CheckpointBatch>()) {
    changed_.wait(lock);
  }
  rethrow();
  return storage_;
}

Storage& BackgroundStorage::after_all() const {
  jobq::MutexLock lock(mutex_);
  while (!writes_.empty()) {
    changed_.wait(lock);
  }
  rethrow();
  return storage_;
}

}  // namespace store

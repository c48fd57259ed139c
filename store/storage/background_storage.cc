#include "background_storage.h"

#include <sys/eventfd.h>
#include <unistd.h>

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
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
  ::close(event_);
}

// After a failure nothing is written any more: what follows must not be there without it.
void BackgroundStorage::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ends_ || !writes_.empty(); });
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
    batches_ -= is_commit ? 0 : 1;
    is_committed_ = is_committed_ || is_commit;
    if (is_commit) {
      ::eventfd_write(event_, 1);
    }
    changed_.notify_all();
  }
}

void BackgroundStorage::rethrow() const {
  if (failure_) {
    std::rethrow_exception(failure_);
  }
}

void BackgroundStorage::begin_commit(TurnNumber turn, std::string record) {
  INVARIANT(!is_committing_, turn);
  is_committing_ = true;
  {
    const std::lock_guard lock(mutex_);
    is_committed_ = false;
    writes_.emplace_back(Commit{turn, std::move(record)});
  }
  changed_.notify_all();
}

bool BackgroundStorage::is_committed() {
  const std::lock_guard lock(mutex_);
  return is_committed_;
}

void BackgroundStorage::finish_commit() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_committed_; });
  eventfd_t count = 0;
  ::eventfd_read(event_, &count);
  is_committing_ = false;
  rethrow();
}

void BackgroundStorage::commit(TurnNumber turn, std::string_view record) {
  after_all().commit(turn, record);
}

void BackgroundStorage::write_checkpoint(CheckpointBatch batch) {
  {
    const std::lock_guard lock(mutex_);
    rethrow();
    writes_.emplace_back(std::move(batch));
    ++batches_;
  }
  changed_.notify_all();
}

Storage& BackgroundStorage::after_checkpoint() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return batches_ == 0; });
  rethrow();
  return storage_;
}

Storage& BackgroundStorage::after_all() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return writes_.empty(); });
  rethrow();
  return storage_;
}

void BackgroundStorage::read_journal(
    TurnNumber after, const std::function<void(TurnNumber, std::string_view)>& visit) const {
  after_all().read_journal(after, visit);
}

TurnNumber BackgroundStorage::first_turn() const { return after_all().first_turn(); }

TurnNumber BackgroundStorage::last_turn() const { return after_all().last_turn(); }

std::optional<std::string> BackgroundStorage::read_checkpoint(std::string_view key) const {
  return after_checkpoint().read_checkpoint(key);
}

void BackgroundStorage::scan_checkpoint(
    std::string_view prefix,
    const std::function<void(std::string_view, std::string_view)>& visit) const {
  after_checkpoint().scan_checkpoint(prefix, visit);
}

void BackgroundStorage::walk_checkpoint(
    std::string_view prefix, std::string_view from,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  after_checkpoint().walk_checkpoint(prefix, from, visit);
}

TurnNumber BackgroundStorage::checkpoint_turn() const {
  return after_checkpoint().checkpoint_turn();
}

TurnNumber BackgroundStorage::checkpoint_on_disk() const {
  return after_checkpoint().checkpoint_on_disk();
}

void BackgroundStorage::flush_checkpoint(bool wait) { after_checkpoint().flush_checkpoint(wait); }

void BackgroundStorage::trim_journal(TurnNumber turn) { after_all().trim_journal(turn); }

}  // namespace store

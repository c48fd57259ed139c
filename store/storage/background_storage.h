// A Storage whose writes are done by a thread of its own, in their order, so that the server goes
// on with the next turn while one is brought to disk. All else is done by the caller's thread.
//
// Called from the server thread only. What a write throws is thrown by the next call of any member
// that waits for one.
#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <variant>

#include "mutex.h"
#include "storage.h"

namespace store {

class BackgroundStorage : public Storage {
 public:
  // `storage` must outlive this.
  explicit BackgroundStorage(Storage& storage);
  // Waits for what was begun; whether it failed is not told.
  ~BackgroundStorage() override;

  // Begins what commit() does. REQUIRES: no commit is under way.
  void begin_commit(TurnNumber turn, std::string record);
  // Whether a commit was begun and finish_commit() was not called since.
  bool is_committing() const { return is_committing_; }
  // Whether finish_commit() would not wait. REQUIRES: is_committing().
  bool is_committed();
  // Waits until the commit is on disk. REQUIRES: is_committing().
  void finish_commit();
  // Readable when a commit that was begun has come to its end, until finish_commit().
  int committed_fd() const { return event_; }

  void commit(TurnNumber turn, std::string_view record) override {
    after_all().commit(turn, record);
  }
  // Begins it. Who reads what it wrote waits until it is there.
  void write_checkpoint(CheckpointBatch batch) override;

  void read_journal(TurnNumber after,
                    const std::function<void(TurnNumber, std::string_view)>& visit) const override {
    after_all().read_journal(after, visit);
  }
  TurnNumber first_turn() const override { return after_all().first_turn(); }
  TurnNumber last_turn() const override { return after_all().last_turn(); }
  std::optional<std::string> read_checkpoint(std::string_view key) const override {
    return after_checkpoint().read_checkpoint(key);
  }
  void scan_checkpoint(
      std::string_view prefix,
      const std::function<void(std::string_view, std::string_view)>& visit) const override {
    after_checkpoint().scan_checkpoint(prefix, visit);
  }
  void walk_checkpoint(
      std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    after_checkpoint().walk_checkpoint(prefix, from, visit);
  }
  TurnNumber checkpoint_turn() const override { return after_checkpoint().checkpoint_turn(); }
  TurnNumber checkpoint_on_disk() const override { return after_checkpoint().checkpoint_on_disk(); }
  void flush_checkpoint(bool wait) override { after_checkpoint().flush_checkpoint(wait); }
  void trim_journal(TurnNumber turn) override { after_all().trim_journal(turn); }
  void give_back_room(bool is_quiet) override { storage_.give_back_room(is_quiet); }
  StorageCounters counters() const override { return storage_.counters(); }

 private:
  struct Commit {
    TurnNumber turn = 0;
    std::string record;
  };

  void work();
  // Of writes_.
  template <typename Write>
  bool has() const REQUIRES(mutex_);
  // Waits until no write of the checkpoint, or none at all, is under way.
  Storage& after_checkpoint() const;
  Storage& after_all() const;
  void rethrow() const REQUIRES(mutex_);

  Storage& storage_;
  const int event_;
  bool is_committing_ = false;

  mutable jobq::Mutex mutex_;
  mutable jobq::Condition changed_;
  // The front one is being done.
  std::deque<std::variant<Commit, CheckpointBatch>> writes_ GUARDED_BY(mutex_);
  bool ends_ GUARDED_BY(mutex_) = false;
  std::exception_ptr failure_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace store

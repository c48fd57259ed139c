// Makes backups of the store while it runs, in a directory that its operator has named:
//
//   DIR/<name>/   what belongs to the backup of that name: format, keys, mark of the journal
//   DIR/.files/   the databases' files, which backups share  (storage/rocks_backup.h)
//   DIR/.lock     held while one is made
//
// A backup is whole once its directory has its name. One whose directory is removed is deleted when
// the next is made.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "desk.h"
#include "effects.h"
#include "jobq/operators.h"
#include "mutex.h"
#include "replies.h"
#include "rocks_backup.h"
#include "rocks_storage.h"

namespace store {

class Backups {
 public:
  struct Options {
    std::string directory;  // of the backups; empty: none are made
    std::string data;
    std::uint64_t reserve = 0;  // bytes of the disk to leave free
  };
  using Outcome = std::variant<jobq::Backup, Refused>;

  // `storage` must outlive this; nullptr where none are made. Throws auth::KeyFileError when the
  // directory is not ours alone.
  Backups(const RocksStorage* storage, Options options);
  // Gives up one that is being made.
  ~Backups();

  // Begins to make one on a thread of its own; the answer comes by take_answers(). Who asks again
  // for the one that is being made is answered with it. Refused: nothing was begun.
  std::optional<Refused> begin(const Origin& origin, std::string_view name);
  // Adds the answers to a backup that has been made since.
  void take_answers(std::vector<Outbound>& replies, std::vector<ServerAnswer>& answers);
  // When to look for some; Time::max() when none will come.
  Time next_look(Time now) const { return is_making() ? now + kLookInterval : Time::max(); }

 private:
  static constexpr Span kLookInterval{50};

  bool is_making() const { return !origins_.empty(); }
  class Stoppable;

  Outcome make();
  jobq::Backup make_in(const std::string& draft);

  const RocksStorage* const storage_;
  const Options options_;
  // Of the one that is being made.
  std::string name_;
  static constexpr std::size_t kAskersMax = 100;
  std::vector<Origin> origins_;
  std::optional<Outcome> outcome_;  // once is_done_
  std::atomic<bool> is_done_ = false;
  jobq::Mutex engine_mutex_;
  RocksBackup* engine_ GUARDED_BY(engine_mutex_) = nullptr;  // while it can be stopped
  bool is_stopped_ GUARDED_BY(engine_mutex_) = false;
  std::thread thread_;
};

// The backup's directory -> a new data directory, which is then verified. Prints what was found;
// returns an exit code: 0 made, 1 the backup is damaged, 2 it cannot be made. Then nothing is left.
int restore_backup(const std::string& backup, const std::string& data);

}  // namespace store

// Up to which turn the journal is known to reach, in a small file beside the database: so that a
// start notices when the end of the log is gone, which a log cannot tell of itself.
//
//   two places of 512 bytes, written in turn; the newer one that is whole counts:
//   count(8) turn(8) chain(8) check(8)      big-endian; check: XXH3 of the 24 bytes before
//
// What is set survives the end of the process at once, however it ends. It survives a loss of power
// when it was set 256 turns or about half a minute before (the kernel writes it behind), or after a
// sync().
#pragma once

#include <cstdint>
#include <string>

#include "storage.h"

namespace store {

class JournalMark {
 public:
  struct Point {
    TurnNumber turn = 0;
    // A hash over the records of all turns up to this one.
    std::uint64_t chain = 0;
  };

  enum class Access { kRead, kWrite, kMake };

  // Throws StorageError, here and below: also when the file is missing or damaged, unless it may be
  // made. What is made is on disk on return.
  JournalMark(std::string path, Access access);
  ~JournalMark();
  JournalMark(const JournalMark&) = delete;
  JournalMark& operator=(const JournalMark&) = delete;

  const Point& point() const { return point_; }
  const std::string& path() const { return path_; }

  void set(const Point& point);
  void sync();

 private:
  void make();
  bool read();  // false: it is damaged
  [[noreturn]] void fail(const char* problem) const;

  const std::string path_;
  int fd_ = -1;
  std::uint64_t count_ = 0;
  Point point_;
};

}  // namespace store

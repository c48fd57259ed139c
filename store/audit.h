// The line log of who did what: one JSON object a line, in a file of its own (mode 0600) to which
// is only added. It holds no token and nothing of what jobs carry.
// Not safe for concurrent use. Nothing here throws once the file is open: a store that cannot write
// its audit goes on, says so in its log, and counts the lines that are lost.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "job.h"

namespace store {

inline constexpr std::size_t kAuditedJobsMax = 16;

// What one request was. What is empty is left out of the line.
struct AuditLine {
  Time time{};
  unsigned code = 0;
  std::string_view method{};
  std::string_view path{};
  std::string_view token{};  // its identifier, never the token
  std::string_view client{};
  std::string_view curve_key{};
  // Ids of the jobs concerned. The first kAuditedJobsMax are named, the others counted.
  std::vector<std::string_view> jobs{};
  // Of jobs beyond those in `jobs`, which need not have more than kAuditedJobsMax.
  std::size_t jobs_more = 0;
  std::string_view error{};  // of a refusal
};

class AuditError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class AuditLog {
 public:
  // Opens or makes the file. Throws AuditError, also when it is of somebody else or others may
  // read or write it.
  explicit AuditLog(std::string path);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Keeps the line until write(), and for nothing longer: what it tells of may never be on disk.
  void note(const AuditLine& line);

  // Adds what was noted to the file, with one call of the system. When the file was renamed or
  // removed meanwhile, a new one is made first.
  void write();

  // The next write() opens the file anew.
  void reopen() { must_reopen_ = true; }

  std::uint64_t lines_lost() const { return lines_lost_; }

 private:
  // Says what is wrong; then what was open stays so.
  std::string open();
  bool is_moved() const;
  void lose(std::string_view lines, const std::string& why);

  const std::string path_;
  int fd_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  bool must_reopen_ = false;
  bool is_failing_ = false;    // and the log says so already
  bool is_line_torn_ = false;  // the file ends within a line
  std::string noted_;
  std::uint64_t lines_lost_ = 0;
};

// Without the newline: ASCII only; bytes that are no UTF-8 become U+FFFD.
std::string to_json(const AuditLine& line);

}  // namespace store

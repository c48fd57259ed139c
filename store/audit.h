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

#include "commands.h"
#include "descriptor.h"
#include "replies.h"

namespace store {

// Ids of the jobs that a request concerned: the first are named, the others counted.
struct AuditedJobs {
  static constexpr std::size_t kNamedMax = 16;

  std::vector<std::string> named;
  std::size_t more = 0;

  void add(const std::string& job);
  // Those that the request names.
  void add(const Command& command);
  // Those that only the answer names: handed out by an accept, or made of others.
  void add(const Reply& reply);
};

// What one request was. What is empty is left out of the line.
struct AuditLine {
  Time time{};
  unsigned code = 0;
  std::string_view method{};
  std::string_view path{};
  std::string_view token{};  // its identifier, never the token
  std::string_view client{};
  std::string_view curve_key{};
  AuditedJobs jobs{};
  std::string_view error{};  // of a refusal
  // Instead of all that: so many refusals of the code, and of the token, got no line of their own.
  std::uint64_t left_out = 0;
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

  // Keeps the line until write(), and for nothing longer: what it tells of may never be on disk.
  void note(const AuditLine& line);

  // Whether the disk of the file has so much free.
  bool has_room(std::uint64_t mib) const;

  // How much is noted.
  std::size_t noted_bytes() const { return noted_.size(); }

  // Adds the first `bytes` of what was noted to the file, with one call of the system. When the
  // file was renamed or removed meanwhile, a new one is made first.
  void write(std::size_t bytes = std::string::npos);

  std::uint64_t lines_lost() const { return lines_lost_; }

 private:
  // Says what is wrong; then what was open stays so.
  std::string open();
  bool is_moved() const;
  void lose(std::string_view lines, const std::string& why);

  const std::string path_;
  auth::Descriptor fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  bool is_failing_ = false;    // and the log says so already
  bool is_line_torn_ = false;  // the file ends within a line
  std::string noted_;
  std::uint64_t lines_lost_ = 0;
};

// Without the newline: ASCII only; bytes that are no UTF-8 become U+FFFD.
std::string to_json(const AuditLine& line);

}  // namespace store

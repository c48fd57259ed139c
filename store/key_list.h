// Public CURVE keys in a file: one of 40 characters of Z85 a line, with blanks around it. Empty
// lines say nothing, nor does '#' with what follows it after a blank or at the begin of a line,
// where no key can have it: that would stand for more than 32 bits. The file may change while it is
// in use: rename a new one to it, for one that is written in place may be read half-written.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sockets.h"

namespace store {

inline constexpr std::size_t kListedKeysMax = 10'000;
inline constexpr std::size_t kKeyListBytesMax = 2u << 20;

// The message names the file, and the line where one is wrong.
class KeyListError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class KeyList {
 public:
  // Throws KeyListError.
  explicit KeyList(std::string path);

  // Reads the file again if it is another one than at the last look. When it is gone or no such
  // list, the keys stay as they are, and the result says why: once, until the file changes again.
  std::optional<std::string> refresh();

  // `key` in Z85.
  [[nodiscard]] bool contains(std::string_view key) const;

  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  // What tells two states of the file apart; all zero when there is none.
  struct FileState {
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = 0;
    timespec modified{};
    timespec changed{};

    bool operator==(const FileState& other) const;
  };
  FileState state() const;
  std::vector<std::string> read() const;

  const std::string path_;
  FileState seen_;
  std::vector<std::string> keys_;  // sorted
};

// `path` empty: any key is good. `warn` is told what is wrong with a list that is in use. Throws
// KeyListError.
[[nodiscard]] DriverKeys driver_keys(const std::string& path,
                                     std::function<void(const std::string&)> warn = {});

}  // namespace store

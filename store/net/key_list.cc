#include "key_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <zmq.hpp>

namespace store {
namespace {

constexpr std::size_t kKeyCharacters = 40;

class OpenFile {
 public:
  // Does not wait for somebody to write into what is no file but a pipe.
  explicit OpenFile(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }

 private:
  const int fd_;
};

bool is_key(std::string_view text) {
  std::array<std::uint8_t, 32> bytes;
  return text.size() == kKeyCharacters &&
         zmq_z85_decode(bytes.data(), std::string(text).c_str()) != nullptr;
}

// The line without blanks around it and without a comment; empty when nothing else is there.
std::string_view said_in(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || kBlanks.find(line[i - 1]) != std::string_view::npos)) {
      line = line.substr(0, i);
    }
  }
  const std::size_t first = line.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

std::string content_of(const std::string& path) {
  const auto fail = [&path](const char* what) -> std::string {
    throw KeyListError(path + ": " + what);
  };
  const OpenFile file(path);
  struct stat info {};
  if (file.fd() < 0 || ::fstat(file.fd(), &info) != 0) {
    return fail(std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return fail("is no regular file");
  }
  std::string content;
  std::array<char, 65'536> chunk;
  for (;;) {
    const ssize_t size = ::read(file.fd(), chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      return fail(std::strerror(errno));
    }
    if (size == 0) {
      return content;
    }
    content.append(chunk.data(), static_cast<std::size_t>(size));
    if (content.size() > kKeyListBytesMax) {
      return fail("is longer than 2 MiB");
    }
  }
}

}  // namespace

KeyList::KeyList(std::string path) : path_(std::move(path)), seen_(look()), keys_(read()) {}

std::optional<std::string> KeyList::refresh() {
  const Look now = look();
  if (now == seen_) {
    return std::nullopt;
  }
  seen_ = now;
  try {
    keys_ = read();
  } catch (const KeyListError& error) {
    return std::string(error.what()) + "; the old list stays in use";
  }
  return std::nullopt;
}

bool KeyList::contains(std::string_view key) const {
  return std::binary_search(keys_.begin(), keys_.end(), key, std::less<>());
}

bool KeyList::Look::operator==(const Look& other) const {
  const auto same = [](const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  };
  return device == other.device && inode == other.inode && bytes == other.bytes &&
         same(modified, other.modified) && same(changed, other.changed);
}

KeyList::Look KeyList::look() const {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) {
    return {};
  }
  return {info.st_dev, info.st_ino, info.st_size, info.st_mtim, info.st_ctim};
}

std::vector<std::string> KeyList::read() const {
  const std::string content = content_of(path_);
  std::vector<std::string> keys;
  std::string_view rest = content;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = said_in(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) {
      continue;
    }
    const std::string where = path_ + ", line " + std::to_string(number) + ": ";
    if (!is_key(line)) {
      throw KeyListError(where + "is no public key of 40 characters of Z85");
    }
    if (keys.size() == kListedKeysMax) {
      throw KeyListError(where + "is one key more than " + std::to_string(kListedKeysMax));
    }
    keys.emplace_back(line);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace store

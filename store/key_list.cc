#include "key_list.h"

#include <algorithm>
#include <utility>

#include "secret_file.h"
#include "z85.h"

namespace store {
namespace {

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

}  // namespace

KeyList::KeyList(std::string path) : path_(std::move(path)), seen_(state()), keys_(read()) {}

std::optional<std::string> KeyList::refresh() {
  const FileState now = state();
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

bool KeyList::FileState::operator==(const FileState& other) const {
  const auto same = [](const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  };
  return device == other.device && inode == other.inode && bytes == other.bytes &&
         same(modified, other.modified) && same(changed, other.changed);
}

KeyList::FileState KeyList::state() const {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) {
    return {};
  }
  return {info.st_dev, info.st_ino, info.st_size, info.st_mtim, info.st_ctim};
}

std::vector<std::string> KeyList::read() const {
  std::string content;
  try {
    content = auth::read_trusted_file(path_, kKeyListBytesMax);
  } catch (const auth::KeyFileError& error) {
    throw KeyListError(error.what());
  }
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
    if (!auth::is_curve_key(line)) {
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

DriverKeys driver_keys(const std::string& path, std::function<void(const std::string&)> warn) {
  if (path.empty()) {
    return {};
  }
  const auto list = std::make_shared<KeyList>(path);
  return {.admits = [list](std::string_view key) { return list->contains(key); },
          .look =
              [list, warn = std::move(warn)] {
                if (const auto wrong = list->refresh(); wrong && warn) {
                  warn(*wrong);
                }
              }};
}

}  // namespace store

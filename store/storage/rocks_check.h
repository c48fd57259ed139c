// Behind each record stands a check of it and its key, so that a value which RocksDB gives, and
// which can be read, is known to be the one that was written. Only for rocks_*.cc.
#pragma once

#include <xxhash.h>

#include <string>
#include <string_view>

#include "big_endian.h"
#include "storage.h"

namespace store {

inline constexpr std::size_t kCheckBytes = 8;

inline std::uint64_t check_number(std::string_view key, std::string_view record) {
  return XXH3_64bits_withSeed(record.data(), record.size(), XXH3_64bits(key.data(), key.size()));
}
inline std::string check_of(std::string_view key, std::string_view record) {
  std::string check;
  append_big_endian(check, check_number(key, record), kCheckBytes);
  return check;
}

// The record before its check. Throws StorageError.
inline std::string_view checked(std::string_view key, std::string_view stored) {
  if (stored.size() >= kCheckBytes) {
    const std::string_view record = stored.substr(0, stored.size() - kCheckBytes);
    if (check_number(key, record) == read_big_endian(stored.substr(record.size()))) {
      return record;
    }
  }
  throw StorageError("is not as it was written");
}

}  // namespace store

// What the store has said, one line for each answer: "BEGAN TOLD VERB WORDS...", in nanoseconds of
// the machine's monotonic clock. The checker (check.py) reads nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>

#include "jobq/types.h"

namespace torture {

inline std::int64_t monotonic() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

// Thread-safe. A line is with the system when add() returns.
class Log {
 public:
  explicit Log(const std::string& path) : file_(std::fopen(path.c_str(), "a")) {
    if (file_ == nullptr) {
      throw std::runtime_error(path + ": cannot be written");
    }
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() { std::fclose(file_); }

  template <typename... Words>
  void add(std::int64_t began, const Words&... words) {
    std::ostringstream line;
    line << began << ' ' << monotonic();
    ((line << ' ' << words), ...);
    const std::string text = line.str() + '\n';
    const std::lock_guard lock(mutex_);
    std::fwrite(text.data(), 1, text.size(), file_);
    std::fflush(file_);
  }

 private:
  std::mutex mutex_;
  std::FILE* file_;
};

// A text that may be empty, as one word.
inline std::string word(const std::string& text) { return text.empty() ? "-" : text; }

inline std::string word(jobq::Status status) {
  return std::string(jobq::kNames<jobq::Status>[static_cast<std::size_t>(status)]);
}

}  // namespace torture

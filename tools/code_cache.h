// Code that a worker has fetched, as files in a directory of its own, which goes with this.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "jobq/code_client.h"
#include "private_directory.h"

namespace tools {

struct CodeFile {
  std::string path{};  // its last part is the hash
  std::string runtime{};
  std::uint64_t bytes = 0;
};

class CodeCache {
 public:
  // Throws std::system_error.
  CodeCache(const jobq::Connection& connection, std::string datasource);

  // Fetched from the store unless it is here; there as long as it is held. Those that nobody holds
  // go when there are more than 64, or more than 256 MiB, those first that were asked for longest
  // ago. Any thread. Throws jobq::Refused, jobq::Unreachable, std::system_error.
  [[nodiscard]] std::shared_ptr<const CodeFile> get(const std::string& hash);

  // A file of another name with that text; its path.
  std::string write(const std::string& name, const std::string& text) const {
    return directory_.write(name, text);
  }

 private:
  struct Kept {
    std::shared_ptr<const CodeFile> file{};
    std::uint64_t asked = 0;
  };
  void make_room();

  const std::string datasource_;
  PrivateDirectory directory_{"jobq-code"};
  std::mutex mutex_;
  jobq::CodeClient client_;
  std::map<std::string, Kept> kept_;
  std::uint64_t asked_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace tools

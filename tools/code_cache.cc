#include "code_cache.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace tools {
namespace {

constexpr std::size_t kFilesMax = 64;
constexpr std::uint64_t kBytesMax = 256u << 20;

}  // namespace

CodeCache::CodeCache(const jobq::Connection& connection, std::string datasource)
    : datasource_(std::move(datasource)), client_(connection) {}

std::shared_ptr<const CodeFile> CodeCache::get(const std::string& hash) {
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[hash];
  kept.asked = ++asked_;
  if (kept.file == nullptr) {
    try {
      // Its hash is looked at as it comes.
      const jobq::Code code = client_.read(datasource_, hash);
      kept.file = std::make_shared<const CodeFile>(
          CodeFile{directory_.write(code.status.hash, code.content), code.status.runtime,
                   code.content.size()});
    } catch (...) {
      kept_.erase(hash);
      throw;
    }
    bytes_ += kept.file->bytes;
  }
  std::shared_ptr<const CodeFile> file = kept.file;
  make_room();
  return file;
}

void CodeCache::make_room() {
  while (kept_.size() > kFilesMax || bytes_ > kBytesMax) {
    auto oldest = kept_.end();
    for (auto one = kept_.begin(); one != kept_.end(); ++one) {
      const bool is_held = one->second.file.use_count() > 1;
      if (!is_held && (oldest == kept_.end() || one->second.asked < oldest->second.asked)) {
        oldest = one;
      }
    }
    if (oldest == kept_.end()) return;
    bytes_ -= oldest->second.file->bytes;
    std::error_code ignored;
    std::filesystem::remove(oldest->second.file->path, ignored);
    kept_.erase(oldest);
  }
}

}  // namespace tools

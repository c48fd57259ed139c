#include "job_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "descriptor.h"
#include "jobq/limits.h"
#include "json_text.h"
#include "json_values.h"

namespace tools {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void write_file(const std::string& path, std::string_view text) {
  const auth::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) fail(path);
  while (!text.empty()) {
    const ssize_t size = ::write(file.get(), text.data(), text.size());
    if (size < 0 && errno != EINTR) fail(path);
    text.remove_prefix(size < 0 ? 0 : static_cast<std::size_t>(size));
  }
}

std::string read_file(const std::string& path, std::size_t bytes_max) {
  // A pipe in its place must not hold the worker up.
  const auth::Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat about {};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return {};
  std::string text;
  std::array<char, 16384> chunk;
  while (text.size() < bytes_max) {
    const ssize_t size = ::read(file.get(), chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(size));
  }
  text.resize(std::min(text.size(), bytes_max));
  return text;
}

std::string json_of(const std::vector<jobq::StateValue>& state) {
  Json values = Json::object();
  for (const auto& [name, value] : state) values[name] = value;
  return to_text(values) + "\n";
}

std::string json_of(const std::vector<jobq::AwaitedJob>& after) {
  std::string text;
  jobq::append_json(text, after);
  return text + "\n";
}

}  // namespace

JobFiles::JobFiles(const jobq::AcceptedJob& job) : known_(job.checkpoint) {
  const char* const place = std::getenv("TMPDIR");
  directory_ = std::string(place == nullptr || *place == '\0' ? "/tmp" : place) + "/jobq-XXXXXX";
  if (::mkdtemp(directory_.data()) == nullptr) fail(directory_);
  try {
    write_file(checkpoint_path(), job.checkpoint);
    write_file(state_path(), json_of(job.state));
    write_file(after_path(), json_of(job.after));
    write_file(grants_path(), job.grants);
    write_file(acting_token_path(), job.acting_token);
  } catch (const std::system_error&) {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
    throw;
  }
}

JobFiles::~JobFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::optional<std::string> JobFiles::new_checkpoint() {
  std::string text = read_file(checkpoint_path(), jobq::limits::kCheckpointBytesMax + 1);
  if (text == known_) return std::nullopt;
  known_ = text;
  return text;
}

}  // namespace tools

#include "job_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "descriptor.h"
#include "jobq/limits.h"
#include "json_text.h"
#include "json_values.h"

namespace tools {
namespace {

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
  directory_.write(kRequest, job.request);
  directory_.write(kCheckpoint, job.checkpoint);
  directory_.write(kState, json_of(job.state));
  directory_.write(kAfter, json_of(job.after));
  directory_.write(kGrants, job.grants);
  directory_.write(kActingToken, job.acting_token);
}

std::optional<std::string> JobFiles::new_checkpoint() {
  std::string text = read_file(checkpoint_path(), jobq::limits::kCheckpointBytesMax + 1);
  if (text == known_) return std::nullopt;
  known_ = text;
  return text;
}

}  // namespace tools

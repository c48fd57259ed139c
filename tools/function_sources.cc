#include "function_sources.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "descriptor.h"
#include "signal_thread.h"

namespace tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTreesMax = 16;

// Of one command, with its signals as they are for any: this program blocks some.
std::pair<int, std::string> run(std::vector<std::string> words) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  const auth::Descriptor from(ends[0]);
  auth::Descriptor to(ends[1]);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, to.get(), 1);
  ::posix_spawn_file_actions_adddup2(&files, to.get(), 2);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  const sigset_t none = signals_of({});
  const sigset_t ignored = signals_of({SIGPIPE});
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &ignored);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, arguments.front(), &files, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), words.front());
  to = auth::Descriptor();
  std::string said;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(from.get(), buffer, sizeof buffer)) != 0;) {
    if (size > 0) said.append(buffer, static_cast<std::size_t>(size));
    if (size < 0 && errno != EINTR) break;
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  said.erase(said.find_last_not_of('\n') + 1);
  return {status, said};
}

std::string run_or_throw(std::vector<std::string> words) {
  auto [status, said] = run(std::move(words));
  if (status == 0) return std::move(said);
  std::replace(said.begin(), said.end(), '\n', ' ');
  throw std::runtime_error(said);
}

bool is_bare(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / "HEAD", ignored) &&
         fs::is_directory(path / "objects", ignored) && fs::is_directory(path / "refs", ignored);
}

// Repository and revision, if it is one.
std::optional<std::pair<std::string, std::string>> repository_of(const std::string& source) {
  std::error_code ignored;
  if (fs::exists(source, ignored)) {
    if (is_bare(source)) return std::pair{source, std::string("HEAD")};
    return std::nullopt;
  }
  for (auto at = source.find('@'); at != std::string::npos; at = source.find('@', at + 1)) {
    if (fs::is_directory(source.substr(0, at), ignored)) {
      return std::pair{source.substr(0, at), source.substr(at + 1)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> FunctionSources::directories(
    const std::function<void(const std::string& trouble)>& on_trouble) {
  std::vector<std::string> found;
  for (const std::string& source : sources_) {
    const auto repository = repository_of(source);
    if (!repository) {
      found.push_back(source);
      continue;
    }
    std::string& directory = last_[source];
    try {
      directory = written_out(repository->first, repository->second);
    } catch (const std::runtime_error& error) {
      on_trouble(fmt::format("{}: {}", source, error.what()));
    }
    if (!directory.empty()) found.push_back(directory);
  }
  return found;
}

std::string FunctionSources::written_out(const std::string& repository,
                                         const std::string& revision) {
  const bool is_part = revision.find(':') != std::string::npos;
  const std::string tree =
      run_or_throw({"git", "-C", repository, "rev-parse", "--verify", "--end-of-options",
                    is_part ? revision : revision + "^{tree}"});
  if (place_ == nullptr) place_ = std::make_unique<PrivateDirectory>("jobq-functions");
  std::string directory = place_->path_of(tree);
  if (std::find(trees_.begin(), trees_.end(), tree) != trees_.end()) return directory;
  fs::create_directory(directory);
  try {
    const std::string archive = directory + ".tar";
    run_or_throw({"git", "-C", repository, "archive", "--format=tar", "-o", archive, tree});
    run_or_throw({"tar", "-x", "-f", archive, "-C", directory});
    fs::remove(archive);
  } catch (...) {
    fs::remove_all(directory);
    throw;
  }
  const auto oldest = std::find_if(trees_.begin(), trees_.end(), [&](const std::string& any) {
    return std::none_of(last_.begin(), last_.end(),
                        [&](const auto& one) { return one.second == place_->path_of(any); });
  });
  if (trees_.size() >= kTreesMax && oldest != trees_.end()) {
    std::error_code ignored;
    fs::remove_all(place_->path_of(*oldest), ignored);
    trees_.erase(oldest);
  }
  trees_.push_back(tree);
  return directory;
}

}  // namespace tools

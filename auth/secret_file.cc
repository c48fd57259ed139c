#include "secret_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace auth {
namespace {

constexpr mode_t kRightsOfOthers = S_IRWXG | S_IRWXO;
constexpr mode_t kWriteOfOthers = S_IWGRP | S_IWOTH;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& problem) {
  throw KeyFileError(path.string() + ": " + problem);
}

[[noreturn]] void fail_errno(const std::filesystem::path& path, const std::string& what) {
  const int code = errno;
  fail(path, what + ": " + std::generic_category().message(code));
}

std::string octal(mode_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
  return text;
}

void check_owner(const std::filesystem::path& path, const struct stat& info) {
  if (info.st_uid == ::geteuid()) return;
  fail(path, "is owned by uid " + std::to_string(info.st_uid) + ", not by uid " +
                 std::to_string(::geteuid()) + " that runs this program");
}

void check_private(const std::filesystem::path& path, const struct stat& info) {
  check_owner(path, info);
  if ((info.st_mode & kRightsOfOthers) == 0) return;
  fail(path, "mode " + octal(info.st_mode) + " lets others " +
                 ((info.st_mode & kWriteOfOthers) != 0 ? "write" : "read") +
                 " it; run: chmod 600 " + path.string());
}

void check_trusted(const std::filesystem::path& path, const struct stat& info) {
  if (info.st_uid != 0) check_owner(path, info);
  if ((info.st_mode & kWriteOfOthers) == 0) return;
  fail(path,
       "mode " + octal(info.st_mode) + " lets others write it; run: chmod go-w " + path.string());
}

void check_nothing(const std::filesystem::path&, const struct stat&) {}

// `check` throws when the file is not to be used.
std::string read_file(const std::filesystem::path& path,
                      void (*check)(const std::filesystem::path&, const struct stat&),
                      std::size_t bytes_max = kSecretFileBytesMax) {
  // Not blocking: opening a named pipe would wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) fail_errno(path, "cannot be opened");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail_errno(path, "cannot be examined");
  if (!S_ISREG(info.st_mode)) fail(path, "is not a regular file");
  check(path, info);

  // Filled in place and never grown: growing would leave a copy of the secret on the heap.
  WipedText buffer{std::string(bytes_max + 1, '\0')};
  std::size_t size = 0;
  try {
    size = read_into(file.get(), buffer.text);
  } catch (const std::system_error& error) {
    fail(path, "cannot be read: " + error.code().message());
  }
  if (size > bytes_max) {
    fail(path, "has more than " + std::to_string(bytes_max) + " bytes");
  }
  return buffer.text.substr(0, size);
}

void write_all(int fd, const std::filesystem::path& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_errno(path, "cannot be written");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string read_secret_file(const std::filesystem::path& path, std::size_t bytes_max) {
  std::string content = read_file(path, check_private, bytes_max);
  if (content.ends_with('\n')) content.pop_back();
  return content;
}

Secret read_secret(const std::filesystem::path& path) {
  const WipedText content{read_file(path, check_private)};
  return Secret(content.text);
}

std::string read_public_file(const std::filesystem::path& path, std::size_t bytes_max) {
  return read_file(path, check_nothing, bytes_max);
}

std::string read_trusted_file(const std::filesystem::path& path, std::size_t bytes_max) {
  return read_file(path, check_trusted, bytes_max);
}

void write_new_secret(const std::filesystem::path& path, std::string_view content) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                               S_IRUSR | S_IWUSR));
  if (!file.is_open()) fail_errno(path, "cannot be created");
  write_all(file.get(), path, content);
  if (::fsync(file.get()) != 0) fail_errno(path, "cannot be synced");
}

SecretDirectory::SecretDirectory(std::filesystem::path dir) : dir_(std::move(dir)) {
  const bool is_new = ::mkdir(dir_.c_str(), S_IRWXU) == 0;
  if (!is_new && errno != EEXIST) {
    fail_errno(dir_, "cannot be created");
  }
  fd_ = Descriptor(::open(dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd_.is_open()) fail_errno(dir_, "cannot be opened");
  // Its name is kept by the directory above. One that may not be read cannot be synced.
  const Descriptor above(
      is_new ? ::openat(fd_.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
  if (above.is_open() && ::fsync(above.get()) != 0) fail_errno(dir_, "cannot be synced");
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) fail_errno(dir_, "cannot be examined");
  check_owner(dir_, info);
  if ((info.st_mode & kRightsOfOthers) != 0) {
    fail(dir_, "mode " + octal(info.st_mode) + " lets others " +
                   ((info.st_mode & kWriteOfOthers) != 0 ? "write to it" : "look into it") +
                   "; run: chmod 700 " + dir_.string());
  }
  while (::flock(fd_.get(), LOCK_EX) != 0) {
    if (errno != EINTR) fail_errno(dir_, "cannot be locked");
  }
}

void SecretDirectory::write(const std::string& name, std::string_view content, mode_t mode) const {
  const std::string temporary = name + ".tmp";
  const std::filesystem::path path = dir_ / temporary;
  // Left by a crash; nobody else is writing it, since this process holds the lock.
  if (::unlinkat(fd_.get(), temporary.c_str(), 0) != 0 && errno != ENOENT) {
    fail_errno(path, "cannot be removed");
  }
  const Descriptor file(::openat(fd_.get(), temporary.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file.is_open()) fail_errno(path, "cannot be created");
  // The umask may have taken away rights that `mode` grants.
  if (::fchmod(file.get(), mode) != 0) fail_errno(path, "cannot be given its mode");
  write_all(file.get(), path, content);
  if (::fsync(file.get()) != 0) fail_errno(path, "cannot be synced");
  if (::renameat(fd_.get(), temporary.c_str(), fd_.get(), name.c_str()) != 0) {
    fail_errno(path, "cannot be renamed to " + name);
  }
  if (::fsync(fd_.get()) != 0) fail_errno(dir_, "cannot be synced");
}

}  // namespace auth

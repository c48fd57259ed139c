// Files that hold secrets. Reading refuses a file that somebody else could have read or written;
// writing leaves either the whole file or none, also after a crash or power loss.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "descriptor.h"
#include "secret.h"

namespace auth {

inline constexpr std::size_t kSecretFileBytesMax = 65'536;

// The message names the file, what is wrong and, where there is one, the command that repairs it.
// It never quotes the file.
class KeyFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The content without one trailing newline, for a token or a secret that a person put there.
// Throws KeyFileError unless it is a regular file of the effective user that gives group and others
// no rights and holds at most `bytes_max` bytes.
[[nodiscard]] std::string read_secret_file(const std::filesystem::path& path,
                                           std::size_t bytes_max = kSecretFileBytesMax);

// The same checks; the whole content, in guarded memory.
[[nodiscard]] Secret read_secret(const std::filesystem::path& path);

// A regular file that is no secret: no check of owner or rights.
[[nodiscard]] std::string read_public_file(const std::filesystem::path& path,
                                           std::size_t bytes_max = kSecretFileBytesMax);

// What somebody else could have written decides about rights: refused when group or others may
// write to it, or when it is owned by neither the effective user nor root.
[[nodiscard]] std::string read_trusted_file(const std::filesystem::path& path,
                                            std::size_t bytes_max = kSecretFileBytesMax);

// Makes a new file with mode 0600 that holds `content` and is on disk on return. Throws
// KeyFileError, also when there is a file of that name already.
void write_new_secret(const std::filesystem::path& path, std::string_view content);

// Holds a directory of secrets: makes it with mode 0700 when it is missing (its parent must exist),
// checks owner and write rights, and keeps other processes that do the same out until destroyed.
// A second one for the same directory in the same process waits for the first: do not nest them.
class SecretDirectory {
 public:
  // Throws KeyFileError, also for a directory of another user or one that gives group or others any
  // right.
  explicit SecretDirectory(std::filesystem::path dir);

  // Creates or replaces `name`. On return it is on disk; when this throws, the old file or none is
  // there.
  void write(const std::string& name, std::string_view content, mode_t mode) const;

 private:
  std::filesystem::path dir_;
  Descriptor fd_;
};

}  // namespace auth

// A directory of this program's alone, for files that commands are told of.
#pragma once

#include <string>
#include <string_view>

namespace tools {

// Below TMPDIR, or /tmp; mode 0700. Goes with all that is in it.
class PrivateDirectory {
 public:
  // `name`: what its name begins with. Throws std::system_error.
  explicit PrivateDirectory(const std::string& name);
  ~PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;

  [[nodiscard]] std::string path_of(const std::string& file) const { return path_ + "/" + file; }
  // Makes the file, mode 0600, or gives it another text; returns its path. Throws
  // std::system_error.
  std::string write(const std::string& file, std::string_view text) const;

 private:
  std::string path_;
};

}  // namespace tools

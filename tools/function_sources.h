// Where folders of functions are looked for: directories, and git repositories on this machine.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "private_directory.h"

namespace tools {

// A source is a directory; or a bare repository, of which HEAD counts; or REPOSITORY@REVISION,
// with a revision as git takes it: a branch, a tag, a commit, or `main:folder` for a part of one.
class FunctionSources {
 public:
  explicit FunctionSources(std::vector<std::string> sources) : sources_(std::move(sources)) {}

  // The directories as they are now. What a revision holds is written out, once for each commit,
  // below TMPDIR, by git(1) and tar(1); it goes with this, or after sixteen others.
  // `on_trouble` is told why one cannot be had; the one before counts then, if there was one.
  // Throws std::system_error where no directory can be made.
  [[nodiscard]] std::vector<std::string> directories(
      const std::function<void(const std::string& trouble)>& on_trouble);

 private:
  std::string written_out(const std::string& repository, const std::string& revision);

  std::vector<std::string> sources_;
  std::map<std::string, std::string> last_;  // directories, by sources
  std::vector<std::string> trees_;           // that are written out, oldest first
  std::unique_ptr<PrivateDirectory> place_;  // for them
};

}  // namespace tools

#include "private_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "descriptor.h"

namespace tools {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

PrivateDirectory::PrivateDirectory(const std::string& name) {
  const char* const place = std::getenv("TMPDIR");
  path_ = std::string(place == nullptr || *place == '\0' ? "/tmp" : place) + "/" + name + "-XXXXXX";
  if (::mkdtemp(path_.data()) == nullptr) fail(path_);
}

PrivateDirectory::~PrivateDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string PrivateDirectory::write(const std::string& file, std::string_view text) const {
  constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  std::string path = path_of(file);
  auth::Descriptor made(::open(path.c_str(), kNew, 0600));
  if (made.get() < 0 && errno == EEXIST && ::unlink(path.c_str()) == 0) {
    made = auth::Descriptor(::open(path.c_str(), kNew, 0600));
  }
  if (made.get() < 0) fail(path);
  while (!text.empty()) {
    const ssize_t size = ::write(made.get(), text.data(), text.size());
    if (size < 0 && errno != EINTR) fail(path);
    text.remove_prefix(size < 0 ? 0 : static_cast<std::size_t>(size));
  }
  return path;
}

}  // namespace tools

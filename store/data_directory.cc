#include "data_directory.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "secret_file.h"

namespace store {
namespace {

// Raised by a change that an older program could not read safely.
constexpr int kFormat = 1;

}  // namespace

DataDirectory::DataDirectory(std::string path) : path_(std::move(path)) {
  const auth::SecretDirectory directory(path_);
  check_format();  // before anything is written
  lock();
  if (is_new_) {
    directory.write("format", std::to_string(kFormat) + "\n", 0644);
  }
}

void DataDirectory::check_key_file(const std::string& name, bool may_be_made_anew,
                                   const char* option) const {
  const std::string file = path_ + '/' + name;
  if (!is_new_ && !may_be_made_anew && !std::filesystem::exists(file)) {
    throw DirectoryError(
        file + ": is missing, but there is data; restore the file, or start once with " + option +
        " to have another one: what was made with or for the old one is void then");
  }
}

void DataDirectory::lock() {
  const std::string file = path_ + "/lock";
  lock_ = auth::Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.is_open()) {
    throw DirectoryError(file + ": " + std::strerror(errno));
  }
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw DirectoryError(path_ + ": another jobqd runs on this directory");
  }
}

void DataDirectory::check_format() {
  const std::string file = path_ + "/format";
  const bool has_data = std::filesystem::exists(database());
  is_new_ = !has_data;
  std::ifstream in(file);
  if (!in && has_data) {
    throw DirectoryError(file + ": is missing, but there is data; restore the file or the data");
  }
  int format = kFormat;
  if (in && (!(in >> format) || format < 1)) {
    throw DirectoryError(file + ": does not hold a format number");
  }
  if (format > kFormat) {
    throw DirectoryError(path_ + ": has data format " + std::to_string(format) +
                         ", this jobqd knows formats up to " + std::to_string(kFormat) +
                         "; run a newer jobqd. Nothing was changed.");
  }
}

}  // namespace store

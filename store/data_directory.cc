#include "data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "secret_file.h"

namespace store {
namespace {

// Raised by a change that an older program could not read safely.
constexpr int kFormat = 1;

std::string because() { return std::string(": ") + std::strerror(errno); }

}  // namespace

DataDirectory::DataDirectory(std::string path) : path_(std::move(path)) {
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) {
    throw DirectoryError(path_ + ": cannot be made" + because());
  }
  try {
    check_owner();
    check_format();  // before anything is written
    lock();
    if (is_new_) {
      write_format();
    }
  } catch (...) {
    if (lock_ >= 0) {
      ::close(lock_);
    }
    throw;
  }
}

DataDirectory::~DataDirectory() { ::close(lock_); }

void DataDirectory::check_owner() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    throw DirectoryError(path_ + because());
  }
  if (!S_ISDIR(status.st_mode)) {
    throw DirectoryError(path_ + ": is not a directory");
  }
  if (status.st_uid != ::geteuid()) {
    throw DirectoryError(path_ + ": is owned by uid " + std::to_string(status.st_uid) +
                         ", but jobqd runs as uid " + std::to_string(::geteuid()));
  }
  if ((status.st_mode & 022) != 0) {
    throw DirectoryError(path_ + ": others may write to it; run: chmod go-w " + path_);
  }
}

void DataDirectory::check_key_file(const std::string& name, bool may_be_made_anew,
                                   const char* option) const {
  const std::string file = path_ + '/' + name;
  if (!is_new_ && !may_be_made_anew && !std::filesystem::exists(file)) {
    throw DirectoryError(file +
                         ": is missing, but there is data; restore the file, or start once "
                         "with " +
                         option +
                         " to have another one: what was made with or "
                         "for the old one is void then");
  }
}

void DataDirectory::lock() {
  const std::string file = path_ + "/lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) {
    throw DirectoryError(file + because());
  }
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    throw DirectoryError(path_ + ": another jobqd runs on this directory");
  }
}

void DataDirectory::check_format() {
  const std::string file = path_ + "/format";
  std::ifstream in(file);
  if (!in) {
    if (std::filesystem::exists(database())) {
      throw DirectoryError(file + ": is missing, but there is data; restore the file or the data");
    }
    is_new_ = true;
    return;
  }
  int format = 0;
  if (!(in >> format) || format < 1) {
    throw DirectoryError(file + ": does not hold a format number");
  }
  if (format > kFormat) {
    throw DirectoryError(path_ + ": has data format " + std::to_string(format) +
                         ", this jobqd knows formats up to " + std::to_string(kFormat) +
                         "; run a newer jobqd. Nothing was changed.");
  }
  is_new_ = !std::filesystem::exists(database());
}

void DataDirectory::write_format() {
  try {
    auth::SecretDirectory(path_).write("format", std::to_string(kFormat) + "\n", 0644);
  } catch (const auth::KeyFileError& failure) {
    throw DirectoryError(failure.what());
  }
}

}  // namespace store

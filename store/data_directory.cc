#include "data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sstream>

#include "check_line.h"
#include "secret_file.h"

namespace store {
namespace {

// Raised by a change that an older program could not read safely.
constexpr int kFormat = 1;

[[noreturn]] void refuse_other(const std::string& file, const char* option) {
  throw DirectoryError(file + ": is not the one that belongs to this directory; restore that, or " +
                       "start once with " + option +
                       " to use this one: what was made with or for the other is void then");
}

}  // namespace

DataDirectory::DataDirectory(std::string path, Opening opening) : path_(std::move(path)) {
  const bool looks = opening == Opening::kLook;
  if (looks && !std::filesystem::is_directory(path_)) {
    throw DirectoryUnfit(path_ + ": is no directory");
  }
  const auth::SecretDirectory directory(path_);
  read_format();  // before anything is written
  if (looks && (is_new_ || is_unnamed())) {
    throw DirectoryUnfit(
        path_ + (is_new_ ? ": has no data" : ": is of an older version; start jobqd on it once"));
  }
  lock(opening);
  if (!is_new_ && !std::filesystem::exists(database())) {
    if (looks) {
      throw DirectoryUnfit(path_ + ": its first start was cut short; start jobqd on it once");
    }
    take_draft();
  }
}

void DataDirectory::check_key_file(const std::string& name, bool may_be_another,
                                   const char* option) const {
  const std::string file = path_ + '/' + name;
  if (!is_new_ && !may_be_another && !std::filesystem::exists(file)) {
    throw DirectoryError(
        file + ": is missing, but there is data; restore the file, or start once with " + option +
        " to have another one: what was made with or for the old one is void then");
  }
}

void DataDirectory::check_curve(const std::string& curve, bool may_be_another) const {
  if (!parts_.curve.empty() && parts_.curve != curve && !may_be_another) {
    refuse_other(path_ + "/curve.secret", "--new-curve-key");
  }
}

// Keys come and go, but never all at once.
void DataDirectory::check_roots(const std::vector<std::string>& roots, bool may_be_another) const {
  const bool is_known = std::find_first_of(roots.begin(), roots.end(), parts_.roots.begin(),
                                           parts_.roots.end()) != roots.end();
  if (!parts_.roots.empty() && !is_known && !may_be_another) {
    refuse_other(path_ + "/root.keys", "--new-root-key");
  }
}

void DataDirectory::lock(Opening opening) {
  const std::string file = path_ + "/lock";
  const int access = opening == Opening::kLook ? O_RDONLY : O_RDWR | O_CREAT;
  lock_ = auth::Descriptor(::open(file.c_str(), access | O_CLOEXEC, 0600));
  if (!lock_.is_open() && errno == ENOENT && opening == Opening::kLook) {
    return;  // a copy without it
  }
  if (!lock_.is_open()) {
    throw DirectoryError(file + ": " + std::strerror(errno));
  }
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw DirectoryUnfit(path_ + ": another jobqd runs on this directory");
  }
}

void DataDirectory::read_format() {
  const std::string file = path_ + "/format";
  const bool has_format = std::filesystem::exists(file);
  const bool has_data = std::filesystem::exists(database());
  is_new_ = !has_format && !has_data;
  if (is_new_ && std::filesystem::exists(path_ + "/CURRENT")) {
    throw DirectoryError(path_ + ": is a database, and no data directory; name the one it is in");
  }
  if (is_new_) {
    check_no_rest();
    return;
  }
  if (!has_format) {
    throw DirectoryError(file + ": is missing, but there is data; restore the file or the data");
  }
  if (!has_data && !std::filesystem::exists(draft())) {
    throw DirectoryError(database() + ": is missing, but " + file +
                         " says that there was data; restore it, or name a new directory");
  }
  parse_format(auth::read_public_file(file));
}

// What a store writes only when it has its database.
void DataDirectory::check_no_rest() const {
  for (const char* const name : {"/db.mark", "/clock"}) {
    if (std::filesystem::exists(path_ + name)) {
      throw DirectoryError(database() + ": is missing, and so is " + path_ + "/format, but " +
                           path_ + name +
                           " says that there was data; restore them, or name a new directory");
    }
  }
}

void DataDirectory::parse_format(std::string_view text) {
  const std::string file = path_ + "/format";
  int format = 0;
  const std::string_view head = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
  const char* const end = head.data() + head.size() - (head.ends_with('\n') ? 1 : 0);
  if (std::from_chars(head.data(), end, format).ptr != end || format < 1) {
    throw DirectoryError(file + ": does not hold a format number");
  }
  std::string_view rest = text.substr(head.size());
  const std::optional<bool> check = auth::take_check_line(head, rest);
  const bool is_damaged = check && !*check;
  if (format > kFormat && !is_damaged) {
    throw DirectoryUnfit(path_ + ": has data format " + std::to_string(format) +
                         ", this jobqd knows formats up to " + std::to_string(kFormat) +
                         "; run a newer jobqd. Nothing was changed.");
  }
  // The first stores wrote the number alone.
  if (is_damaged || (!rest.empty() && !rest.starts_with("store "))) {
    throw DirectoryError(file +
                         ": is damaged: it is not what was written; restore it, or make it " +
                         "the one line \"" + std::to_string(kFormat) +
                         "\" if all else in the directory is known to belong together");
  }
  has_check_ = check.has_value();
  std::istringstream in{std::string(rest)};
  std::string part;
  std::string value;
  while (in >> part >> value) {
    if (part == "store") {
      parts_.store = value;
    } else if (part == "curve") {
      parts_.curve = value;
    } else if (part == "root") {
      parts_.roots.push_back(value);
    }
  }
}

std::string DataDirectory::clean_draft() const {
  std::filesystem::remove_all(draft());
  std::filesystem::remove(draft() + ".mark");
  return draft();
}

void DataDirectory::note(const DirectoryParts& parts) {
  if (parts != parts_ || !has_check_) {
    std::string text = "store " + parts.store + "\ncurve " + parts.curve + '\n';
    for (const std::string& root : parts.roots) {
      text += "root " + root + '\n';
    }
    auth::SecretDirectory(path_).write(
        "format", auth::with_check_line(std::to_string(kFormat) + '\n', text), 0644);
    parts_ = parts;
    has_check_ = true;
  }
  if (!std::filesystem::exists(database())) {
    take_draft();
  }
}

// What is whole, since `format` was written after it.
void DataDirectory::take_draft() const {
  std::error_code is_taken;
  std::filesystem::rename(draft() + ".mark", database() + ".mark", is_taken);
  std::filesystem::rename(draft(), database());
  sync_path(path_);
}

void sync_path(const std::string& path) {
  const auth::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() || ::fsync(file.get()) != 0) {
    throw DirectoryError(path + ": " + std::strerror(errno));
  }
}

}  // namespace store

#include "audit.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "log.h"
#include "timestamp.h"

namespace store {
namespace {

void append_field(std::string& to, const char* name, std::string_view text) {
  if (!text.empty()) {
    to += name;
    to += json_string(text);
  }
}

}  // namespace

std::string to_json(const AuditLine& line) {
  std::string text = "{\"time\":\"" + jobq::rfc3339(line.time) + '"';
  text += ",\"code\":" + std::to_string(line.code);
  append_field(text, ",\"method\":", line.method);
  append_field(text, ",\"path\":", line.path);
  append_field(text, ",\"token\":", line.token);
  append_field(text, ",\"client\":", line.client);
  append_field(text, ",\"curve\":", line.curve_key);
  const char* before = ",\"jobs\":[";
  for (const std::string& job : line.jobs.named) {
    text += std::exchange(before, ",") + json_string(job);
  }
  text += line.jobs.named.empty() ? "" : "]";
  if (line.jobs.more > 0) {
    text += ",\"moreJobs\":" + std::to_string(line.jobs.more);
  }
  append_field(text, ",\"error\":", line.error);
  if (line.left_out > 0) {
    text += ",\"leftOut\":" + std::to_string(line.left_out);
  }
  return text + '}';
}

void AuditedJobs::add(const Command& command) {
  const auto add_one = [this](const auto& item) {
    if constexpr (requires { item.lease.job; }) {
      add(item.lease.job);
    } else if constexpr (requires { item.job; }) {
      add(item.job);
    }
  };
  const auto add_items = [&](const auto& items) {
    for (const auto& item : items) {
      std::visit(add_one, item);
    }
  };
  std::visit(
      [&](const auto& asked) {
        if constexpr (requires { asked.outcomes; }) {
          add_items(asked.outcomes);
        } else if constexpr (requires { asked.jobs; }) {
          add_items(asked.jobs);
        } else if constexpr (requires { asked.leases; }) {
          for (const Lease& lease : asked.leases) {
            add(lease.job);
          }
        } else if constexpr (requires { asked.job; }) {
          add(asked.job);
        }
      },
      command);
}

void AuditedJobs::add(const Reply& reply) {
  if (const auto* accepted = std::get_if<AcceptReply>(&reply)) {
    for (const AcceptedView& job : accepted->jobs) {
      add(job.lease.job);
    }
  } else if (const auto* redriven = std::get_if<RedriveReply>(&reply)) {
    for (const JobView& job : redriven->jobs) {
      add(job.job);
    }
  } else if (const auto* bulk = std::get_if<BulkReply>(&reply); bulk && !bulk->is_dry) {
    for (const JobView& job : bulk->jobs) {
      add(job.job);
    }
  }
}

void AuditedJobs::add(const std::string& job) {
  if (job.empty()) {
    return;
  }
  if (named.size() == kNamedMax) {
    ++more;
  } else {
    named.push_back(job);
  }
}

AuditLog::AuditLog(std::string path) : path_(std::move(path)) {
  if (const std::string wrong = open(); !wrong.empty()) {
    throw AuditError("--audit " + path_ + ": " + wrong);
  }
}

void AuditLog::note(const AuditLine& line) {
  noted_ += to_json(line);
  noted_ += '\n';
}

bool AuditLog::has_room(std::uint64_t mib) const {
  struct statvfs disk {};
  return ::fstatvfs(fd_.get(), &disk) != 0 ||
         std::uint64_t{disk.f_bavail} * disk.f_frsize >> 20U >= mib;
}

void AuditLog::write(std::size_t bytes) {
  std::string lines = std::exchange(noted_, {});
  if (bytes < lines.size()) {
    noted_ = lines.substr(bytes);
    lines.resize(bytes);
  }
  if (lines.empty()) {
    return;
  }
  const std::string wrong = is_moved() ? open() : std::string();
  if (is_line_torn_) {
    lines.insert(lines.begin(), '\n');
  }
  std::string_view rest = lines;
  while (wrong.empty() && !rest.empty()) {
    const ssize_t written = ::write(fd_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      break;
    }
    is_line_torn_ = rest[static_cast<std::size_t>(written) - 1] != '\n';
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!rest.empty()) {
    lose(rest, wrong.empty() ? std::strerror(errno) : wrong);
  } else if (std::exchange(is_failing_, false)) {
    spdlog::warn("audit: {} is written again; {} lines are lost", path_, lines_lost_);
  }
}

std::string AuditLog::open() {
  // A pipe is not waited for.
  auth::Descriptor fd(::open(
      path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!fd.is_open()) {
    return std::strerror(errno);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != ::geteuid() ||
      (info.st_mode & 077U) != 0) {
    return "must be a regular file of this user that nobody else can read or write (chmod 600)";
  }
  fd_ = std::move(fd);
  device_ = info.st_dev;
  inode_ = info.st_ino;
  is_line_torn_ = false;
  return {};
}

bool AuditLog::is_moved() const {
  struct stat info {};
  return ::stat(path_.c_str(), &info) != 0 || info.st_ino != inode_ || info.st_dev != device_;
}

void AuditLog::lose(std::string_view lines, const std::string& why) {
  // The end of a line that is there, which the next write begins with.
  if (lines.starts_with('\n')) {
    lines.remove_prefix(1);
  }
  const auto ends = std::count(lines.begin(), lines.end(), '\n');
  lines_lost_ += static_cast<std::uint64_t>(ends);
  if (!std::exchange(is_failing_, true)) {
    spdlog::error("audit: cannot write {}: {}; lines are lost until that is mended", path_, why);
  }
}

}  // namespace store

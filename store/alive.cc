#include "alive.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "check_line.h"

namespace store {
namespace {

constexpr std::size_t kStartBytes = 36;  // an id of a machine's start is a UUID

// As long as any line before, so that nothing of that is left.
std::string filled(std::string line) {
  line.resize(100, ' ');
  return line + '\n';
}

std::string text_of(const LastAlive& last, const std::string& boot) {
  return std::to_string(last.time.time_since_epoch().count()) + ' ' +
         std::to_string(last.elapsed.count()) + ' ' + boot;
}

std::string line_of(const LastAlive& last, const std::string& boot) {
  const std::string text = text_of(last, boot);
  return filled(text + ' ' + auth::check_of(text));
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Noted {
  LastAlive last;
  std::string boot;
  bool is_checked = false;
};

// Empty unless it is what a store writes, byte by byte.
std::optional<Noted> parse(const std::string& content) {
  std::istringstream words(content);
  std::int64_t time = 0;
  std::int64_t elapsed = 0;
  Noted noted;
  if (!(words >> time >> elapsed >> noted.boot) || time < 0 || elapsed < 0 ||
      noted.boot.size() > kStartBytes) {
    return std::nullopt;
  }
  noted.last = {Time(Span(time)), Span(elapsed)};
  noted.is_checked = content == line_of(noted.last, noted.boot);
  const bool is_whole = noted.is_checked || content == filled(text_of(noted.last, noted.boot));
  return is_whole ? std::optional(noted) : std::nullopt;
}

}  // namespace

AliveFile::AliveFile(const std::string& path, const Clock& clock, Time journal_last) {
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot_;
  const std::optional<Noted> noted = parse(content_of(path));
  if (noted && !boot_.empty() && noted->boot == boot_) {
    const Span off = clock.elapsed() - noted->last.elapsed;
    const Time most = std::max(journal_last, clock.now()) + StoreTime::kBelievedAhead;
    if (noted->is_checked || (off >= Span{} && noted->last.time <= most - off)) {
      last_ = noted->last;
    }
  }
  file_ = auth::Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

bool AliveFile::is_damaged(const std::string& path) {
  const std::string content = content_of(path);
  return !content.empty() && !parse(content);
}

void AliveFile::note(Time now, Span elapsed) {
  const std::string line = line_of({now, elapsed}, boot_);
  // A start makes do without it.
  [[maybe_unused]] const auto written = ::pwrite(file_.get(), line.data(), line.size(), 0);
}

}  // namespace store

#include "alive.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

namespace store {

AliveFile::AliveFile(const std::string& path) {
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot_;
  std::ifstream in(path);
  std::int64_t time = 0;
  std::int64_t elapsed = 0;
  std::string boot;
  if (in >> time >> elapsed >> boot && !boot.empty() && boot == boot_) {
    last_ = LastAlive{Time(Span(time)), Span(elapsed)};
  }
  file_ = auth::Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

void AliveFile::note(Time now, Span elapsed) {
  // As long as any line before, so that nothing of that is left.
  std::string line = std::to_string(now.time_since_epoch().count()) + ' ' +
                     std::to_string(elapsed.count()) + ' ' + boot_;
  line.resize(100, ' ');
  line += '\n';
  // A start makes do without it.
  [[maybe_unused]] const auto written = ::pwrite(file_.get(), line.data(), line.size(), 0);
}

}  // namespace store

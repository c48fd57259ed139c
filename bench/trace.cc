#include "trace.h"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace bench {

std::vector<TraceJob> read_trace(const std::string& file) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile_s*)> in(gzopen(file.c_str(), "rb"), gzclose);
  if (!in) {
    throw std::runtime_error(file + ": cannot be opened");
  }
  std::vector<TraceJob> jobs;
  char line[1024];
  while (gzgets(in.get(), line, sizeof line) != nullptr) {
    if (line[0] == ';') {
      continue;
    }
    // number, submit, wait, run, processors, 6 more, user
    std::istringstream fields(line);
    double field[12];
    for (double& value : field) {
      if (!(fields >> value)) {
        throw std::runtime_error(file + ": a line has fewer than 12 numbers");
      }
    }
    jobs.push_back({.number = static_cast<int>(field[0]),
                    .submitted_s = field[1],
                    .run_s = std::max(field[3], 0.0),
                    .processors = static_cast<int>(field[4]),
                    .user = static_cast<int>(field[11])});
  }
  std::stable_sort(jobs.begin(), jobs.end(), [](const TraceJob& a, const TraceJob& b) {
    return a.submitted_s < b.submitted_s;
  });
  return jobs;
}

}  // namespace bench

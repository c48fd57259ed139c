// Reads a workload trace in the Standard Workload Format (gzipped): one job a line, 18 numbers,
// lines that begin with ';' are comments. http://www.cs.huji.ac.il/labs/parallel/workload/swf.html
#pragma once

#include <string>
#include <vector>

namespace bench {

struct TraceJob {
  int number = 0;
  double submitted_s = 0;  // since the start of the trace
  double run_s = 0;
  int processors = 0;
  int user = 0;
};

// In the order of submission. Throws std::runtime_error when the file cannot be read.
std::vector<TraceJob> read_trace(const std::string& file);

}  // namespace bench

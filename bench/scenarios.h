// What jobq-bench can measure. Each scenario has a store of its own, on a fresh directory.
#pragma once

#include <string>
#include <vector>

#include "rows.h"

namespace bench {

struct Options {
  std::string jobqd = JOBQD_PATH;
  std::string directory = "/var/tmp";
  bool tcp = false;
  bool curve = true;
  unsigned seconds = 5;
  unsigned request_bytes = 256;
  std::uint64_t backlog = 1'000'000;
  std::uint64_t churn = 10'000'000;
  std::uint64_t churn_round = 1'000'000;
  double rate = 1000;
  std::vector<std::string> store_arguments{};
};

struct Scenario {
  const char* name;
  const char* what;
  bool is_default;
  Rows (*measure)(const Options&);
};

const std::vector<Scenario>& scenarios();

}  // namespace bench

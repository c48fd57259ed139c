// What can be configured of a datasource, and of a job: one table for the options of `jobq admin
// config`, what it prints, and the options of `jobq submit`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "jobq/datasources.h"
#include "options.h"

namespace tools {

// Each option that is given replaces what is configured; 0 makes it the store's default again.
class ConfigOptions {
 public:
  void declare(Options& options);
  [[nodiscard]] bool has_any() const { return is_reset_ || !changes_.empty(); }
  void apply(jobq::DatasourceConfig& config) const;

 private:
  using Change = std::function<void(jobq::DatasourceConfig&)>;

  std::vector<Change> changes_;  // those of the options given
  bool is_reset_ = false;        // everything that is not given
};

// Those of a job's terms.
void declare_terms(Options& options, jobq::Terms& terms);

// One line for each option that is set.
[[nodiscard]] std::string config_text(const jobq::DatasourceConfig& config);

}  // namespace tools

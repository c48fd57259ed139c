// What `jobq admin config` can change of a datasource.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "jobq/datasources.h"

namespace tools {

// Each that was given replaces what is configured; 0, or an empty text, makes it the store's
// default again.
struct ConfigOptions {
  std::optional<std::string> description;
  std::optional<unsigned> priority;
  std::optional<std::string> keep_for;
  std::optional<std::string> valid_for;
  std::optional<std::string> timeout;
  std::optional<std::string> backoff;
  std::optional<unsigned> failures_max;
  std::optional<unsigned> lost_leases_max;
  std::optional<unsigned> releases_max;
  std::optional<std::string> lease;
  std::optional<std::string> cancel_grace;
  std::optional<unsigned> waiting_max;
  std::optional<unsigned> waiting_per_client_max;
  std::optional<unsigned> running_max;
  std::vector<std::string> weights;  // CLIENT=N; 1 takes the client off the list
  std::vector<std::string> costs;    // FUNCTION=N; the same
  bool reset = false;                // everything that is not given

  void declare(CLI::App* command);
  [[nodiscard]] bool has_any() const;
  // Throws UsageError.
  void apply(jobq::DatasourceConfig& config) const;
};

}  // namespace tools

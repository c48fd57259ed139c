#include "config.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace store {
namespace {

bool starts_with(const std::string& text, std::string_view prefix) {
  return std::string_view(text).substr(0, prefix.size()) == prefix;
}

bool is_local(const std::string& endpoint) {
  return starts_with(endpoint, "ipc://") || starts_with(endpoint, "tcp://127.") ||
         starts_with(endpoint, "tcp://localhost:") || starts_with(endpoint, "tcp://[::1]:");
}

}  // namespace

ParsedConfig parse_config(int argc, const char* const* argv) {
  ParsedConfig parsed;
  Config& config = parsed.config;
  CLI::App app(
      "The store: a durable, secure job queue in one directory.\n"
      "The first start makes the directory and its keys and prints how to reach the store.",
      "jobqd");
  app.set_version_flag("--version", JOBQ_VERSION);
  app.add_option("--data", config.data, "Directory for jobs and keys; made if it is not there")
      ->envname("JOBQ_DATA")
      ->required();
  app.add_option("--name", config.name, "Name of this store, for tokens' target caveats")
      ->envname("JOBQ_NAME")
      ->capture_default_str();
  app.add_option("--request", config.request_endpoints,
                 "Endpoint for clients and drivers, tcp://... or ipc://...; may be repeated")
      ->envname("JOBQ_REQUEST")
      ->capture_default_str();
  app.add_option("--driver", config.driver_endpoints, "Endpoint for drivers only; may be repeated")
      ->envname("JOBQ_DRIVER")
      ->capture_default_str();
  app.add_option("--status", config.status_endpoints,
                 "Endpoint of the status streams; may be repeated")
      ->envname("JOBQ_STATUS")
      ->capture_default_str();
  app.add_flag("!--no-curve", config.curve, "No encryption: loopback and ipc endpoints only");
  app.add_flag("!--drivers-apart", config.drivers_on_request,
               "Refuse driver paths on --request endpoints");
  std::int64_t journal_keep_s =
      std::chrono::duration_cast<std::chrono::seconds>(config.journal_keep).count();
  app.add_option("--journal-keep", journal_keep_s,
                 "Seconds that turns stay in the journal at least")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  std::uint64_t disk_reserve_mib = config.disk_reserve_bytes >> 20;
  app.add_option("--disk-reserve", disk_reserve_mib,
                 "MiB of disk to leave free: below, a submit is refused (507)")
      ->capture_default_str();
  app.add_option("--finished-max", config.limits.finished_max,
                 "Finished jobs kept at most; beyond it the oldest are forgotten early")
      ->capture_default_str();
  app.add_option("--jobs-max", config.limits.jobs_live_max,
                 "Jobs that are not finished, at most; beyond it a submit is refused (507)")
      ->capture_default_str();
  app.add_option("--log-level", config.log_level, "What to log on stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = app.exit(error) == 0 ? 0 : 2;
    return parsed;
  }
  if (const std::string wrong = wrong_with_endpoints(config); !wrong.empty()) {
    std::cerr << "jobqd: " << wrong << '\n';
    parsed.exit_code = 2;
    return parsed;
  }
  config.journal_keep = std::chrono::seconds(journal_keep_s);
  config.disk_reserve_bytes = disk_reserve_mib << 20;
  parsed.run = true;
  return parsed;
}

std::string wrong_with_endpoints(const Config& config) {
  for (const auto* endpoints :
       {&config.request_endpoints, &config.driver_endpoints, &config.status_endpoints}) {
    for (const std::string& endpoint : *endpoints) {
      if (!starts_with(endpoint, "tcp://") && !starts_with(endpoint, "ipc://")) {
        return "endpoint " + endpoint + ": must begin with tcp:// or ipc://";
      }
      if (!config.curve && !is_local(endpoint)) {
        return "endpoint " + endpoint +
               ": without CURVE only ipc:// and loopback (tcp://127.0.0.1:PORT) are allowed";
      }
    }
  }
  return {};
}

}  // namespace store

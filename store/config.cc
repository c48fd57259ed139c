#include "config.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <memory>

namespace store {
namespace {

bool starts_with(const std::string& text, std::string_view prefix) {
  return std::string_view(text).substr(0, prefix.size()) == prefix;
}

bool is_local(const std::string& endpoint) {
  return starts_with(endpoint, "ipc://") || starts_with(endpoint, "tcp://127.") ||
         starts_with(endpoint, "tcp://localhost:") || starts_with(endpoint, "tcp://[::1]:");
}

// What holds for jobs and datasources that say nothing themselves.
class DefaultsOptions {
 public:
  DefaultsOptions(CLI::App& app, const Defaults& defaults) : values_(defaults) {
    const auto number = [&](const char* name, auto& value, const char* what) {
      app.add_option(name, value, what)->capture_default_str()->group("Defaults");
    };
    priority_ = values_.priority;
    jitter_percent_ = values_.terms.backoff.jitter_percent;
    number("--priority", priority_, "Priority of jobs, 1..100");
    number("--failures-max", values_.terms.failures_max, "Failures until a job is failed, 1..1000");
    number("--lost-leases-max", values_.terms.lost_leases_max,
           "Lost leases until a job is failed, 1..1000");
    number("--releases-max", values_.terms.releases_max,
           "Releases until a job is failed; 0: any number");
    number("--waiting-max", values_.waiting_max,
           "Jobs that wait in a datasource; beyond it a submit is refused (429); 0: no limit");
    number("--waiting-per-client-max", values_.waiting_per_client_max,
           "The same for each client of a datasource");
    number("--running-max", values_.running_max,
           "Jobs of a datasource that run at the same time; 0: no limit");
    number("--backoff-factor-percent", values_.terms.backoff.factor_percent,
           "Growth of the delay from failure to failure, 100..10000");
    number("--backoff-jitter-percent", jitter_percent_, "Part of the delay left to chance, 0..100");
    span(app, "--keep-for", values_.terms.keep_for, "How long finished jobs stay readable");
    span(app, "--valid-for", values_.terms.valid_for, "Jobs not taken within it fail; 0: never");
    span(app, "--timeout", values_.terms.timeout, "How long one attempt may run; 0: any time");
    span(app, "--lease", values_.lease, "Lease of an accept that does not say");
    span(app, "--cancel-grace", values_.cancel_grace, "How long a worker may take to cancel");
    span(app, "--backoff-initial", values_.terms.backoff.initial, "Delay after the first failure");
    span(app, "--backoff-max", values_.terms.backoff.max, "Greatest delay after a failure");
  }

  // Puts the values into `limits`, or says which one is out of its range.
  std::string put(Limits& limits) {
    const auto seconds_max = static_cast<double>(limits.span_max.count()) / 1000;
    for (const Seconds& seconds : spans_) {
      if (!(*seconds.value >= 0 && *seconds.value <= seconds_max)) {
        return seconds.name + ": 0.." + std::to_string(limits.span_max.count() / 1000) + " s";
      }
      *seconds.target = Span(std::llround(*seconds.value * 1000));
    }
    Defaults& to = values_;
    const Backoff& backoff = to.terms.backoff;
    const std::pair<bool, const char*> wrong[] = {
        {priority_ < 1 || priority_ > limits.priority_max, "--priority: 1..100"},
        {to.terms.failures_max < 1 || to.terms.failures_max > limits.failures_max,
         "--failures-max: 1..1000"},
        {to.terms.lost_leases_max < 1 || to.terms.lost_leases_max > limits.lost_leases_max,
         "--lost-leases-max: 1..1000"},
        {to.terms.releases_max > limits.releases_max, "--releases-max: 0..1000000"},
        {to.lease < limits.lease_min || to.lease > limits.lease_max, "--lease: 0.1..3600 s"},
        {to.cancel_grace < Span(1) || to.cancel_grace > limits.cancel_grace_max,
         "--cancel-grace: 0.001..3600 s"},
        {to.terms.keep_for < Span(1), "--keep-for: 0.001 s or more"},
        {backoff.factor_percent < 100 || backoff.factor_percent > limits.backoff_factor_percent_max,
         "--backoff-factor-percent: 100..10000"},
        {jitter_percent_ > 100, "--backoff-jitter-percent: 0..100"},
        {backoff.max < backoff.initial, "--backoff-max: must not be below --backoff-initial"},
    };
    for (const auto& [is_wrong, what] : wrong) {
      if (is_wrong) {
        return what;
      }
    }
    to.priority = static_cast<std::uint8_t>(priority_);
    to.terms.backoff.jitter_percent = static_cast<std::uint8_t>(jitter_percent_);
    limits.defaults = values_;
    return {};
  }

 private:
  struct Seconds {
    std::string name;
    std::shared_ptr<double> value;
    Span* target;  // in values_
  };

  void span(CLI::App& app, const char* name, Span& target, const char* what) {
    auto value = std::make_shared<double>(static_cast<double>(target.count()) / 1000);
    app.add_option(name, *value, std::string(what) + ", in seconds")
        ->capture_default_str()
        ->group("Defaults");
    spans_.push_back({name, std::move(value), &target});
  }

  Defaults values_;
  unsigned priority_ = 0;
  unsigned jitter_percent_ = 0;
  std::vector<Seconds> spans_;
};

// How long the journal and its events stay, and how often streams are heard.
class KeepOptions {
 public:
  KeepOptions(CLI::App& app, Config& config) {
    const auto seconds = [](Span span) { return span.count() / 1000; };
    journal_s_ = seconds(config.journal_keep);
    events_s_ = seconds(config.events_keep);
    heartbeat_ms_ = config.heartbeat.count();
    app.add_option("--journal-keep", journal_s_, "Seconds that turns stay in the journal at least")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--events-keep", events_s_, "Seconds that watchers find events at least")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--events-max", config.events_max,
                   "Events of a datasource that are kept at most, however young")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--heartbeat-ms", heartbeat_ms_,
                   "Milliseconds after which an idle status stream says that it is there")
        ->check(CLI::Range(50, 60'000))
        ->capture_default_str();
  }

  void put(Config& config) const {
    config.journal_keep = std::chrono::seconds(journal_s_);
    config.events_keep = std::chrono::seconds(events_s_);
    config.heartbeat = std::chrono::milliseconds(heartbeat_ms_);
  }

 private:
  std::int64_t journal_s_ = 0;
  std::int64_t events_s_ = 0;
  std::int64_t heartbeat_ms_ = 0;
};

// Who may connect, and what is written down about what they do.
void add_access_options(CLI::App& app, Config& config) {
  app.add_flag("!--no-curve", config.curve, "No encryption: loopback and ipc endpoints only");
  app.add_flag("!--drivers-apart", config.drivers_on_request,
               "Refuse driver paths on --request endpoints");
  app.add_option(
         "--driver-keys", config.driver_keys,
         "File of the public CURVE keys that may connect to --driver endpoints, one a line; "
         "read again when it changes. Implies --drivers-apart")
      ->type_name("FILE");
  app.add_option("--token-cache", config.token_cache,
                 "Tokens remembered as genuine; 0: each signature is checked each time")
      ->capture_default_str();
  app.add_option("--audit", config.audit,
                 "File to add a line of JSON to for each change and each refused token")
      ->type_name("FILE");
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
  add_access_options(app, config);
  KeepOptions keep(app, config);
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
  DefaultsOptions defaults(app, config.limits.defaults);
  app.add_option("--log-level", config.log_level, "What to log on stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_flag("--log-json", config.log_json, "Log lines of JSON");
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
  if (const std::string wrong = defaults.put(config.limits); !wrong.empty()) {
    std::cerr << "jobqd: " << wrong << '\n';
    parsed.exit_code = 2;
    return parsed;
  }
  keep.put(config);
  // Or whoever is not on the list would go to the other door.
  config.drivers_on_request = config.drivers_on_request && config.driver_keys.empty();
  config.disk_reserve_bytes = disk_reserve_mib << 20;
  parsed.run = true;
  return parsed;
}

std::string wrong_with_endpoints(const Config& config) {
  if (!config.curve && !config.driver_keys.empty()) {
    return "--driver-keys: without CURVE there are no keys to look at";
  }
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

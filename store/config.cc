#include "config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>

#include "endpoint.h"
#include "span_text.h"
#include "text_rules.h"

namespace store {
namespace {

using std::chrono::seconds;

// Declares options; each goes straight into the place that it is for, and can be given by the
// environment too: --journal-keep as JOBQ_JOURNAL_KEEP. The command line goes first.
class Options {
 public:
  explicit Options(CLI::App& app) : app_(app) {}

  // Of those that follow, in the help.
  void group(const char* name) { group_ = name; }

  template <typename Text>  // or a list of them, one for each time that it is given
  CLI::Option* text(const char* name, Text& target, const char* type, const char* help) {
    const auto wrong_with = [](const std::string& given) {
      return given.empty() ? "must not be empty" : "";
    };
    CLI::Option* option = app_.add_option(name, target, help)->type_name(type);
    return finish(option->capture_default_str()->check(CLI::Validator(wrong_with, {})));
  }

  template <typename Number>
  void number(const char* name, Number& target, std::uint64_t min, std::uint64_t max,
              const std::string& help) {
    auto* option = app_.add_option_function<std::uint64_t>(
        name, [&target](std::uint64_t given) { target = static_cast<Number>(given); }, help);
    option->check(CLI::Range(min, max))->check(CLI::Validator(jobq::wrong_with_number, {}));
    option->type_name(range_text(min, max));
    finish(option->default_str(std::to_string(target)));
  }

  void span(const char* name, Span& target, Span min, Span max, const std::string& help) {
    const auto take = [&target, name, min, max](const std::string& given) {
      const auto value = jobq::read_span(given);
      if (!value) {
        throw CLI::ValidationError(name, given + " is no duration; write 500ms, 90s, 15m or 7d");
      }
      if (*value < min || *value > max) {
        throw CLI::ValidationError(name, given + " is not within " + range_text(min, max));
      }
      target = *value;
    };
    auto* option = app_.add_option_function<std::string>(name, take, help);
    option->type_name(range_text(min, max));
    finish(option->default_str(jobq::exact_span_text(target)));
  }

  // Makes `target` what it is when the option is given.
  void flag(const char* name, bool& target, bool value, const char* help) {
    finish(app_.add_flag_callback(
        name, [&target, value] { target = value; }, help));
  }

 private:
  static std::string range_text(std::uint64_t min, std::uint64_t max) {
    return std::to_string(min) + (max == UINT32_MAX ? ".." : ".." + std::to_string(max));
  }
  static std::string range_text(Span min, Span max) {
    return jobq::exact_span_text(min) + ".." + jobq::exact_span_text(max);
  }

  CLI::Option* finish(CLI::Option* option) {
    std::string name = "JOBQ_" + option->get_name().substr(2);
    for (char& c : name) {
      c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return option->envname(name)->group(group_);
  }

  CLI::App& app_;
  std::string group_ = "Store";
};

void declare_access(Options& options, Config& config) {
  options.group("Access");
  options.flag("--no-curve", config.curve, false, "No encryption: loopback and ipc endpoints only");
  options.flag("--drivers-apart", config.drivers_on_request, false,
               "Refuse driver paths on --request endpoints");
  options.text("--driver-keys", config.driver_keys, "FILE",
               "File of the public CURVE keys that may connect to --driver endpoints, one a line; "
               "read again when it changes. Implies --drivers-apart");
  options.text("--public-key-copy", config.public_key_copy, "FILE",
               "File to write the store's public CURVE key to, for clients that may not look into "
               "the data directory");
  options.flag(
      "--new-root-key", config.new_root_key, true,
      "Make root.keys anew if the file is lost, or take another store's: tokens made before "
      "are void then");
  options.flag("--new-curve-key", config.new_curve_key, true,
               "Make curve.secret anew if the file is lost, or take another store's: clients need "
               "its new public key");
  options.number("--token-cache", config.token_cache, 0, UINT32_MAX,
                 "Tokens remembered as genuine; 0: each signature is checked each time");
  options.number("--connections-max", config.connections_max, 4, UINT32_MAX,
                 "Connections at the same time; beyond it the oldest that has said nothing is "
                 "closed. Fewer where the limit of open files asks for it");
  options.text("--audit", config.audit, "FILE",
               "File to add a line of JSON to for each change and each refused token");
}

void declare_databox(Options& options, Config& config) {
  options.group("Databox");
  options
      .text("--databox-arbiter", config.databox_arbiter, "ENDPOINT",
            "Arbiter of the databox that the store is in, whose tokens it takes then. --name is "
            "DATABOX_LOCAL_NAME there, --data is /database and --observe tcp://*:5556, unless they "
            "are given")
      ->envname("DATABOX_ARBITER_ENDPOINT");
  options.text("--databox-secrets", config.databox_secrets, "DIR",
               "Directory of ARBITER_TOKEN, ZMQ_PUBLIC_KEY and ZMQ_SECRET_KEY");
}

void declare_keeping(Options& options, Config& config) {
  options.group("Keeping");
  options.span("--journal-keep", config.journal_keep, seconds(1), jobq::kSpanMax,
               "How long turns stay in the journal at least");
  options.span("--events-keep", config.events_keep, seconds(1), jobq::kSpanMax,
               "How long watchers find events at least");
  options.number("--events-max", config.events_max, 1, UINT32_MAX,
                 "Events of a datasource that are kept at most, however young");
  options.span("--heartbeat", config.heartbeat, Span(50), seconds(60),
               "How long an idle status stream may be silent");
  options.number("--disk-reserve", config.disk_reserve_mib, 0, UINT32_MAX,
                 "MiB of disk to leave free: below, a submit is refused (507), and below a "
                 "quarter of it everything that changes something");
  options.flag("--accept-clock", config.accept_clock, true,
               "Take the clock's time at this start, however far it is ahead");
  options.flag("--accept-loss", config.accept_loss, true,
               "Start although turns that were written are lost, without them");
  options.number("--finished-max", config.limits.finished_max, 0, UINT32_MAX,
                 "Finished jobs kept at most; beyond it the oldest are forgotten early");
  options.number("--jobs-max", config.limits.jobs_live_max, 0, UINT32_MAX,
                 "Jobs that are not finished, at most; beyond it a submit is refused (507)");
  options.number("--jobs-per-token-max", config.limits.jobs_live_per_token_max, 0, UINT32_MAX,
                 "The same of those that were submitted with one token or copies of it; default: "
                 "three quarters of --jobs-max");
}

// Backups, and what is done instead of running.
void declare_care(Options& options, Config& config) {
  options.group("Care of a directory");
  options.text(
      "--verify", config.verify, "DIR",
      "Look at all data in DIR, on which no jobqd may run, and end: exit code 0 when it is "
      "sound, 1 when it is damaged, 2 when it cannot be looked at");
  options.text(
      "--backups", config.backups, "DIR",
      "Directory that `jobq admin backup NAME` puts backups into; made if it is not there. "
      "It holds keys, as --data does");
  options.text(
      "--restore", config.restore, "BACKUP",
      "Make the new directory of --data from BACKUP, which is DIR/NAME, verify it, and end");
}

// What holds for jobs and datasources that say nothing themselves.
void declare_defaults(Options& options, Limits& limits) {
  Defaults& to = limits.defaults;
  Terms& terms = to.terms;
  Backoff& backoff = *terms.backoff;
  options.group("Defaults");
  options.number("--priority", to.priority, 1, limits.priority_max, "Priority of jobs");
  options.number("--failures-max", terms.failures_max, 1, limits.failures_max,
                 "Failures until a job is failed");
  options.number("--lost-leases-max", terms.lost_leases_max, 1, limits.lost_leases_max,
                 "Lost leases until a job is failed");
  options.number("--releases-max", terms.releases_max, 0, limits.releases_max,
                 "Releases until a job is failed; 0: any number");
  options.number(
      "--waiting-max", to.waiting_max, 0, UINT32_MAX,
      "Jobs that wait in a datasource; beyond it a submit is refused (429); 0: no limit");
  options.number("--waiting-per-client-max", to.waiting_per_client_max, 0, UINT32_MAX,
                 "The same for each client of a datasource");
  options.number("--running-max", to.running_max, 0, UINT32_MAX,
                 "Jobs of a datasource that run at the same time; 0: no limit");
  options.number("--backoff-factor-percent", backoff.factor_percent, 100,
                 limits.backoff_factor_percent_max, "Growth of the delay from failure to failure");
  options.number("--backoff-jitter-percent", backoff.jitter_percent, 0, 100,
                 "Part of the delay left to chance");
  options.span("--keep-for", terms.keep_for, Span(1), limits.span_max,
               "How long finished jobs stay readable");
  options.span("--valid-for", terms.valid_for, Span(0), limits.span_max,
               "Jobs not taken within it fail; 0: never");
  options.span("--timeout", terms.timeout, Span(0), limits.span_max,
               "How long one attempt may run; 0: any time");
  options.span("--slow-after", terms.slow_after, Span(0), limits.span_max,
               "Attempts that run longer are flagged; 0: none");
  options.span("--stall-after", terms.stall_after, Span(0), limits.span_max,
               "Attempts without progress for so long are flagged; 0: none");
  options.span("--defer-max", terms.defer_max, Span(0), limits.span_max,
               "A release later than this after the first start is final; 0: none");
  options.flag("--stall-fails", terms.stall_fails, true, "Attempts without progress fail instead");
  options.span("--lease", to.lease, limits.lease_min, limits.lease_max,
               "Lease of an accept that does not say");
  options.span("--cancel-grace", to.cancel_grace, Span(1), limits.cancel_grace_max,
               "How long a worker may take to cancel");
  options.span("--backoff-initial", backoff.initial, Span(0), limits.span_max,
               "Delay after the first failure");
  options.span("--backoff-max", backoff.max, Span(0), limits.span_max,
               "Greatest delay after a failure");
}

void declare(Options& options, Config& config) {
  options.text("--data", config.data, "DIR",
               "Directory for jobs and keys; made if it is not there");
  options.text("--name", config.name, "NAME", "Name of this store, for tokens' target caveats");
  options.text("--request", config.request_endpoints, "ENDPOINT",
               "Where clients and drivers connect, tcp://... or ipc://...; may be repeated");
  options.text("--driver", config.driver_endpoints, "ENDPOINT",
               "Where drivers only connect; may be repeated");
  options.text("--status", config.status_endpoints, "ENDPOINT",
               "Where the status streams are; may be repeated");
  options.text("--observe", config.observe_endpoints, "ENDPOINT",
               "Where databox's clients observe over Zest (docs/databox.md); may be repeated");
  options
      .text("--log-level", config.log_level, "LEVEL",
            "What to log on stderr: trace (each request), debug, info, warn or error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  options.flag("--log-json", config.log_json, true, "Log a JSON object a line");
  options.flag("--core-files", config.core_files, true,
               "Let a crash leave a core file, as ulimit -c has it: it holds secret keys and jobs");
  declare_access(options, config);
  declare_databox(options, config);
  declare_keeping(options, config);
  declare_care(options, config);
  declare_defaults(options, config.limits);
}

// What is not given has other defaults there.
void settle_databox(const CLI::App& app, Config& config) {
  if (config.databox_arbiter.empty()) {
    return;
  }
  const char* const name = std::getenv("DATABOX_LOCAL_NAME");
  if (app.get_option("--name")->empty()) {
    config.name = name == nullptr ? "" : name;
  }
  if (config.data.empty() && config.verify.empty()) {
    config.data = "/database";
  }
  if (config.observe_endpoints.empty()) {
    config.observe_endpoints = {"tcp://*:5556"};
  }
}

// The environment has one text for all; a path may have a space too.
void part(std::vector<std::string>& endpoints) {
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const std::string text = endpoints[i];
    const std::size_t next = std::min(text.find(" tcp://"), text.find(" ipc://"));
    if (next != std::string::npos) {
      endpoints[i] = text.substr(0, text.find_last_not_of(' ', next) + 1);
      endpoints.insert(endpoints.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                       text.substr(next + 1));
    }
  }
}

std::string wrong_with_endpoints(const Config& config) {
  std::map<std::string, std::string> taken;  // what each is, and the option that says so
  for (const auto& [option, endpoints] : {std::pair("--request", &config.request_endpoints),
                                          std::pair("--driver", &config.driver_endpoints),
                                          std::pair("--status", &config.status_endpoints),
                                          std::pair("--observe", &config.observe_endpoints)}) {
    for (const std::string& endpoint : *endpoints) {
      const std::string place = std::string(option) + ": endpoint " + endpoint + ": ";
      if (const std::string wrong = wrong_with_endpoint(endpoint, config.curve); !wrong.empty()) {
        return place + wrong;
      }
      const std::string identity = identity_of_endpoint(endpoint);
      const auto [other, is_new] = taken.emplace(identity, option);
      if (!is_new && !identity.empty()) {
        return place + "given twice, by " + other->second + " too; each needs one of its own";
      }
    }
  }
  return {};
}

// For people; empty if nothing is wrong.
std::string wrong_with(const Config& config) {
  const Backoff& backoff = *config.limits.defaults.terms.backoff;
  if (config.data.empty() == config.verify.empty()) {
    return config.data.empty() ? "--data is required" : "--verify DIR: goes without --data";
  }
  if (backoff.max < backoff.initial) {
    return "--backoff-max: must not be below --backoff-initial";
  }
  if (config.name.empty()) {
    return "DATABOX_LOCAL_NAME or --name is required, by which the arbiter knows the store";
  }
  if (!config.curve && !config.databox_arbiter.empty()) {
    return "--no-curve: goes without --databox-arbiter, whose clients need CURVE";
  }
  if (!config.curve && !config.driver_keys.empty()) {
    return "--driver-keys: without CURVE there are no keys to look at";
  }
  return wrong_with_endpoints(config);
}

}  // namespace

ParsedConfig parse_config(int argc, const char* const* argv) {
  ParsedConfig parsed;
  Config& config = parsed.config;
  CLI::App app(
      "The store: a durable, secure job queue in one directory.\n"
      "The first start makes the directory and its keys and prints how to reach the store.\n"
      "Each option can be given by the environment too: --journal-keep as JOBQ_JOURNAL_KEEP, and\n"
      "several endpoints with spaces between them.",
      "jobqd");
  app.set_version_flag("--version", JOBQ_VERSION);
  Options options(app);
  declare(options, config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = app.exit(error) == 0 ? 0 : 2;
    return parsed;
  }
  settle_databox(app, config);
  for (auto* endpoints : {&config.request_endpoints, &config.driver_endpoints,
                          &config.status_endpoints, &config.observe_endpoints}) {
    part(*endpoints);
  }
  if (const std::string wrong = wrong_with(config); !wrong.empty()) {
    std::cerr << "jobqd: " << wrong << '\n';
    parsed.exit_code = 2;
    return parsed;
  }
  // Or whoever is not on the list would go to the other door.
  config.drivers_on_request = config.drivers_on_request && config.driver_keys.empty();
  parsed.run = true;
  return parsed;
}

}  // namespace store

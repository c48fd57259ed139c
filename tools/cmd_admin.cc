// jobq admin pause, resume, drain, config, datasources, stats, workers: datasources as an operator
// minds them.
#include "cmd_admin.h"

#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "config_options.h"
#include "failure.h"
#include "job_terms.h"
#include "job_view.h"
#include "jobq/admin.h"
#include "jobq/client.h"
#include "jobq/driver.h"
#include "json_fields.h"
#include "time_text.h"
#include "top_view.h"

namespace tools {
namespace {

struct DatasourceOptions {
  std::string datasource;
  bool as_driver = false;
};

struct ConfigCommand {
  DatasourceOptions datasource;
  ConfigOptions config;
};

void print_config(const jobq::DatasourceConfig& config, bool json) {
  if (json) {
    fmt::print("{}\n", to_text(fields_of(config)));
    return;
  }
  Table table({{}, {}});
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) table.add({{name, Style::kFaint}, {text}});
  };
  const auto span = [&](const char* name, jobq::Span span) {
    if (span != jobq::Span{}) add(name, exact_span_text(span));
  };
  const auto number = [&](const char* name, unsigned number) {
    if (number != 0) add(name, std::to_string(number));
  };
  const jobq::Terms& terms = config.terms;
  add("datasource", config.datasource);
  add("description", config.description);
  add("mode", std::string(jobq::to_string(config.mode)));
  number("priority", config.priority);
  span("valid-for", terms.valid_for);
  span("timeout", terms.timeout);
  number("failures-max", terms.failures_max);
  number("lost-leases-max", terms.lost_leases_max);
  number("releases-max", terms.releases_max);
  if (terms.backoff) add("backoff", backoff_text(*terms.backoff));
  span("keep-for", terms.keep_for);
  span("lease", config.lease);
  span("cancel-grace", config.cancel_grace);
  number("waiting-max", config.waiting_max);
  number("waiting-per-client-max", config.waiting_per_client_max);
  number("running-max", config.running_max);
  for (const jobq::Weight& weight : config.weights) {
    add("weight", fmt::format("{}={}", weight.client, weight.weight));
  }
  for (const jobq::Cost& cost : config.costs) {
    add("cost", fmt::format("{}={}", cost.function, cost.cost));
  }
  fmt::print("{}", table.render(look_of(stdout)));
}

using SetMode = jobq::DatasourceConfig (jobq::Admin::*)(const std::string&);

int run_mode(SetMode set, const std::string& datasource, const ConnectionOptions& common) {
  jobq::Admin admin(common.connection());
  const jobq::DatasourceConfig config = (admin.*set)(datasource);
  if (common.json) {
    fmt::print("{}\n", to_text(fields_of(config)));
  } else {
    fmt::print("{}\n", jobq::to_string(config.mode));
  }
  return kOk;
}

// With the calls of either right.
template <class Calls>
int run_config(Calls calls, const ConfigCommand& command, bool json) {
  const std::string& name = command.datasource.datasource;
  if (!command.config.has_any()) {
    print_config(calls.config(name), json);
    return kOk;
  }
  jobq::DatasourceConfig config;
  try {
    config = calls.config(name);
  } catch (const jobq::Refused& refused) {
    if (refused.code() != 404) throw;  // it is not there yet: this makes it
  }
  config.datasource = name;
  command.config.apply(config);
  print_config(calls.configure(config), json);
  return kOk;
}

jobq::Time store_time(const ConnectionOptions& common) {
  return jobq::Client(common.connection()).store_status().now;
}

int run_datasources(const ConnectionOptions& common) {
  const auto all = jobq::Admin(common.connection()).stats();
  if (common.json) {
    for (const jobq::DatasourceStats& stats : all) fmt::print("{}\n", to_text(fields_of(stats)));
    return kOk;
  }
  Table table({{"DATASOURCE"},
               {"MODE"},
               {"READY", true},
               {"DELAYED", true},
               {"RUNNING", true},
               {"FINISHED", true},
               {"CLIENTS", true}});
  for (const jobq::DatasourceStats& stats : all) {
    table.add({{stats.datasource},
               {std::string(jobq::to_string(stats.mode))},
               {std::to_string(stats.ready)},
               {std::to_string(stats.delayed)},
               {std::to_string(stats.running)},
               {std::to_string(stats.finished)},
               {std::to_string(stats.clients)}});
  }
  fmt::print("{}", table.render(look_of(stdout)));
  return kOk;
}

int run_stats(const DatasourceOptions& options, const ConnectionOptions& common) {
  const jobq::Connection connection = common.connection();
  const Look look = look_of(stdout);
  if (options.datasource.empty()) {
    if (options.as_driver) throw UsageError("--driver needs a DSID");
    const auto all = jobq::Admin(connection).stats();
    if (!common.json) fmt::print("{}", totals_view(all, look));
    if (!common.json) return kOk;
    for (const jobq::DatasourceStats& stats : all) fmt::print("{}\n", to_text(fields_of(stats)));
    return kOk;
  }
  const jobq::DatasourceStats stats = options.as_driver
                                          ? jobq::Driver(connection).stats(options.datasource)
                                          : jobq::Admin(connection).stats(options.datasource);
  if (common.json) {
    fmt::print("{}\n", to_text(fields_of(stats)));
  } else {
    fmt::print("{}", function_totals_view(stats, store_time(common), look));
  }
  return kOk;
}

int run_workers(const DatasourceOptions& options, const ConnectionOptions& common) {
  const jobq::Connection connection = common.connection();
  const auto workers = options.as_driver ? jobq::Driver(connection).workers(options.datasource)
                                         : jobq::Admin(connection).workers(options.datasource);
  if (common.json) {
    for (const jobq::WorkerStatus& worker : workers) {
      fmt::print("{}\n", to_text(fields_of(worker)));
    }
  } else {
    fmt::print("{}", workers_view(workers, store_time(common), look_of(stdout)));
  }
  return kOk;
}

void add_mode(Program& program, CLI::App& parent, const Program::Words& words, SetMode set) {
  auto options = std::make_shared<DatasourceOptions>();
  CLI::App* command = program.add(
      words,
      [set, options, &program] { return run_mode(set, options->datasource, program.common); },
      parent);
  command->add_option("DSID", options->datasource, "Datasource")->required();
}

CLI::App* add_datasource(CLI::App* command, DatasourceOptions& options) {
  auto* datasource = command->add_option("DSID", options.datasource, "Datasource");
  datasource->required();
  command->add_flag("--driver", options.as_driver, "With a driver's token");
  return command;
}

void add_looks(Program& program, CLI::App& parent) {
  (void)program.add(
      {"datasources", "Datasources", "List all, with how many jobs they have",
       "  jobq admin datasources --token-file operator.token"},
      [&program] { return run_datasources(program.common); }, parent);

  auto stats = std::make_shared<DatasourceOptions>();
  CLI::App* command = program.add(
      {"stats", "Datasources", "What was counted: runs, errors, times; of one by function",
       "  jobq admin stats --token-file operator.token\n"
       "  jobq admin stats scan --driver --token-file scan.token\n\n"
       "RUNS are attempts; ERRORS those that failed, timed out or lost their lease; MEAN WAIT is\n"
       "from when a job could run until it was accepted."},
      [stats, &program] { return run_stats(*stats, program.common); }, parent);
  command->add_option("DSID", stats->datasource, "Only this datasource; default: all");
  command->add_flag("--driver", stats->as_driver, "With a driver's token");

  auto workers = std::make_shared<DatasourceOptions>();
  add_datasource(
      program.add(
          {"workers", "Datasources", "Who works for a datasource, on what, last heard when",
           "  jobq admin workers scan --token-file operator.token"},
          [workers, &program] { return run_workers(*workers, program.common); }, parent),
      *workers);
}

}  // namespace

void add_admin(Program& program) {
  CLI::App* admin =
      program.add_parent({"admin", "Store", "Mind datasources and their jobs, as an operator",
                          "  jobq mint --data DIR --operator --expires 1d > operator.token\n"
                          "  jobq admin pause scan --token-file operator.token\n"
                          "  jobq admin config scan --running-max 8 --timeout 10m\n"
                          "  jobq admin redrive scan --function ocr"});
  add_mode(
      program, *admin,
      {"pause", "Datasources", "Hand out no jobs; what runs goes on", "  jobq admin pause scan"},
      &jobq::Admin::pause);
  add_mode(program, *admin,
           {"resume", "Datasources", "End a pause or a drain", "  jobq admin resume scan"},
           &jobq::Admin::resume);
  add_mode(program, *admin,
           {"drain", "Datasources", "Take in no jobs (503); hand out those that are there",
            "  jobq admin drain scan"},
           &jobq::Admin::drain);

  auto config = std::make_shared<ConfigCommand>();
  CLI::App* command = program.add(
      {"config", "Datasources", "Show how a datasource is configured, or change it",
       "  jobq admin config scan\n"
       "  jobq admin config scan --waiting-max 10000 --waiting-per-client-max 1000\n"
       "  jobq admin config scan --running-max 8 --weight alice=3 --weight bob=2\n"
       "  jobq admin config scan --timeout 0 --driver --token-file scan.token\n\n"
       "Changes what is given and leaves the rest; makes the datasource when it is new. 0 or ''\n"
       "takes an option back to the store's default. Jobs that are there keep their terms."},
      [config, &program] {
        const jobq::Connection connection = program.common.connection();
        return config->datasource.as_driver
                   ? run_config(jobq::Driver(connection), *config, program.common.json)
                   : run_config(jobq::Admin(connection), *config, program.common.json);
      },
      *admin);
  add_datasource(command, config->datasource);
  config->config.declare(command);

  add_looks(program, *admin);
  add_admin_job(program, *admin);
  add_admin_token(program, *admin);
}

}  // namespace tools

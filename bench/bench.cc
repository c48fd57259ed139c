// jobq-bench: measures a store of its own over the public libraries. Load and store share the
// machine: figures are for comparison on the same one.

#include <fmt/core.h>
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "scenarios.h"

namespace bench {
namespace {

struct Settings {
  Options options;
  std::vector<std::string> only;
  std::vector<std::string> compared;  // two stores
  unsigned runs = 5;
  bool is_json = false;
};

std::vector<std::pair<std::string, std::string>> machine(const Options& options) {
  utsname system{};
  uname(&system);
  std::ifstream info("/proc/cpuinfo");
  std::string model;
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  }
  return {{"cores", std::to_string(std::thread::hardware_concurrency())},
          {"CPU", model},
          {"Linux", system.release},
          {"build", JOBQ_BUILD_TYPE},
          {"link", std::string(options.tcp ? "tcp" : "ipc") + (options.curve ? ", CURVE" : "")},
          {"durability", "every answer is on disk (fsync)"},
          {"request bytes", std::to_string(options.request_bytes)},
          {"seconds", std::to_string(options.seconds)},
          {"directory", options.directory}};
}

std::vector<const Scenario*> wanted(const Settings& settings) {
  std::vector<const Scenario*> all;
  for (const Scenario& scenario : scenarios()) {
    const bool is_named =
        std::find(settings.only.begin(), settings.only.end(), scenario.name) != settings.only.end();
    if (settings.only.empty() ? scenario.is_default : is_named) {
      all.push_back(&scenario);
    }
  }
  return all;
}

// The stores in turn, so that what else the machine does meets both.
void compare(const Settings& settings) {
  for (const Scenario* scenario : wanted(settings)) {
    std::array<std::vector<Rows>, 2> runs;
    for (unsigned run = 0; run < settings.runs; ++run) {
      for (std::size_t i = 0; i < runs.size(); ++i) {
        Options options = settings.options;
        options.jobqd = settings.compared.at(i);
        runs[i].push_back(scenario->measure(options));
      }
    }
    print_comparison(medians(runs[0]), medians(runs[1]));
  }
}

void measure(const Settings& settings) {
  Rows all;
  for (const Scenario* scenario : wanted(settings)) {
    const Rows rows = scenario->measure(settings.options);
    if (!settings.is_json) {
      print_table(rows);
    }
    all.insert(all.end(), rows.begin(), rows.end());
  }
  if (settings.is_json) {
    std::string about;
    for (const auto& [name, value] : machine(settings.options)) {
      about += fmt::format("{}\"{}\": \"{}\"", about.empty() ? "" : ", ", name, value);
    }
    fmt::print("{{\"machine\": {{{}}}, \"rows\": {}}}\n", about, to_json(all));
  }
}

void run(const Settings& settings) {
  if (!settings.is_json) {
    for (const auto& [name, value] : machine(settings.options)) {
      fmt::print("{}: {}\n", name, value);
    }
    std::fflush(stdout);
  }
  if (settings.compared.empty()) {
    measure(settings);
  } else {
    compare(settings);
  }
}

std::string footer() {
  std::string text = "Scenarios (* without --only):";
  for (const Scenario& scenario : scenarios()) {
    text += fmt::format("\n  {:<12}{} {}", scenario.name, scenario.is_default ? '*' : ' ',
                        scenario.what);
  }
  return text;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Settings settings;
  bench::Options& options = settings.options;
  CLI::App app("Measures a store of its own over the public libraries.", "jobq-bench");
  app.footer(bench::footer());
  app.add_option("--jobqd", options.jobqd, "The store to run")->capture_default_str();
  app.add_option("--compare", settings.compared,
                 "Two stores to run in turn: prints the medians of --runs, and their ratio")
      ->expected(2);
  app.add_option("--runs", settings.runs, "Runs of each store for --compare")
      ->capture_default_str();
  app.add_option("--directory", options.directory, "Where its data goes: a real disk, not tmpfs")
      ->capture_default_str();
  app.add_flag("--tcp", options.tcp, "Loopback tcp instead of ipc");
  app.add_flag("!--no-curve", options.curve, "Without encryption");
  app.add_option("--seconds", options.seconds, "Length of each measurement")->capture_default_str();
  app.add_option("--request-bytes", options.request_bytes, "Size of a request")
      ->capture_default_str();
  std::vector<std::string> names;
  for (const bench::Scenario& scenario : bench::scenarios()) {
    names.emplace_back(scenario.name);
  }
  app.add_option("--only", settings.only, "Just these measurements")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_option("--backlog", options.backlog, "Waiting jobs for --only backlog")
      ->capture_default_str();
  app.add_option("--churn", options.churn, "Jobs for --only churn")->capture_default_str();
  app.add_option("--churn-round", options.churn_round, "After how many it looks at the store")
      ->capture_default_str();
  app.add_option("--rate", options.rate, "Jobs a second for --only paced")->capture_default_str();
  app.add_flag("--json", settings.is_json, "Print JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    bench::run(settings);
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "jobq-bench: {}\n", failure.what());
    return 1;
  }
}

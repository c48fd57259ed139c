// jobq state: what functions keep between runs.
#include "job_calls.h"
#include "job_view.h"
#include "jobq/admin.h"
#include "output.h"
#include "program.h"
#include "show_whole.h"
#include "utf8.h"

namespace tools {
namespace {

std::string table_of(const std::vector<jobq::StateOfFunction>& states, jobq::Time now) {
  Table table({{"FUNCTION", false, 0, Narrow::kMiddle}, {"VALUES", true}, {"CHANGED"}});
  for (const auto& one : states) {
    table.add({{one.function, Style::kPlain},
               {std::to_string(one.count), Style::kPlain},
               {moment(one.changed_at, now), Style::kPlain}});
  }
  return table.render(display_of(stdout));
}

std::string lines_of(const jobq::StateOfFunction& state) {
  std::string lines;
  for (const auto& [name, value] : state.values) {
    lines.append(printable(name)).append("=").append(printable(value)).append("\n");
  }
  return lines;
}

struct StateOptions : DatasourceOptions {
  std::string function;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.text("FUNCTION", function, "The function");
  }

  int change(const ConnectionOptions& common, jobq::ChangeState wanted) const {
    wanted.function = function;
    const auto state = jobq::Driver(common.connection()).change_state(datasource, wanted);
    return show_whole(common, state, lines_of(state));
  }
};

struct Show : DatasourceOptions {
  static constexpr Words kWords{"show", "State",
                                "Show what a function keeps, or list the functions that do",
                                "  jobq state show scan --token-file scan.token\n"
                                "  jobq state show scan ocr --token-file scan.token\n"
                                "  jobq state show scan ocr --operator --json"};

  std::string function;
  bool as_operator = false;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.text("[FUNCTION]", function, "The function");
    options.flag("--operator", as_operator, "With an operator's token instead of a driver's");
  }

  int run(const ConnectionOptions& common) const {
    const auto connection = common.connection();
    const auto ask = [&](const jobq::StateQuery& query) {
      return as_operator ? jobq::Admin(connection).state(datasource, query)
                         : jobq::Driver(connection).state(datasource, query);
    };
    if (!function.empty()) {
      const auto page = ask({.function = function});
      const jobq::StateOfFunction state =
          page.states.empty() ? jobq::StateOfFunction{.function = function} : page.states.front();
      return show_whole(common, state, lines_of(state));
    }
    std::vector<jobq::StateOfFunction> all;
    for (bool is_end = false; !is_end;) {
      auto page = ask({.after = all.empty() ? "" : all.back().function, .limit = kPageMax});
      is_end = page.is_end || page.states.empty();
      std::move(page.states.begin(), page.states.end(), std::back_inserter(all));
    }
    return show_all(common, all, [&] { return table_of(all, StoreClock(connection).now()); });
  }
};

struct Set : StateOptions {
  static constexpr Words kWords{"set", "State", "Give a function values",
                                "  jobq state set scan ocr page=1 lang=en --token-file scan.token"};

  std::vector<std::string> values;

  void declare(Options& options) {
    StateOptions::declare(options);
    Options::require(options.rest("NAME=VALUE", values, "What it keeps from now on"));
  }

  int run(const ConnectionOptions& common) const {
    jobq::ChangeState wanted;
    for (const std::string& one : values) {
      const std::size_t sign = one.find('=');
      if (sign == std::string::npos || sign == 0 || sign + 1 == one.size()) {
        throw UsageError("'" + printable(one) + "': NAME=VALUE is expected");
      }
      wanted.changes.push_back({.name = one.substr(0, sign), .value = one.substr(sign + 1)});
    }
    return change(common, std::move(wanted));
  }
};

struct Remove : StateOptions {
  static constexpr Words kWords{"remove", "State", "Forget values of a function, or all of them",
                                "  jobq state remove scan ocr page --token-file scan.token\n"
                                "  jobq state remove scan ocr --all --token-file scan.token"};

  std::vector<std::string> names;
  bool all = false;

  void declare(Options& options) {
    StateOptions::declare(options);
    options.rest("NAME", names, "Of the values");
    options.flag("--all", all, "All that it keeps");
  }

  int run(const ConnectionOptions& common) const {
    if (names.empty() != all) throw UsageError("either names of values, or --all");
    jobq::ChangeState wanted{.removes_all = all};
    for (const std::string& name : names) {
      wanted.changes.push_back({.name = name, .how = jobq::ChangeHow::kRemove});
    }
    return change(common, std::move(wanted));
  }
};

}  // namespace

void add_state(Program& program) {
  CLI::App* state = program.add_parent(
      {"state", "Drivers", "What functions keep between runs: show, set, remove values",
       "  jobq state show scan ocr --token-file scan.token\n"
       "  jobq state set scan ocr page=1 --token-file scan.token\n\n"
       "Workers change it with the word that ends a job: jobq:state lines of `jobq work`, and\n"
       "--state and its like of `jobq update`."},
      program.app);
  program.add<Show, Set, Remove>(*state);
}

}  // namespace tools

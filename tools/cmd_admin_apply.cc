// jobq admin apply: has the store what a file says.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <thread>

#include "apply_plan.h"
#include "job_calls.h"
#include "jobq/admin.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "token_options.h"
#include "utf8.h"
#include "wanted_store.h"

namespace tools {
namespace {

constexpr const char* kSigns[] = {"+", "~", "-"};  // of ChangeKind

struct Apply {
  static constexpr Words kWords{
      "apply", "Datasources", "Have datasources, functions, schedules and names as a file says",
      "  jobq admin apply store.yml --dry-run\n"
      "  jobq admin apply store.yml --yes --prune\n"
      "  jobq admin apply store.yml --yes --follow\n"
      "  jobq admin apply config.yml --yes --users users --data DIR\n\n"
      "The file has datasources, functions, schedules and names (docs/operating.md), or is\n"
      "JobEngine's config.yml. The plan is shown first: + is made, ~ is changed, - is gone from\n"
      "the file. Without --prune what is gone from the file stays. Names go with --users and "
      "--data\n"
      "into a file for jobq-http. A file that is not there is made, with JobEngine's defaults and\n"
      "without queues. Functions and schedules need a token for the paths of drivers and of\n"
      "clients too (`jobq mint --unlimited`); schedules have its rights."};

  std::string file;
  bool is_dry = false;
  bool is_sure = false;
  bool prunes = false;
  bool follows = false;
  std::string users_file;
  std::string data;

  void declare(Options& options) {
    options.text("FILE", file, "YAML; -: standard input");
    auto* dry = options.flag("--dry-run", is_dry, "Show the plan alone");
    auto* yes = options.flag("--yes", is_sure, "Do it, without asking");
    Options::exclude(yes, dry);
    Options::need(options.flag("--follow", follows, "And again whenever the file has changed"),
                  yes);
    options.flag("--prune", prunes, "Also remove what is gone from the file, with its jobs");
    auto* users = options.text("--users FILE", users_file, "Where names and their tokens go");
    auto* keys = declare_data(options, data, "Data directory of the store, for tokens");
    Options::need(users, keys);
  }

  int run(const ConnectionOptions& common) const {
    if (!follows) return apply_file(common);
    if (file == "-") throw UsageError("--follow: takes a file, not standard input");
    follow(common);
  }

 private:
  // What is wrong with a file is said once; a store that does not answer is asked again.
  [[noreturn]] void follow(const ConnectionOptions& common) const {
    std::string applied;
    std::string said;
    const auto say_once = [&said](const std::string& trouble) {
      if (trouble != said) say("jobq: {}\n", printable(trouble));
      said = trouble;
    };
    for (;; std::this_thread::sleep_for(std::chrono::seconds(1))) {
      try {
        const std::string text = read_input(file, kStoreFileBytesMax);
        if (text == applied) continue;
        applied = text;
        apply_text(common, text);
        said.clear();
        std::fflush(stdout);
      } catch (const jobq::Unreachable& unreachable) {
        applied.clear();
        say_once(unreachable.what());
      } catch (const std::exception& error) {
        say_once(error.what());
      }
    }
  }

  int apply_file(const ConnectionOptions& common) const {
    if (file != "-" && !is_dry && !std::filesystem::exists(file)) {
      write_default_store_file(file);
      say("jobq: {}: there was none, now there is one without queues\n", file);
      return kOk;
    }
    return apply_text(common, read_input(file, kStoreFileBytesMax));
  }

  int apply_text(const ConnectionOptions& common, const std::string& text) const {
    const WantedStore wanted = read_wanted_store(file, text);
    Users users;
    Plan plan = plan_of_store(common.connection(), wanted);
    if (wanted.names && !users_file.empty()) {
      if (std::filesystem::exists(users_file)) users = read_users(users_file);
      Plan names = plan_of_names(*wanted.names, users, data);
      std::move(names.begin(), names.end(), std::back_inserter(plan));
    }
    for (PlannedChange& change : plan) {
      if (change.kind == ChangeKind::kRemove && !prunes) change.apply = nullptr;
    }
    tell(common, wanted, plan);
    const bool has_any = std::any_of(plan.begin(), plan.end(),
                                     [](const auto& change) { return bool(change.apply); });
    if (is_dry || !has_any || !wants()) return kOk;
    return apply(common, plan, users);
  }

  void tell(const ConnectionOptions& common, const WantedStore& wanted, const Plan& plan) const {
    for (const std::string& note : wanted.notes) say("jobq: note: {}\n", printable(note));
    if (wanted.names && !wanted.names->empty() && users_file.empty()) {
      say("jobq: note: names need --users FILE and --data DIR\n");
    }
    if (common.json && !is_dry) return;
    for (const PlannedChange& change : plan) {
      show(common, json_of(change, bool(change.apply), "planned"), [&] { return line_of(change); });
    }
    if (plan.empty() && !common.json) print("nothing to do\n");
    std::fflush(stdout);
  }

  static std::string line_of(const PlannedChange& change) {
    std::string line = fmt::format("{} {} {}", kSigns[static_cast<std::size_t>(change.kind)],
                                   change.what, change.name);
    if (!change.detail.empty()) line += ": " + change.detail;
    if (change.kind == ChangeKind::kRemove) {
      line += change.apply ? "; all of it is lost" : "; stays without --prune";
    }
    return printable(line) + "\n";
  }

  static Json json_of(const PlannedChange& change, bool value, const char* name) {
    Json json = {
        {"change", jobq::to_string(change.kind)}, {"what", change.what}, {"name", change.name}};
    if (!change.detail.empty()) json["detail"] = change.detail;
    if (change.kind == ChangeKind::kRemove) json["jobs"] = change.jobs;
    json[name] = value;
    return json;
  }

  // --yes, or a person says so.
  [[nodiscard]] bool wants() const {
    if (is_sure) return true;
    if (file == "-" || ::isatty(STDIN_FILENO) == 0) {
      throw UsageError("nothing is done yet; to do it: --yes");
    }
    say("do it? [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
  }

  // One that is refused keeps no other from being done.
  int apply(const ConnectionOptions& common, const Plan& plan, const Users& users) const {
    int code = kOk;
    std::size_t done = 0;
    for (const PlannedChange& change : plan) {
      bool is_done = bool(change.apply);
      try {
        if (is_done) change.apply();
      } catch (const jobq::Refused& refused) {
        is_done = false;
        code = exit_code_of_refusal(refused.code());
        say("jobq: {} {}: {}\n", change.what, printable(change.name),
            refusal_text(refused.code(), refused.what(), refused.retry_after()));
      }
      done += is_done;
      if (common.json) print_json(to_text(json_of(change, is_done, "done")));
    }
    if (!users_file.empty()) write_users(users_file, users);
    if (!common.json) print("{} done\n", done);
    return code;
  }
};

}  // namespace

void add_admin_apply(Program& program, CLI::App& parent) { program.add<Apply>(parent); }

}  // namespace tools

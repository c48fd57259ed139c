#include "apply_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "erase_datasource.h"
#include "jobq/admin.h"
#include "jobq/function_client.h"
#include "jobq/schedule_client.h"
#include "json_text.h"
#include "json_values.h"
#include "output.h"

namespace tools {
namespace {

constexpr std::size_t kValueBytesMax = 60;  // of what is shown of a value

void flatten(const Json& value, const std::string& name, std::map<std::string, std::string>& flat) {
  if (!value.is_object()) {
    flat[name] = value.dump();
    return;
  }
  for (const auto& [key, member] : value.items()) {
    flatten(member, name.empty() ? key : fmt::format("{}.{}", name, key), flat);
  }
}

std::string shortened(std::string text) {
  if (text.size() > kValueBytesMax) text = text.substr(0, kValueBytesMax - 3) + "...";
  return text;
}

// Fields that differ, by their names: "runningMax: 8 -> 4, terms.timeoutMs: 60000". Empty: none do.
std::string differences(const Json& before, const Json& after) {
  std::map<std::string, std::string> old_fields;
  std::map<std::string, std::string> new_fields;
  flatten(before, "", old_fields);
  flatten(after, "", new_fields);
  std::string text;
  const auto tell = [&](const std::string& name, const std::string& change) {
    text += (text.empty() ? "" : ", ") + name + ": " + change;
  };
  for (const auto& [name, value] : new_fields) {
    const auto old = old_fields.find(name);
    if (old == old_fields.end()) {
      tell(name, shortened(value));
    } else if (old->second != value) {
      tell(name, shortened(old->second) + " -> " + shortened(value));
    }
    old_fields.erase(name);
  }
  for (const auto& [name, value] : old_fields) tell(name, shortened(value) + " -> none");
  return text;
}

template <class Value>
Json whole_json(const Value& value) {
  std::string text;
  jobq::append_json(text, value);
  return Json::parse(text);
}

Json comparable(const jobq::DatasourceConfig& config) {
  Json json = whole_json(config);
  for (const char* other : {"datasource", "mode", "item"}) json.erase(other);
  return json;
}

bool is_among(const std::vector<jobq::DatasourceStats>& all, const std::string& datasource) {
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& one) { return one.datasource == datasource; });
}

PlannedChange add_or_change(const char* what, const std::string& name, bool is_new,
                            const std::string& detail) {
  return {.kind = is_new ? ChangeKind::kAdd : ChangeKind::kChange,
          .what = what,
          .name = name,
          .detail = detail};
}

class StorePlan {
 public:
  explicit StorePlan(const jobq::Connection& connection) : connection_(connection) {}

  Plan take() { return std::move(plan_); }

  void add_datasource(const std::string& name, const WantedDatasource& wanted, bool is_new) {
    jobq::Admin admin(connection_);
    const Json before = is_new ? Json::object() : comparable(admin.config(name));
    const std::string detail = differences(before, comparable(wanted.config));
    if (is_new || !detail.empty()) {
      add(add_or_change("datasource", name, is_new, detail),
          [connection = connection_, config = wanted.config] {
            static_cast<void>(jobq::Admin(connection).configure(config));
          });
    }
    if (wanted.functions) add_functions(name, *wanted.functions, is_new);
    if (wanted.schedules) add_schedules(name, *wanted.schedules, is_new);
  }

  void remove_datasource(const jobq::DatasourceStats& stats) {
    const std::uint64_t waiting = stats.ready + stats.delayed;
    PlannedChange change{.kind = ChangeKind::kRemove,
                         .what = "datasource",
                         .name = stats.datasource,
                         .detail = fmt::format("{} jobs that wait, {} that run, {} that have ended",
                                               waiting, stats.running, stats.finished),
                         .jobs = waiting + stats.running + stats.finished};
    add(std::move(change), [connection = connection_, stats] { erase(connection, stats); });
  }

 private:
  // One whose jobs run is left as it was.
  static void erase(const jobq::Connection& connection, const jobq::DatasourceStats& stats) {
    jobq::Admin admin(connection);
    admin.pause(stats.datasource);
    admin.drain(stats.datasource);
    if (const auto running = admin.stats(stats.datasource).running; running > 0) {
      if (stats.mode == jobq::Mode::kRunning) admin.resume(stats.datasource);
      throw jobq::Refused(409, fmt::format("{} jobs are running; wait for them, or `jobq admin "
                                           "drop {} --yes --force`",
                                           running, stats.datasource));
    }
    erase_datasource(admin, stats.datasource, [](const jobq::BulkStep&) {});
  }

  void add(PlannedChange change, std::function<void()> apply) {
    change.apply = std::move(apply);
    plan_.push_back(std::move(change));
  }

  void add_functions(const std::string& datasource, const std::vector<jobq::Function>& wanted,
                     bool is_new) {
    std::map<std::string, jobq::Function> known;
    if (!is_new) known = known_functions(datasource);
    for (const jobq::Function& function : wanted) {
      const auto found = known.find(function.name);
      const bool is_added = found == known.end();
      const Json before = is_added ? Json::object() : whole_json(found->second);
      const std::string detail = differences(before, whole_json(function));
      if (!is_added) known.erase(found);
      if (!is_added && detail.empty()) continue;
      add(add_or_change("function", datasource + "/" + function.name, is_added, detail),
          [connection = connection_, datasource, function] {
            static_cast<void>(jobq::FunctionClient(connection).put(datasource, function));
          });
    }
    for (const auto& [name, function] : known) {
      add({.kind = ChangeKind::kRemove,
           .what = "function",
           .name = fmt::format("{}/{}", datasource, name)},
          [connection = connection_, datasource, name = name] {
            static_cast<void>(jobq::FunctionClient(connection).remove(datasource, name));
          });
    }
  }

  std::map<std::string, jobq::Function> known_functions(const std::string& datasource) const {
    std::map<std::string, jobq::Function> known;
    jobq::FunctionQuery query{.is_whole = true};
    do {
      const auto page = jobq::FunctionClient(connection_).registered(datasource, query);
      for (const auto& one : page.functions) known[one.function.name] = one.function;
      query.cursor = page.cursor;
    } while (!query.cursor.empty());
    return known;
  }

  // Those of the clients that the file names: others' are not the file's.
  void add_schedules(const std::string& datasource,
                     const std::map<std::string, jobq::Schedule>& wanted, bool is_new) {
    std::map<std::string, jobq::Schedule> known;
    if (!is_new) known = known_schedules(datasource, wanted);
    for (const auto& [name, schedule] : wanted) {
      const auto found = known.find(name);
      const bool is_added = found == known.end();
      const Json before = is_added ? Json::object() : whole_json(found->second);
      const std::string detail = differences(before, whole_json(schedule));
      if (!is_added) known.erase(found);
      if (!is_added && detail.empty()) continue;
      add(add_or_change("schedule", fmt::format("{}/{}", datasource, name), is_added, detail),
          [connection = connection_, datasource, name = name, schedule = schedule] {
            const jobq::ScheduleAddress address{datasource, name, schedule.job.client};
            static_cast<void>(jobq::ScheduleClient(connection).add(address, schedule));
          });
    }
    for (const auto& [name, schedule] : known) {
      add({.kind = ChangeKind::kRemove,
           .what = "schedule",
           .name = fmt::format("{}/{}", datasource, name)},
          [connection = connection_, datasource, name = name, client = schedule.job.client] {
            const jobq::ScheduleAddress address{datasource, name, client};
            static_cast<void>(jobq::ScheduleClient(connection).remove(address));
          });
    }
  }

  std::map<std::string, jobq::Schedule> known_schedules(
      const std::string& datasource, const std::map<std::string, jobq::Schedule>& wanted) const {
    std::set<std::string> clients;
    for (const auto& [name, schedule] : wanted) clients.insert(schedule.job.client);
    std::map<std::string, jobq::Schedule> known;
    jobq::ScheduleClient calls(connection_);
    for (const std::string& client : clients) {
      std::string after;
      for (bool is_end = false; !is_end;) {
        const auto page = calls.list({datasource, {}, client}, after);
        is_end = page.is_end;
        for (const auto& one : page.schedules) {
          after = one.name;
          known[one.name] = calls.show({datasource, one.name, client}).schedule;
        }
      }
    }
    return known;
  }

  const jobq::Connection connection_;
  Plan plan_;
};

}  // namespace

Plan plan_of_store(const jobq::Connection& connection, const WantedStore& wanted) {
  if (!wanted.datasources) return {};
  const auto all = jobq::Admin(connection).stats();
  StorePlan plan(connection);
  for (const auto& [name, datasource] : *wanted.datasources) {
    plan.add_datasource(name, datasource, !is_among(all, name));
  }
  for (const jobq::DatasourceStats& stats : all) {
    if (!wanted.datasources->contains(stats.datasource)) plan.remove_datasource(stats);
  }
  return plan.take();
}

}  // namespace tools

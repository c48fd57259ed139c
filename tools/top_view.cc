#include "top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "json_fields.h"
#include "progress_bar.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

using jobq::Counters;

Style style_of(jobq::Mode mode) {
  return mode == jobq::Mode::kRunning ? Style::kPlain : Style::kBusy;
}

std::string age(jobq::Time since, jobq::Time now) {
  if (since == jobq::Time{}) return "-";
  return span_text(std::max(now - since, jobq::Span{}));
}

// Of `sum` over `count` attempts.
std::string mean(jobq::Span sum, std::uint64_t count) {
  if (count == 0) return "-";
  return span_text(sum / static_cast<jobq::Span::rep>(count));
}

// Empty names are told apart from columns that are empty by mistake.
std::string name_of(const std::string& function) { return function.empty() ? "(none)" : function; }

const jobq::DatasourceStats* find(const Sample& sample, const std::string& datasource) {
  const auto found =
      std::find_if(sample.datasources.begin(), sample.datasources.end(),
                   [&](const auto& stats) { return stats.datasource == datasource; });
  return found == sample.datasources.end() ? nullptr : &*found;
}

std::optional<Rates> rates_of(const Sample& before, const Sample& after,
                              const jobq::DatasourceStats& stats) {
  const jobq::DatasourceStats* old = find(before, stats.datasource);
  if (old == nullptr) return std::nullopt;
  return rates_between(old->total, stats.total, after.time - before.time);
}

std::optional<Rates> rates_of(const Sample& before, const Sample& after,
                              const jobq::DatasourceStats& stats,
                              const jobq::FunctionStats& function) {
  const jobq::DatasourceStats* old = find(before, stats.datasource);
  if (old == nullptr) return std::nullopt;
  const auto found =
      std::find_if(old->functions.begin(), old->functions.end(),
                   [&](const auto& other) { return other.function == function.function; });
  // A function that was not there has counted from zero since.
  const Counters counted = found == old->functions.end() ? Counters{} : found->total;
  return rates_between(counted, function.total, after.time - before.time);
}

void add_rates(std::vector<Field>& fields, const std::optional<Rates>& rates) {
  const auto part = [&](double Rates::*member) {
    return rate_text(rates ? std::optional((*rates).*member) : std::nullopt);
  };
  const bool has_errors = rates && rates->errors > 0;
  fields.push_back({{"SUBMIT/S", true, 3}, {part(&Rates::submitted)}});
  fields.push_back({{"DONE/S", true, 1}, {part(&Rates::complete)}});
  fields.push_back(
      {{"ERROR/S", true, 2}, {part(&Rates::errors), has_errors ? Style::kBad : Style::kPlain}});
}

void set_rates(Json& json, const std::optional<Rates>& rates) {
  if (!rates) return;
  Json& fields = json["perSecond"];
  fields["submitted"] = rates->submitted;
  fields["complete"] = rates->complete;
  fields["errors"] = rates->errors;
}

// Of the attempts that have ended by what their worker or the clock said.
std::string mean_run(const Counters& total, std::uint64_t running) {
  return mean(total.ran, total.runs - std::min(total.runs, running + total.lost));
}

std::vector<Field> total_fields(const char* title, const std::string& name, const Counters& total,
                                std::uint64_t running) {
  const auto bad = [](std::uint64_t count) { return count > 0 ? Style::kBad : Style::kPlain; };
  return {{{title, false, 0, Narrow::kMiddle}, {name}},
          {{"SUBMITTED", true, 1}, {std::to_string(total.submitted)}},
          {{"RUNS", true, 6}, {std::to_string(total.runs)}},
          {{"COMPLETE", true, 2}, {std::to_string(total.complete)}},
          {{"FAILED", true, 3}, {std::to_string(total.failed), bad(total.failed)}},
          {{"CANCELLED", true, 8}, {std::to_string(total.cancelled)}},
          {{"FORBIDDEN", true, 9}, {std::to_string(total.forbidden)}},
          {{"ERRORS", true, 4}, {std::to_string(total.errors), bad(total.errors)}},
          {{"RELEASES", true, 10}, {std::to_string(total.releases)}},
          {{"MEAN WAIT", true, 7}, {mean(total.waited, total.runs)}},
          {{"MEAN RUN", true, 5}, {mean_run(total, running)}}};
}

// The busiest first, what is not named any more last.
bool is_before(const jobq::FunctionStats& one, const jobq::FunctionStats& other) {
  const auto order = [](const jobq::FunctionStats& function) {
    return std::tuple(function.function == "(others)", UINT64_MAX - function.running,
                      UINT64_MAX - function.waiting, UINT64_MAX - function.total.runs);
  };
  return order(one) < order(other);
}

// A worker that runs a job or waits for one is heard of more often.
constexpr jobq::Span kSilentAfter = std::chrono::minutes(1);

bool is_gone(const jobq::WorkerStatus& worker, jobq::Time now) {
  return worker.running == 0 && !worker.is_waiting && now - worker.heard_at > kSilentAfter;
}

bool is_before(const jobq::WorkerStatus& one, const jobq::WorkerStatus& other) {
  const auto order = [](const jobq::WorkerStatus& worker) {
    return std::tuple(UINT64_MAX - worker.running, !worker.is_waiting,
                      jobq::Time::max() - worker.heard_at);
  };
  return order(one) < order(other);
}

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

std::optional<Rates> rates_between(const Counters& before, const Counters& after,
                                   jobq::Span passed) {
  if (passed <= jobq::Span{} || after.submitted < before.submitted ||
      after.complete < before.complete || after.errors < before.errors) {
    return std::nullopt;
  }
  const double seconds = std::chrono::duration<double>(passed).count();
  const auto rate = [&](std::uint64_t Counters::*member) {
    return static_cast<double>(after.*member - before.*member) / seconds;
  };
  return Rates{.submitted = rate(&Counters::submitted),
               .complete = rate(&Counters::complete),
               .errors = rate(&Counters::errors)};
}

std::string rate_text(const std::optional<double>& rate) {
  if (!rate) return "-";
  if (*rate == 0) return "0";
  return *rate < 9.95 ? fmt::format("{:.1f}", *rate) : fmt::format("{:.0f}", *rate);
}

std::string datasources_view(const Sample& before, const Sample& after, const Display& display,
                             std::size_t lines_max) {
  Table table;
  for (const jobq::DatasourceStats& stats : after.datasources) {
    std::vector<Field> fields = {
        {{"DATASOURCE", false, 0, Narrow::kMiddle}, {stats.datasource}},
        {{"MODE", false, 6}, {std::string(jobq::to_string(stats.mode)), style_of(stats.mode)}},
        {{"READY", true}, {std::to_string(stats.ready)}},
        {{"DELAYED", true, 7}, {std::to_string(stats.delayed)}},
        {{"RUNNING", true}, {std::to_string(stats.running)}}};
    add_rates(fields, rates_of(before, after, stats));
    fields.push_back({{"OLDEST", true, 4}, {age(stats.oldest_ready_at, after.time)}});
    fields.push_back({{"CLIENTS", true, 8}, {std::to_string(stats.clients)}});
    fields.push_back({{"IDLE WORKERS", true, 5}, {std::to_string(stats.workers_waiting)}});
    table.add_fields(std::move(fields));
  }
  return table.render(display, lines_max);
}

std::string functions_view(const Sample& before, const Sample& after, const Display& display,
                           std::size_t lines_max) {
  Table table;
  for (const jobq::DatasourceStats& stats : after.datasources) {
    std::vector<jobq::FunctionStats> functions = stats.functions;
    std::stable_sort(functions.begin(), functions.end(),
                     [](const auto& one, const auto& other) { return is_before(one, other); });
    for (const jobq::FunctionStats& function : functions) {
      std::vector<Field> fields = {
          {{"FUNCTION", false, 0, Narrow::kMiddle}, {name_of(function.function)}},
          {{"WAITING", true}, {std::to_string(function.waiting)}},
          {{"RUNNING", true}, {std::to_string(function.running)}}};
      add_rates(fields, rates_of(before, after, stats, function));
      const Counters& total = function.total;
      fields.push_back({{"OLDEST", true, 4}, {age(function.oldest_ready_at, after.time)}});
      fields.push_back({{"MEAN WAIT", true, 6}, {mean(total.waited, total.runs)}});
      fields.push_back({{"MEAN RUN", true, 5}, {mean_run(total, function.running)}});
      table.add_fields(std::move(fields));
    }
  }
  return table.is_empty() ? "" : table.render(display, lines_max);
}

std::string workers_view(const std::vector<jobq::WorkerStatus>& all, jobq::Time now,
                         const Display& display, std::size_t lines_max) {
  std::vector<jobq::WorkerStatus> workers;
  std::vector<std::string_view> ids;
  for (const jobq::WorkerStatus& worker : all) {
    if (is_gone(worker, now)) continue;
    workers.push_back(worker);
  }
  std::stable_sort(workers.begin(), workers.end(),
                   [](const auto& one, const auto& other) { return is_before(one, other); });
  for (const jobq::WorkerStatus& worker : workers) {
    for (const jobq::RunningJob& job : worker.leases) ids.push_back(job.lease.job);
  }
  const std::size_t id_width = display.width == 0 ? 0 : width_apart(ids, kNameWidthMin);
  Table table;
  for (const jobq::WorkerStatus& worker : workers) {
    std::string jobs;
    for (const jobq::RunningJob& job : worker.leases) {
      if (!jobs.empty()) jobs += ", ";
      jobs += shortened_middle(job.lease.job, id_width);
      if (job.progress > 0) jobs += fmt::format(" {} %", percent_of(job.progress));
      jobs += " for " + age(job.accepted_at, now);
      if (!job.function.empty()) jobs += " " + job.function;
    }
    if (worker.is_waiting) jobs += jobs.empty() ? "(waits for a job)" : ", waits for more";
    table.add_fields({{{"WORKER", false, 0, Narrow::kMiddle}, {worker.worker}},
                      {{"HEARD", false, 2}, {distance_text(worker.heard_at, now)}},
                      {{"RUNNING", true, 1}, {std::to_string(worker.running)}},
                      {{"JOBS"}, {jobs}}});
  }
  const std::string rest = workers.size() == all.size()
                               ? ""
                               : fmt::format("{} without a job, not heard of for a minute\n",
                                             all.size() - workers.size());
  if (lines_max > 0) lines_max -= std::min(lines_max - 1, lines_of(rest));
  return (table.is_empty() ? "" : table.render(display, lines_max)) + rest;
}

std::string sample_view(const Sample& before, const Sample& after, const Display& display,
                        std::size_t lines_max) {
  std::string text = datasources_view(before, after, display, lines_max);
  std::string workers = workers_view(after.workers, after.time, display);
  std::string functions = functions_view(before, after, display);
  // There is room for half of the workers at least.
  const std::size_t used = lines_of(text) + 2;
  if (lines_max > 0 && used + lines_of(functions) + lines_of(workers) > lines_max) {
    const std::size_t room = std::max<std::size_t>(lines_max, used + 4) - used;
    const std::size_t for_workers =
        std::min(lines_of(workers), std::max(room / 2, room - std::min(room, lines_of(functions))));
    functions = functions_view(before, after, display, room - for_workers);
    workers = workers_view(after.workers, after.time, display, for_workers);
  }
  for (const std::string& part : {functions, workers}) {
    if (!part.empty()) text += "\n" + part;
  }
  return text;
}

std::string totals_view(const std::vector<jobq::DatasourceStats>& datasources,
                        const Display& display) {
  Table table;
  for (const jobq::DatasourceStats& stats : datasources) {
    table.add_fields(total_fields("DATASOURCE", stats.datasource, stats.total, stats.running));
  }
  return table.render(display);
}

std::string function_totals_view(const jobq::DatasourceStats& datasource, jobq::Time now,
                                 const Display& display) {
  Table table;
  const auto add = [&](const std::string& name, const Counters& total, std::uint64_t waiting,
                       std::uint64_t running, jobq::Time oldest) {
    std::vector<Field> fields = total_fields("FUNCTION", name, total, running);
    fields.push_back({{"WAITING", true, 11}, {std::to_string(waiting)}});
    fields.push_back({{"RUNNING", true, 11}, {std::to_string(running)}});
    fields.push_back({{"OLDEST", true, 11}, {age(oldest, now)}});
    table.add_fields(std::move(fields));
  };
  for (const jobq::FunctionStats& function : datasource.functions) {
    add(name_of(function.function), function.total, function.waiting, function.running,
        function.oldest_ready_at);
  }
  add("(all)", datasource.total, datasource.ready + datasource.delayed, datasource.running,
      datasource.oldest_ready_at);
  return table.render(display);
}

Json sample_fields(const Sample& before, const Sample& after) {
  Json json;
  json["time"] = rfc3339(after.time);
  json["datasources"] = Json::array();
  for (const jobq::DatasourceStats& stats : after.datasources) {
    Json fields = fields_of(stats);
    set_rates(fields, rates_of(before, after, stats));
    for (std::size_t i = 0; i < stats.functions.size(); ++i) {
      set_rates(fields["functions"][i], rates_of(before, after, stats, stats.functions[i]));
    }
    json["datasources"].push_back(std::move(fields));
  }
  for (const jobq::WorkerStatus& worker : after.workers) {
    json["workers"].push_back(fields_of(worker));
  }
  return json;
}

}  // namespace tools

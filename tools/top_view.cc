#include "top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "job_view.h"
#include "json_fields.h"
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

// Of a datasource, or of one of its functions.
std::optional<Rates> rates_of(const Sample& before, const Sample& after,
                              const jobq::DatasourceStats& stats,
                              const jobq::FunctionStats* function = nullptr) {
  const jobq::Span passed = after.time - before.time;
  const auto old =
      std::find_if(before.datasources.begin(), before.datasources.end(),
                   [&](const auto& other) { return other.datasource == stats.datasource; });
  if (old == before.datasources.end()) return std::nullopt;
  if (function == nullptr) return rates_between(old->total, stats.total, passed);
  const auto found =
      std::find_if(old->functions.begin(), old->functions.end(),
                   [&](const auto& other) { return other.function == function->function; });
  // A function that was not there has counted from zero since.
  const Counters counted = found == old->functions.end() ? Counters{} : found->total;
  return rates_between(counted, function->total, passed);
}

// Counts and rates, of which some are bad if there are any.
Field number(const char* title, int rank, std::uint64_t count, Style if_any = Style::kPlain) {
  return {{title, true, rank}, {std::to_string(count), count > 0 ? if_any : Style::kPlain}};
}
Field rate(const char* title, int rank, const std::optional<Rates>& rates, double Rates::*member,
           Style if_any = Style::kPlain) {
  const auto value = rates ? std::optional((*rates).*member) : std::nullopt;
  return {{title, true, rank}, {rate_text(value), value > 0.0 ? if_any : Style::kPlain}};
}

void set_rates(Json& json, const std::optional<Rates>& rates) {
  if (!rates) return;
  json["perSecond"] = {
      {"submitted", rates->submitted}, {"complete", rates->complete}, {"errors", rates->errors}};
}

// Of the attempts that have ended by what their worker or the clock said.
std::string mean_run(const Counters& total, std::uint64_t running) {
  return mean(total.ran, total.runs - std::min(total.runs, running + total.lost));
}

std::vector<Field> total_fields(const char* title, const std::string& name, const Counters& total,
                                std::uint64_t running) {
  return {{{title, false, 0, Narrow::kMiddle}, {name}},
          number("SUBMITTED", 1, total.submitted),
          number("RUNS", 6, total.runs),
          number("COMPLETE", 2, total.complete),
          number("FAILED", 3, total.failed, Style::kBad),
          number("CANCELLED", 8, total.cancelled),
          number("FORBIDDEN", 9, total.forbidden),
          number("ERRORS", 4, total.errors, Style::kBad),
          number("RELEASES", 10, total.releases),
          {{"MEAN WAIT", true, 7}, {mean(total.waited, total.runs)}},
          {{"MEAN RUN", true, 5}, {mean_run(total, running)}}};
}

// By the order of each.
template <class Value, class Order>
std::vector<Value> sorted(std::vector<Value> values, const Order& order) {
  std::stable_sort(values.begin(), values.end(),
                   [&](const Value& one, const Value& other) { return order(one) < order(other); });
  return values;
}

// The busiest first, what is not named any more last.
auto order_of_function(const jobq::FunctionStats& function) {
  return std::tuple(function.function == "(others)", UINT64_MAX - function.running,
                    UINT64_MAX - function.waiting, UINT64_MAX - function.total.runs);
}
auto order_of_worker(const jobq::WorkerStatus& worker) {
  return std::tuple(UINT64_MAX - worker.running, !worker.is_waiting,
                    jobq::Time::max() - worker.heard_at);
}

// A worker that runs a job or waits for one is heard of more often.
constexpr jobq::Span kSilentAfter = std::chrono::minutes(1);

bool is_gone(const jobq::WorkerStatus& worker, jobq::Time now) {
  return worker.running == 0 && !worker.is_waiting && now - worker.heard_at > kSilentAfter;
}

Style style_of(const jobq::WorkerStatus& worker) {
  switch (worker.state) {
    case jobq::WorkerState::kBusy: return Style::kBusy;
    case jobq::WorkerState::kDraining:
    case jobq::WorkerState::kHalted: return Style::kFaint;
    case jobq::WorkerState::kLost: return Style::kBad;
    case jobq::WorkerState::kIdle: break;
  }
  return Style::kPlain;
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
    const std::optional<Rates> rates = rates_of(before, after, stats);
    table.add_fields(
        {{{"DATASOURCE", false, 0, Narrow::kMiddle}, {stats.datasource}},
         {{"MODE", false, 6}, {std::string(jobq::to_string(stats.mode)), style_of(stats.mode)}},
         number("READY", 0, stats.ready),
         number("DELAYED", 7, stats.delayed),
         number("RUNNING", 0, stats.running),
         rate("SUBMIT/S", 3, rates, &Rates::submitted),
         rate("DONE/S", 1, rates, &Rates::complete),
         rate("ERROR/S", 2, rates, &Rates::errors, Style::kBad),
         {{"OLDEST", true, 4}, {age(stats.oldest_ready_at, after.time)}},
         number("CLIENTS", 8, stats.clients),
         number("IDLE WORKERS", 5, stats.workers_waiting)});
  }
  return table.render(display, lines_max);
}

std::string functions_view(const Sample& before, const Sample& after, const Display& display,
                           std::size_t lines_max) {
  Table table;
  for (const jobq::DatasourceStats& stats : after.datasources) {
    for (const jobq::FunctionStats& function : sorted(stats.functions, order_of_function)) {
      const std::optional<Rates> rates = rates_of(before, after, stats, &function);
      const Counters& total = function.total;
      table.add_fields({{{"FUNCTION", false, 0, Narrow::kMiddle}, {name_of(function.function)}},
                        number("WAITING", 0, function.waiting),
                        number("RUNNING", 0, function.running),
                        rate("SUBMIT/S", 3, rates, &Rates::submitted),
                        rate("DONE/S", 1, rates, &Rates::complete),
                        rate("ERROR/S", 2, rates, &Rates::errors, Style::kBad),
                        {{"OLDEST", true, 4}, {age(function.oldest_ready_at, after.time)}},
                        {{"MEAN WAIT", true, 6}, {mean(total.waited, total.runs)}},
                        {{"MEAN RUN", true, 5}, {mean_run(total, function.running)}}});
    }
  }
  return table.render(display, lines_max);
}

std::string workers_view(const std::vector<jobq::WorkerStatus>& all, jobq::Time now,
                         const Display& display, std::size_t lines_max) {
  std::vector<jobq::WorkerStatus> workers = sorted(all, order_of_worker);
  std::erase_if(workers, [&](const jobq::WorkerStatus& worker) { return is_gone(worker, now); });
  std::vector<std::string_view> ids;
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
    table.add_fields(
        {{{"WORKER", false, 0, Narrow::kMiddle}, {worker.worker}},
         {{"STATE", false, 3}, {std::string(to_string(worker.state)), style_of(worker)}},
         {{"HEARD", false, 2}, {distance_text(worker.heard_at, now)}},
         number("RUNNING", 1, worker.running),
         {{"JOBS"}, {jobs}}});
  }
  const std::string rest = workers.size() == all.size()
                               ? ""
                               : fmt::format("{} without a job, not heard of for a minute\n",
                                             all.size() - workers.size());
  if (lines_max > 0) lines_max -= std::min(lines_max - 1, lines_of(rest));
  return table.render(display, lines_max) + rest;
}

std::string sample_view(const Sample& before, const Sample& after, const Display& display,
                        std::size_t lines_max) {
  std::string text = datasources_view(before, after, display, lines_max);
  if (after.history) text += sparkline(*after.history, after.time, kMinutesShown);
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
  std::vector<jobq::FunctionStats> rows = datasource.functions;
  rows.push_back({.function = "(all)",
                  .waiting = datasource.ready + datasource.delayed,
                  .running = datasource.running,
                  .oldest_ready_at = datasource.oldest_ready_at,
                  .total = datasource.total});
  for (const jobq::FunctionStats& row : rows) {
    std::vector<Field> fields =
        total_fields("FUNCTION", name_of(row.function), row.total, row.running);
    fields.push_back(number("WAITING", 11, row.waiting));
    fields.push_back(number("RUNNING", 11, row.running));
    fields.push_back({{"OLDEST", true, 11}, {age(row.oldest_ready_at, now)}});
    table.add_fields(std::move(fields));
  }
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
      set_rates(fields["functions"][i], rates_of(before, after, stats, &stats.functions[i]));
    }
    json["datasources"].push_back(std::move(fields));
  }
  for (const jobq::WorkerStatus& worker : after.workers) {
    json["workers"].push_back(fields_of(worker));
  }
  return json;
}

std::string history_view(const jobq::HistoryPage& page, jobq::Time now, const Display& display) {
  const auto spans = [](jobq::Span p50, jobq::Span p95, jobq::Span p99) {
    return fmt::format("{} / {} / {}", span_text(p50), span_text(p95), span_text(p99));
  };
  Table table;
  for (const jobq::HistoryRow& row : page.rows) {
    const bool has_runs = row.complete + row.failed + row.cancelled + row.forbidden > 0;
    table.add_fields({{{"FROM"}, {clock_text(row.at, now)}},
                      number("SUBMITTED", 1, row.submitted),
                      number("STARTED", 2, row.started),
                      number("COMPLETE", 0, row.complete),
                      number("FAILED", 3, row.failed, Style::kBad),
                      number("CANCELLED", 8, row.cancelled),
                      number("FORBIDDEN", 9, row.forbidden),
                      number("WAITING", 4, row.waiting),
                      number("RUNNING", 5, row.running),
                      {{"WAIT 50 / 95 / 99 %", true, 6},
                       {row.started > 0 ? spans(row.wait_p50, row.wait_p95, row.wait_p99) : "-"}},
                      {{"RUN 50 / 95 / 99 %", true, 7},
                       {has_runs ? spans(row.run_p50, row.run_p95, row.run_p99) : "-"}}});
  }
  return table.render(display);
}

std::string sparkline(const jobq::HistoryPage& page, jobq::Time now, std::size_t steps) {
  static constexpr std::string_view kBars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const jobq::Span length = page.step == jobq::HistoryStep::kMinute
                                ? jobq::Span(std::chrono::minutes(1))
                                : jobq::Span(std::chrono::hours(1));
  std::vector<std::uint64_t> ended(steps);
  for (const jobq::HistoryRow& row : page.rows) {
    const auto ago = static_cast<std::size_t>(now.time_since_epoch() / length -
                                              row.at.time_since_epoch() / length);
    if (row.at <= now && ago < steps) ended[steps - 1 - ago] = row.complete;
  }
  const std::uint64_t most = *std::max_element(ended.begin(), ended.end());
  std::string line;
  for (const std::uint64_t count : ended) {
    const std::uint64_t height = most == 0 ? 0 : (count * (std::size(kBars) - 1) + most - 1) / most;
    line += kBars[height];
  }
  return fmt::format("complete, last {}: {} at most {} a {}\n", span_text(length * steps), line,
                     most, jobq::to_string(page.step));
}

}  // namespace tools

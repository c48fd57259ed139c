#include "count_history.h"

#include <algorithm>
#include <utility>

#include "field_tables.h"

namespace store {
namespace {

using jobq::HistoryStep;

constexpr Span kAgeMax = std::chrono::seconds(10);
constexpr Span kMinute = std::chrono::minutes(1);
constexpr std::uint64_t kMinutesKept = std::uint64_t{24} * 60;
constexpr std::uint64_t kHoursKept = std::uint64_t{90} * 24;
const std::string kAll = "*";

void add(FunctionCounts& sum, const FunctionCounts& more) {
  visit_fields(jobq::FieldsOf<Counters>(),
               [&](auto counter, auto&&) { sum.total.*counter += more.total.*counter; });
  sum.waits.add(more.waits);
  sum.runs.add(more.runs);
}

bool says_nothing(const FunctionCounts& counts) {
  return jobq::says_nothing(counts.total) && counts.waits.classes().empty();
}

Time begin_of(HistoryStep step, std::uint64_t number) {
  const Span length = step == HistoryStep::kMinute ? kMinute : Span(std::chrono::hours(1));
  return Time(length * static_cast<std::int64_t>(number));
}

jobq::HistoryRow row_of(HistoryStep step, std::uint64_t number, const FunctionCounts& counts) {
  return {.at = begin_of(step, number),
          .submitted = counts.total.submitted,
          .started = counts.total.runs,
          .complete = counts.total.complete,
          .failed = counts.total.failed,
          .cancelled = counts.total.cancelled,
          .forbidden = counts.total.forbidden,
          .waiting = counts.waiting,
          .running = counts.running,
          .wait_p50 = counts.waits.percentile(50),
          .wait_p95 = counts.waits.percentile(95),
          .wait_p99 = counts.waits.percentile(99),
          .run_p50 = counts.runs.percentile(50),
          .run_p95 = counts.runs.percentile(95),
          .run_p99 = counts.runs.percentile(99)};
}

}  // namespace

Time CountHistory::due() const {
  if (since_ == Time::max()) {
    return since_;
  }
  const Time minute = begin_of(HistoryStep::kMinute, step_number(HistoryStep::kMinute, since_));
  return std::min(since_ + kAgeMax, minute + kMinute);
}

void CountHistory::write(CheckpointBatch& batch) {
  for (auto noted = noted_.begin(); noted != noted_.end();) {
    const DatasourceIndex index = noted->first;
    const Datasource& datasource = state_.datasource(index);
    FunctionCounts all;
    for (; noted != noted_.end() && noted->first == index; ++noted) {
      const auto counts = datasource.functions.find(noted->second);
      if (counts == datasource.functions.end()) {
        continue;  // the datasource was dropped
      }
      const FunctionCounts more = grown(index, noted->second, counts->second);
      store::add(all, more);
      add(index, noted->second, more, batch);
      FunctionCounts base = counts->second;
      base.waiting = base.running = 0;
      batch.writes.push_back({history_base_key(index, noted->second), encode_record(base)});
    }
    if (!says_nothing(all)) {
      all.waiting = datasource.waiting;
      all.running = datasource.running;
      add(index, kAll, all, batch);
      trim(index, batch);
    }
  }
  noted_.clear();
  since_ = Time::max();
}

FunctionCounts CountHistory::stored(const std::string& key) const {
  const auto record = storage_.read_checkpoint(key);
  return record ? decode_record<FunctionCounts>(*record) : FunctionCounts();
}

FunctionCounts CountHistory::grown(DatasourceIndex datasource, const std::string& function,
                                   const FunctionCounts& counts) const {
  const FunctionCounts base = stored(history_base_key(datasource, function));
  FunctionCounts more = counts;
  visit_fields(jobq::FieldsOf<Counters>(), [&](auto counter, auto&&) {
    more.total.*counter -= std::min(base.total.*counter, counts.total.*counter);
  });
  more.waits = counts.waits.since(base.waits);
  more.runs = counts.runs.since(base.runs);
  return more;
}

void CountHistory::add(DatasourceIndex datasource, const std::string& function,
                       const FunctionCounts& more, CheckpointBatch& batch) const {
  for (const HistoryStep step : {HistoryStep::kMinute, HistoryStep::kHour}) {
    std::string key = history_key(datasource, step, step_number(step, since_), function);
    FunctionCounts counts = stored(key);
    store::add(counts, more);
    counts.waiting = more.waiting;
    counts.running = more.running;
    batch.writes.push_back({std::move(key), encode_record(counts)});
  }
}

// Once an hour: what is too old.
void CountHistory::trim(DatasourceIndex datasource, CheckpointBatch& batch) {
  const std::uint64_t hour = step_number(HistoryStep::kHour, since_);
  if (std::exchange(trimmed_[datasource], hour) == hour) {
    return;
  }
  for (const auto& [step, kept] :
       {std::pair(HistoryStep::kMinute, kMinutesKept), std::pair(HistoryStep::kHour, kHoursKept)}) {
    const std::uint64_t number = step_number(step, since_);
    batch.deleted.push_back({history_key(datasource, step, 0, {}),
                             history_key(datasource, step, number - std::min(number, kept), {})});
  }
}

std::map<std::uint64_t, FunctionCounts> CountHistory::steps(const HistoryReply& query) const {
  const jobq::HistoryQuery& asked = query.query;
  const std::string name = asked.function.empty() ? kAll : asked.function;
  const std::uint64_t kept = asked.step == HistoryStep::kMinute ? kMinutesKept : kHoursKept;
  const std::uint64_t last = step_number(asked.step, query.now);
  const std::uint64_t first =
      std::max(last + 1 - std::min(last + 1, kept), step_number(asked.step, asked.since));
  std::map<std::uint64_t, FunctionCounts> steps;
  for (std::uint64_t number = last + 1; number > first && steps.size() < asked.limit;) {
    --number;
    FunctionCounts counts = stored(history_key(query.datasource, asked.step, number, name));
    if (!says_nothing(counts)) {
      steps.emplace(number, std::move(counts));
    }
  }
  return steps;
}

jobq::HistoryPage CountHistory::read(const HistoryReply& query) const {
  jobq::HistoryPage page{.step = query.query.step};
  auto steps = this->steps(query);
  // What is not written yet.
  const Datasource& datasource = state_.datasource(query.datasource);
  FunctionCounts more;
  bool has_more = false;
  for (const auto& [index, function] : noted_) {
    const bool is_asked = query.query.function.empty() || query.query.function == function;
    const auto counts = datasource.functions.find(function);
    if (index == query.datasource && is_asked && counts != datasource.functions.end()) {
      store::add(more, grown(index, function, counts->second));
      more.waiting = query.query.function.empty() ? datasource.waiting : counts->second.waiting;
      more.running = query.query.function.empty() ? datasource.running : counts->second.running;
      has_more = true;
    }
  }
  if (has_more && since_ >= query.query.since) {
    FunctionCounts& counts = steps[step_number(query.query.step, since_)];
    store::add(counts, more);
    counts.waiting = more.waiting;
    counts.running = more.running;
    if (steps.size() > query.query.limit) {
      steps.erase(steps.begin());
    }
  }
  for (const auto& [number, counts] : steps) {
    page.rows.push_back(row_of(query.query.step, number, counts));
  }
  return page;
}

}  // namespace store

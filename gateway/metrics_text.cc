#include "metrics_text.h"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <type_traits>

#include "raw_json.h"

namespace gateway {
namespace {

using Names = std::initializer_list<std::string_view>;

// What there is right now; all other numbers of a store's statistics count since its start.
const Names kGauges = {"JobsLive", "JobsFinished", "WaitersParked",
                       "Topics",   "Subscribers",  "IsPaused"};

bool is_gauge(std::string_view field) {
  return std::find(kGauges.begin(), kGauges.end(), field) != kGauges.end();
}

std::string number_text(double value) {
  const jobq::Json whole = static_cast<std::int64_t>(value);
  const bool is_whole = value > -1e15 && value < 1e15 &&
                        value == static_cast<double>(static_cast<std::int64_t>(value));
  return jobq::to_text(is_whole ? whole : jobq::Json(value));
}

std::string escaped(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == '\\' || c == '"') plain += '\\';
    if (c == '\n') {
      plain += "\\n";
    } else {
      plain += c;
    }
  }
  return plain;
}

template <class Number>
double value_of(const Number& value) {
  if constexpr (std::is_same_v<Number, jobq::Span>) {
    return static_cast<double>(value.count()) / 1000;
  } else {
    return static_cast<double>(value);
  }
}

double age(jobq::Time time, jobq::Time now) {
  return time == jobq::Time{} ? 0 : std::max(value_of(now - time), 0.0);
}

// "waitMs of the store's statistics, docs/protocol-admin.md has them."
std::string help_of(const char* what, std::string_view field) {
  return jobq::schema_name(field) + " of " + what + " (schema/protocol.capnp).";
}

// `Stats`: of a datasource or a function. Sums of spans come with the histograms.
template <class Stats>
void measure_counters(MetricsText& metrics, const std::string& prefix, const char* what,
                      const Labels& labels, const Stats& stats, unsigned step) {
  jobq::each_field(stats.total, [&](const auto& count, const auto& access) {
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(count)>>) {
      metrics.counter(prefix + metric_name(access.name), help_of(what, access.name), labels,
                      value_of(count));
    }
  });
  metrics.histogram(prefix + "wait_seconds",
                    "How long attempts waited, from when the job could run.", labels,
                    stats.wait_times, value_of(stats.total.waited), step);
  metrics.histogram(prefix + "run_seconds", "How long attempts ran that have ended.", labels,
                    stats.run_times, value_of(stats.total.ran), step);
}

void add_to(jobq::SpanCounts& sum, const jobq::SpanCounts& counts) {
  sum.resize(std::max(sum.size(), counts.size()));
  std::transform(counts.begin(), counts.end(), sum.begin(), sum.begin(), std::plus<>());
}

void add_to(jobq::FunctionStats& sum, const jobq::FunctionStats& one) {
  sum.waiting += one.waiting;
  sum.running += one.running;
  const bool is_older =
      sum.oldest_ready_at == jobq::Time{} ||
      (one.oldest_ready_at != jobq::Time{} && one.oldest_ready_at < sum.oldest_ready_at);
  if (is_older) sum.oldest_ready_at = one.oldest_ready_at;
  visit_fields(jobq::FieldsOf<jobq::Counters>(),
               [&](auto member, const auto&) { sum.total.*member += one.total.*member; });
  add_to(sum.wait_times, one.wait_times);
  add_to(sum.run_times, one.run_times);
}

std::vector<jobq::FunctionStats> bounded(std::vector<jobq::FunctionStats> functions,
                                         std::size_t count_max) {
  const auto has_more = [](const auto& a, const auto& b) {
    return a.total.submitted > b.total.submitted;
  };
  std::stable_sort(functions.begin(), functions.end(), has_more);
  jobq::FunctionStats others{.function = std::string(jobq::kOtherFunctions)};
  bool has_others = false;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    // The store may have such a sum already.
    if (i < count_max && functions[i].function != others.function) continue;
    add_to(others, functions[i]);
    has_others = true;
  }
  std::erase_if(functions, [&](const auto& one) { return one.function == others.function; });
  functions.resize(std::min(functions.size(), count_max));
  if (has_others) functions.push_back(std::move(others));
  return functions;
}

}  // namespace

std::string metric_name(std::string_view field) {
  std::string name;
  if (field.ends_with("Ms")) {
    field.remove_suffix(2);
    return metric_name(field) + "_seconds";
  }
  for (const char c : field) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper && !name.empty()) name += '_';
    name += is_upper ? static_cast<char>(c | 0x20) : c;
  }
  return name;
}

void MetricsText::histogram(const std::string& name, const std::string& help, const Labels& labels,
                            const jobq::SpanCounts& counts, double sum, unsigned step) {
  constexpr unsigned kBitsMax = 22;
  const Family family{name, "histogram", help};
  Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  double below = 0;
  for (unsigned i = 0; i < std::max<std::size_t>(counts.size(), kBitsMax + 1); ++i) {
    below += i < counts.size() ? static_cast<double>(counts[i]) : 0;
    if (i > 0 && i <= kBitsMax && i % step == 0) {
      with_bound.back().second = number_text(static_cast<double>((1U << i) - 1) / 1000);
      add(family, name + "_bucket", with_bound, below);
    }
  }
  with_bound.back().second = "+Inf";
  add(family, name + "_bucket", with_bound, below);
  add(family, name + "_sum", labels, sum);
  add(family, name + "_count", labels, below);
}

void MetricsText::add(const Family& family, const std::string& name, const Labels& labels,
                      double value) {
  Samples& samples = families_[family.name];
  if (samples.head.empty()) {
    samples.head = "# HELP " + family.name + " " + family.help + "\n# TYPE " + family.name + " " +
                   family.type + "\n";
  }
  std::string line = name;
  for (const auto& [label, text] : labels) {
    line += line.size() == name.size() ? '{' : ',';
    line += std::string(label) + "=\"" + escaped(text) + '"';
  }
  samples.lines += line + (labels.empty() ? " " : "} ") + number_text(value) + '\n';
}

std::string MetricsText::text() const {
  std::string text;
  for (const auto& [name, samples] : families_) text += samples.head + samples.lines;
  return text;
}

void measure(MetricsText& metrics, const jobq::StoreStats& stats) {
  const char* const what = "the store's statistics";
  jobq::each_field(stats, [&](const auto& value, const auto& access) {
    using Value = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_arithmetic_v<Value>) {
      const std::string name = "jobq_store_" + metric_name(access.name);
      const std::string help = help_of(what, access.name);
      is_gauge(access.name) ? metrics.gauge(name, help, {}, value_of(value))
                            : metrics.counter(name, help, {}, value_of(value));
    } else {
      for (const jobq::RefusalCount& one : value) {
        metrics.counter("jobq_store_refused", "What was refused, by the limit or the code.",
                        {{"what", one.what}}, value_of(one.count));
      }
    }
  });
}

void measure(MetricsText& metrics, const jobq::DatasourceStats& stats, jobq::Time now,
             std::size_t functions_max) {
  const Labels labels{{"datasource", stats.datasource}};
  const char* const what = "a datasource's statistics";
  jobq::each_field(stats, [&](const auto& value, const auto& access) {
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) {
      metrics.gauge("jobq_datasource_" + metric_name(access.name), help_of(what, access.name),
                    labels, value_of(value));
    }
  });
  const auto mode = static_cast<unsigned>(stats.mode);  // a bit for each switch
  metrics.gauge("jobq_datasource_is_paused", "No job is handed out.", labels, mode & 1);
  metrics.gauge("jobq_datasource_is_draining", "No job is taken in.", labels, mode >> 1 & 1);
  metrics.gauge("jobq_datasource_oldest_ready_seconds",
                "How long the oldest job that may run has waited; 0: there is none.", labels,
                age(stats.oldest_ready_at, now));
  measure_counters(metrics, "jobq_datasource_", what, labels, stats, 1);
  for (const jobq::FunctionStats& one : bounded(stats.functions, functions_max)) {
    const Labels both{{"datasource", stats.datasource}, {"function", one.function}};
    const char* const its = "a function's statistics";
    metrics.gauge("jobq_function_waiting", help_of(its, "Waiting"), both, value_of(one.waiting));
    metrics.gauge("jobq_function_running", help_of(its, "Running"), both, value_of(one.running));
    metrics.gauge("jobq_function_oldest_ready_seconds",
                  "How long the oldest job that may run has waited; 0: there is none.", both,
                  age(one.oldest_ready_at, now));
    measure_counters(metrics, "jobq_function_", its, both, one, 2);
  }
}

}  // namespace gateway

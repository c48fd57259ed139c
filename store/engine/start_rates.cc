#include "start_rates.h"

#include <algorithm>

#include "token_end.h"

namespace store {
namespace {

std::optional<StartRate> rate_of(const Datasource& datasource, const std::string& text,
                                 std::string_view of) {
  const auto limit = start_rate_of(text);
  return limit ? std::optional(StartRate{"\n" + datasource.name + "\n" + std::string(of), *limit})
               : std::nullopt;
}

}  // namespace

std::optional<StartRate> start_rate(const Datasource& datasource) {
  return rate_of(datasource, datasource.config.start_rate, "");
}

std::optional<StartRate> start_rate_of_function(const Datasource& datasource,
                                                std::string_view function) {
  const auto& rates = datasource.config.function_rates;
  const auto found = std::lower_bound(
      rates.begin(), rates.end(), function,
      [](const jobq::FunctionRate& rate, std::string_view name) { return rate.function < name; });
  return found == rates.end() || found->function != function
             ? std::nullopt
             : rate_of(datasource, found->start_rate, "f" + std::string(function));
}

std::optional<StartRate> start_rate_of_key(const Datasource& datasource, std::string_view key) {
  return key.empty()
             ? std::nullopt
             : rate_of(datasource, datasource.config.key_start_rate, "k" + std::string(key));
}

std::uint64_t begun(const Context& context, const StartRate& rate) {
  return used_of(context.state.tokens.use_of(rate.name), rate.limit.span, context.now);
}

Time opens_at(const Context& context, const std::optional<StartRate>& rate) {
  if (!rate) {
    return {};
  }
  const TokenUse* use = context.state.tokens.use_of(rate->name);
  if (use == nullptr) {
    return context.state.tokens.starts_count() < context.limits.starts_counted_max
               ? Time{}
               : context.now + std::chrono::seconds(1);
  }
  const auto& window = use->windows[static_cast<std::size_t>(rate->limit.span)];
  return !window || window->used(context.now) < rate->limit.count
             ? Time{}
             : window->time_of(rate->limit.count - 1);
}

std::vector<StartRate> start_rates_of(const Context& context, const Job& job) {
  const Datasource& datasource = context.state.datasource(job.key.datasource);
  const JobNames& names = context.state.names;
  std::vector<StartRate> rates;
  for (auto& rate :
       {start_rate(datasource), start_rate_of_function(datasource, names.function_of(job)),
        start_rate_of_key(datasource, names.turn_key_of(job))}) {
    if (rate) {
      rates.push_back(*rate);
    }
  }
  return rates;
}

void count_start(Context& context, const Job& job) {
  const DatasourceConfig& config = context.state.datasource(job.key.datasource).config;
  if (config.start_rate.empty() && config.function_rates.empty() && config.key_start_rate.empty()) {
    return;
  }
  sweep_tokens(context);
  for (StartRate& rate : start_rates_of(context, job)) {
    context.record(
        {},
        Charged{.token = std::move(rate.name),
                .cost = 1,
                .spans = static_cast<std::uint8_t>(1u << static_cast<unsigned>(rate.limit.span))});
  }
}

Time next_opening(const Context& context, const Datasource& datasource) {
  if (datasource.ready.empty()) {
    return {};
  }
  const Time whole = opens_at(context, start_rate(datasource));
  if (whole != Time{} || datasource.config.function_rates.empty()) {
    return whole;
  }
  Time first{};
  for (const KindIndex kind : datasource.ready.kinds()) {
    const NameIndex function = context.state.names.function_of(kind);
    const Time opens = opens_at(
        context, start_rate_of_function(datasource, context.state.names.function(function)));
    if (opens != Time{} && (first == Time{} || opens < first)) {
      first = opens;
    }
  }
  return first;
}

}  // namespace store

#include "config_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "failure.h"
#include "job_terms.h"
#include "time_text.h"

namespace tools {
namespace {

constexpr unsigned kWeightMax = 100;
constexpr unsigned kCostMax = 1'000'000;

struct Numbered {
  std::string name;
  unsigned number = 0;
};

// Names of clients may have an equals sign inside.
Numbered numbered_of(const char* option, const char* what, const std::string& text, unsigned max) {
  const std::size_t equals = text.rfind('=');
  unsigned number = 0;
  if (equals != std::string::npos) {
    (void)std::from_chars(text.data() + equals + 1, text.data() + text.size(), number);
  }
  if (equals == 0 || number < 1 || number > max ||
      text.substr(equals + 1) != std::to_string(number)) {
    throw UsageError(
        fmt::format("{}: '{}' is not {}=N with N from 1 to {}", option, text, what, max));
  }
  return {text.substr(0, equals), number};
}

// Zero always may be: it takes the option back.
void set(jobq::Span& span, const char* option, const std::optional<std::string>& text,
         const SpanLimits& limits) {
  if (!text) return;
  const bool is_zero = text->empty() || parse_span(*text) == jobq::Span{};
  span = is_zero ? jobq::Span{} : span_of_option(option, *text, limits);
}

void set(unsigned& number, const std::optional<unsigned>& given) {
  if (given) number = *given;
}

void set_weights(std::vector<jobq::Weight>& weights, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const Numbered weight = numbered_of("--weight", "CLIENT", text, kWeightMax);
    std::erase_if(weights, [&](const auto& other) { return other.client == weight.name; });
    if (weight.number > 1) weights.push_back({.client = weight.name, .weight = weight.number});
  }
}

void set_costs(std::vector<jobq::Cost>& costs, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const Numbered cost = numbered_of("--cost", "FUNCTION", text, kCostMax);
    std::erase_if(costs, [&](const auto& other) { return other.function == cost.name; });
    if (cost.number > 1) costs.push_back({.function = cost.name, .cost = cost.number});
  }
}

}  // namespace

void ConfigOptions::declare(CLI::App* command) {
  const auto span = [command](const char* name, std::optional<std::string>& value,
                              const char* words) {
    command->add_option(name, value, words)->type_name("SPAN");
  };
  const auto number = [command](const char* name, std::optional<unsigned>& value, unsigned max,
                                const char* words) {
    command->add_option(name, value, words)->type_name("N")->check(CLI::Range(0U, max));
  };
  constexpr unsigned kAny = 4'294'967'295;
  command->add_option("--description", description, "For people, up to 1024 bytes")
      ->type_name("TEXT");
  number("--priority", priority, 100, "Of jobs that do not say; the store's: 50");
  span("--valid-for", valid_for, "Of jobs that do not say; the store's: for ever");
  span("--timeout", timeout, "Of their attempts; the store's: no limit");
  number("--failures-max", failures_max, 1000, "Of jobs that do not say; the store's: 5");
  number("--lost-leases-max", lost_leases_max, 1000, "Of jobs that do not say; the store's: 3");
  number("--releases-max", releases_max, 1'000'000,
         "Of jobs that do not say; the store's: no limit");
  command
      ->add_option("--backoff", backoff,
                   "Of jobs that do not say; any of initial=1s,factor=2,max=1h,jitter=20%, or none")
      ->type_name("PARTS");
  span("--keep-for", keep_for, "Of finished jobs that do not say; the store's: 1h");
  span("--lease", lease, "Of workers that do not say, 100ms to 1h; the store's: 30s");
  span("--cancel-grace", cancel_grace,
       "For a worker to stop a job that is cancelled, up to 1h; the store's: 30s");
  number("--waiting-max", waiting_max, kAny,
         "Jobs that wait; further ones are refused (429). The store's: no limit");
  number("--waiting-per-client-max", waiting_per_client_max, kAny, "The same for each client");
  number("--running-max", running_max, kAny, "Jobs that run at the same time");
  command
      ->add_option("--weight", weights,
                   "So many jobs in a row when it is the client's turn, 1 to 100; may be repeated")
      ->type_name("CLIENT=N")
      ->allow_extra_args(false);
  command
      ->add_option("--cost", costs,
                   "A job of the function counts for so many against rates of tokens, 1 to\n"
                   "1000000; may be repeated")
      ->type_name("FUNCTION=N")
      ->allow_extra_args(false);
  command->add_flag("--reset", reset, "Everything else as the store has it by default");
}

bool ConfigOptions::has_any() const {
  const bool has_text =
      description || keep_for || valid_for || timeout || backoff || lease || cancel_grace;
  const bool has_number = priority || failures_max || lost_leases_max || releases_max ||
                          waiting_max || waiting_per_client_max || running_max;
  return has_text || has_number || !weights.empty() || !costs.empty() || reset;
}

void ConfigOptions::apply(jobq::DatasourceConfig& config) const {
  if (reset) config = {.datasource = config.datasource, .mode = config.mode};
  if (description) config.description = *description;
  set(config.priority, priority);
  set(config.terms.keep_for, "--keep-for", keep_for, kYear);
  set(config.terms.valid_for, "--valid-for", valid_for, {});
  set(config.terms.timeout, "--timeout", timeout, kYear);
  if (backoff) {
    config.terms.backoff.reset();
    if (!backoff->empty() && *backoff != "0") {
      config.terms.backoff = backoff_of_option("--backoff", *backoff);
    }
  }
  set(config.terms.failures_max, failures_max);
  set(config.terms.lost_leases_max, lost_leases_max);
  set(config.terms.releases_max, releases_max);
  set(config.lease, "--lease", lease, kLeaseLimits);
  set(config.cancel_grace, "--cancel-grace", cancel_grace,
      {.min = std::chrono::milliseconds(1), .max = std::chrono::hours(1)});
  set(config.waiting_max, waiting_max);
  set(config.waiting_per_client_max, waiting_per_client_max);
  set(config.running_max, running_max);
  set_weights(config.weights, weights);
  set_costs(config.costs, costs);
}

}  // namespace tools

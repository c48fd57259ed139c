#include "config_options.h"

#include <algorithm>
#include <type_traits>

#include "field_tables.h"
#include "output.h"
#include "text_rules.h"

namespace tools {
namespace {

using jobq::DatasourceConfig;
using jobq::Span;

// An option for the field of its name. `of_job`: of jobq submit, if it has it too; `spans`: what a
// span may be.
struct About {
  const char* spec;
  const char* text;
  const char* of_job = nullptr;
  SpanLimits spans = {};
};

constexpr SpanLimits kGrace{.min = Span(1), .max = std::chrono::hours(1)};
constexpr SpanLimits kAgeing{.min = std::chrono::seconds(1), .max = std::chrono::hours(24 * 365)};

const About kAbout[] = {
    {"--description TEXT", "For people, up to 1024 bytes"},
    {"--priority N", "Of jobs that do not say, 1 to 100; the store's: 50"},
    {"--valid-for SPAN", "Of jobs that do not say; the store's: for ever",
     "It fails as expired when no worker has taken it within this time; default: for ever",
     kSomeTime},
    {"--timeout SPAN", "Of their attempts; the store's: no limit",
     "How long one attempt may run, up to 365d; default: no limit", kUpToYear},
    {"--failures-max N", "Of jobs that do not say; the store's: 5",
     "This failure is final; default: 5"},
    {"--lost-leases-max N", "Of jobs that do not say; the store's: 3",
     "The job is failed when so many workers fell silent over it; default: 3"},
    {"--releases-max N", "Of jobs that do not say; the store's: no limit",
     "The job is failed when it was handed back so often; default: no limit"},
    {"--backoff PARTS",
     "Of jobs that do not say; any of initial=1s,factor=2,max=1h,jitter=20%, or none",
     "Between a failure and the next attempt; any of initial=1s,factor=2,max=1h,jitter=20% (the "
     "default), or none"},
    {"--slow-after SPAN", "Of their attempts: those that run longer are flagged; the store's: none",
     "An attempt that runs longer is flagged as slow, and goes on; up to 365d", kUpToYear},
    {"--stall-after SPAN", "Those without progress for so long are flagged; the store's: none",
     "One without progress for so long is flagged as stalled, until progress comes; up to 365d",
     kUpToYear},
    {"--stall-fails YES", "yes: they fail instead, with the code stalled; no",
     "It fails instead, with the code stalled"},
    {"--defer-max SPAN", "A release later than this after the first start is final",
     "A release later than this after the first start fails the job; up to 365d", kUpToYear},
    {"--label NAME", "That workers must have for jobs that do not say; may be repeated",
     "That a worker must have to get it, such as gpu; may be repeated, up to 16"},
    {"--keep-for SPAN", "Of finished jobs that do not say; the store's: 1h",
     "How long the finished job stays readable, up to 365d; default: 1h", kUpToYear},
    {"--keep-failed-for SPAN", "Instead, of jobs that failed",
     "Instead, when the job failed; default: as --keep-for", kUpToYear},
    {"--keep-cancelled-for SPAN", "Instead, of jobs that were cancelled",
     "Instead, when it was cancelled", kUpToYear},
    {"--keep-forbidden-for SPAN", "Instead, of jobs that were forbidden",
     "Instead, when it was forbidden", kUpToYear},
    {"--lease SPAN", "Of workers that do not say, 100ms to 1h; the store's: 30s", nullptr,
     kLeaseLimits},
    {"--cancel-grace SPAN",
     "For a worker to stop a job that is cancelled, up to 1h; the store's: 30s", nullptr, kGrace},
    {"--waiting-max N", "Jobs that wait; further ones are refused (429). The store's: no limit"},
    {"--waiting-per-client-max N", "The same for each client"},
    {"--running-max N", "Jobs that run at the same time"},
    {"--key-running-max N",
     "Jobs of one key that run at the same time; default: one, in the order of their submits"},
    {"--weight CLIENT=N",
     "So many jobs in a row when it is the client's turn, 1 to 100; may be repeated"},
    {"--cost FUNCTION=N",
     "A job of the function counts for so many against rates of tokens, 1 to 1000000, where the "
     "function says nothing; may be repeated"},
    {"--function-limit FUNCTION=N",
     "Jobs of the function that run at the same time, 1 to 1000000; 0: no limit; may be repeated"},
    {"--start-rate N/U",
     "Attempts that begin in any second (10/s), minute (m), hour (h) or day (d)"},
    {"--function-rate FUNCTION=N/U",
     "The same of each function; 0 instead of N/U: no limit; may be repeated"},
    {"--key-start-rate N/U", "The same of the jobs of each key"},
    {"--ageing SPAN",
     "A job that waits counts as one of the next higher priority each time so much is over, 1s to "
     "365d; default: never",
     nullptr, kAgeing},
    {"--strict YES", "yes: jobs of functions that are not registered are refused; no"},
};

// What an option stands for.
struct OptionField {
  std::string name;  // "failures-max" of "FailuresMax", "lease" of "LeaseMs", "weight" of "Weights"
  NumberLimits limits;  // of a number
};

OptionField option_field(std::string_view field, bool is_list) {
  if (field.ends_with("Ms")) field.remove_suffix(2);
  if (field.starts_with("Is")) field.remove_prefix(2);
  if (is_list) field.remove_suffix(1);
  return {words_of_field(field, '-'), limits_of_field(field)};
}

// Visits what options stand for, and the members.
void each_option(auto& value, const auto& visit) {
  jobq::each_field(value, [&](auto& member, const auto& access) {
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_same_v<Member, jobq::Terms>) {
      each_option(member, visit);
    } else if constexpr (!std::is_same_v<Member, jobq::Mode>) {
      constexpr bool kIsList =
          std::is_class_v<Member> && !std::is_same_v<Member, std::string> && requires {
        member.front();
      };
      if (access.name == "Item") return;  // jobq catalogue has it
      visit(option_field(access.name, kIsList), member);
    }
  });
}

// An option as it is given.
struct Given {
  const About& about;
  std::string option;
  unsigned max;  // of a number
  const std::string& text;
};

// Zero always may be: it takes the option back.
void set(Span& span, const Given& given) {
  const bool is_zero = parse_span(given.text) == Span{};
  span = is_zero ? Span{} : span_of_option(given.option, given.text, given.about.spans);
}
void set(unsigned& number, const Given& given) {
  const auto wanted = jobq::parse_number(given.text, given.max);
  if (!wanted) {
    throw UsageError(
        fmt::format("{}: '{}' is no number from 0 to {}", given.option, given.text, given.max));
  }
  number = static_cast<unsigned>(*wanted);
}
void set(bool& value, const Given& given) {
  if (given.text != "yes" && given.text != "no" && given.text != "0") {
    throw UsageError(fmt::format("{}: '{}' is not yes or no", given.option, given.text));
  }
  value = given.text == "yes";
}
void set(std::string& value, const Given& given) { value = given.text == "0" ? "" : given.text; }
void set(std::optional<jobq::Backoff>& backoff, const Given& given) {
  backoff.reset();
  if (given.text != "0") {
    backoff = backoff_of_option(given.option, given.text);
  }
}
void set(std::vector<std::string>& names, const Given& given) {
  if (given.text == "0") {
    names.clear();
  } else {
    names.push_back(given.text);
  }
}
// The parts of "NAME=VALUE", both empty where there is no =. A client's name may have one inside.
std::pair<std::string, std::string> parts_of(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) return {};
  return {text.substr(0, equals), text.substr(equals + 1)};
}
template <class Item>
void take_off(std::vector<Item>& list, const std::string& name) {
  std::erase_if(list, [&](const Item& one) {
    const auto& [other, value] = one;
    return other == name;
  });
}
// "FUNCTION=N/U", of which 0 takes the name off the list.
void set(std::vector<jobq::FunctionRate>& rates, const Given& given) {
  const auto [function, rate] = parts_of(given.text);
  if (function.empty() || rate.empty()) {
    throw UsageError(fmt::format("{}: '{}' is not FUNCTION=N/U", given.option, given.text));
  }
  take_off(rates, function);
  if (rate != "0") rates.push_back({function, rate});
}
// "NAME=N", of which one takes the name off the list.
template <class Item>
void set(std::vector<Item>& list, const Given& given) {
  const auto [name, number] = parts_of(given.text);
  const auto wanted = jobq::parse_number(number, given.max);
  // What has the same meaning as not to stand there.
  constexpr std::uint64_t kNone = std::is_same_v<Item, jobq::FunctionLimit> ? 0 : 1;
  if (name.empty() || !wanted || *wanted < kNone) {
    throw UsageError(fmt::format("{}: '{}' is not {} with N from 1 to {}", given.option, given.text,
                                 std::string_view(given.about.spec).substr(given.option.size() + 1),
                                 given.max));
  }
  take_off(list, name);
  if (*wanted > kNone) list.push_back({name, static_cast<unsigned>(*wanted)});
}

void declare(Options& options, const About& about, const NumberLimits& limits, auto& member) {
  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, bool>) {
    options.flag(Options::name_of(about.spec).c_str(), member, about.of_job);
  } else if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>,
                                      std::vector<std::string>>) {
    options.names(about.spec, member, about.of_job);
  } else if constexpr (requires { options.span(about.spec, member, about.of_job); }) {
    options.span(about.spec, member, about.of_job, about.spans);
  } else if constexpr (requires { options.number(about.spec, member, about.of_job, limits); }) {
    // Zero would mean the default.
    options.number(about.spec, member, about.of_job, {std::max(limits.min, 1U), limits.max});
  } else {
    options.value(about.spec, about.of_job, [&about, &member](const std::string& text) {
      member = backoff_of_option(Options::name_of(about.spec), text);
    });
  }
}

void show(NamedTexts& texts, const std::string& name, const auto& member) {
  using Member = std::remove_cvref_t<decltype(member)>;
  if constexpr (std::is_same_v<Member, std::string>) {
    texts.add(name, member);
  } else if constexpr (std::is_same_v<Member, Span>) {
    if (member != Span{}) texts.add(name, exact_span_text(member));
  } else if constexpr (std::is_same_v<Member, unsigned>) {
    if (member != 0) texts.add(name, std::to_string(member));
  } else if constexpr (std::is_same_v<Member, bool>) {
    if (member) texts.add(name, "yes");
  } else if constexpr (std::is_same_v<Member, std::optional<jobq::Backoff>>) {
    if (member) texts.add(name, backoff_text(*member));
  } else if constexpr (std::is_same_v<Member, std::vector<std::string>>) {
    for (const std::string& one : member) texts.add(name, one);
  } else {
    for (const auto& [of, number] : member) texts.add(name, fmt::format("{}={}", of, number));
  }
}

}  // namespace

void declare_terms(Options& options, jobq::Terms& terms) {
  for (const About& about : kAbout) {
    if (about.of_job == nullptr) continue;
    each_option(terms, [&](const OptionField& field, auto& member) {
      if ("--" + field.name == Options::name_of(about.spec)) {
        declare(options, about, field.limits, member);
      }
    });
  }
}

void ConfigOptions::declare(Options& options) {
  for (const About& about : kAbout) {
    options.each(about.spec, about.text, [this, &about](const std::string& text) {
      const auto change = [&about, text](DatasourceConfig& config) {
        const std::string option = Options::name_of(about.spec);
        each_option(config, [&](const OptionField& field, auto& member) {
          if ("--" + field.name == option) set(member, {about, option, field.limits.max, text});
        });
      };
      DatasourceConfig tried;
      change(tried);  // says now what is wrong with it
      changes_.push_back(change);
    });
  }
  options.flag("--reset", is_reset_, "Everything else as the store has it by default");
}

void ConfigOptions::apply(DatasourceConfig& config) const {
  if (is_reset_) config = {.datasource = config.datasource, .mode = config.mode};
  for (const Change& change : changes_) change(config);
}

std::string config_text(const DatasourceConfig& config) {
  NamedTexts texts;
  each_option(config, [&](const OptionField& field, const auto& member) {
    show(texts, field.name, member);
    if (field.name == "description") texts.add("mode", std::string(to_string(config.mode)));
  });
  return texts.render(display_of(stdout));
}

}  // namespace tools

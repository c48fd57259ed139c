#include "config_options.h"

#include <algorithm>
#include <charconv>
#include <type_traits>

#include "field_tables.h"
#include "output.h"

namespace tools {
namespace {

using jobq::DatasourceConfig;
using jobq::Span;

// An option for the field of its name. `max`: of its number; `spans`: what a span may be.
struct About {
  const char* spec;
  const char* text;
  unsigned max = UINT32_MAX;
  SpanLimits spans = {};
};

constexpr SpanLimits kGrace{.min = Span(1), .max = std::chrono::hours(1)};

const About kAbout[] = {
    {"--description TEXT", "For people, up to 1024 bytes"},
    {"--priority N", "Of jobs that do not say, 1 to 100; the store's: 50", kPriority.max},
    {"--valid-for SPAN", "Of jobs that do not say; the store's: for ever"},
    {"--timeout SPAN", "Of their attempts; the store's: no limit", 0, kYear},
    {"--failures-max N", "Of jobs that do not say; the store's: 5", kFailures.max},
    {"--lost-leases-max N", "Of jobs that do not say; the store's: 3", kFailures.max},
    {"--releases-max N", "Of jobs that do not say; the store's: no limit", kReleases.max},
    {"--backoff PARTS",
     "Of jobs that do not say; any of initial=1s,factor=2,max=1h,jitter=20%, or none"},
    {"--keep-for SPAN", "Of finished jobs that do not say; the store's: 1h", 0, kYear},
    {"--lease SPAN", "Of workers that do not say, 100ms to 1h; the store's: 30s", 0, kLeaseLimits},
    {"--cancel-grace SPAN",
     "For a worker to stop a job that is cancelled, up to 1h; the store's: 30s", 0, kGrace},
    {"--waiting-max N", "Jobs that wait; further ones are refused (429). The store's: no limit"},
    {"--waiting-per-client-max N", "The same for each client"},
    {"--running-max N", "Jobs that run at the same time"},
    {"--weight CLIENT=N",
     "So many jobs in a row when it is the client's turn, 1 to 100; may be repeated", 100},
    {"--cost FUNCTION=N",
     "A job of the function counts for so many against rates of tokens, 1 to 1000000; may be "
     "repeated",
     1'000'000},
};

// "failures-max" of "FailuresMax", "lease" of "LeaseMs", "weight" of "Weights".
std::string name_of(std::string_view field, bool is_list) {
  if (field.ends_with("Ms")) field.remove_suffix(2);
  if (is_list) field.remove_suffix(1);
  std::string name;
  for (const char c : field) {
    const bool is_capital = c >= 'A' && c <= 'Z';
    if (is_capital && !name.empty()) name += '-';
    name += static_cast<char>(is_capital ? c | 0x20 : c);
  }
  return name;
}

// Visits what options stand for: name and member.
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
      visit(name_of(access.name, kIsList), member);
    }
  });
}

std::optional<unsigned> number_in(std::string_view text, unsigned min, unsigned max) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && number >= min && number <= max ? std::optional(number) : std::nullopt;
}

// Zero always may be, and nothing: it takes the option back.
void set(Span& span, const About& about, const std::string& option, const std::string& text) {
  const bool is_zero = text.empty() || parse_span(text) == Span{};
  span = is_zero ? Span{} : span_of_option(option, text, about.spans);
}
void set(unsigned& number, const About& about, const std::string& option, const std::string& text) {
  const auto given = number_in(text.empty() ? "0" : text, 0, about.max);
  if (!given) {
    throw UsageError(fmt::format("{}: '{}' is no number from 0 to {}", option, text, about.max));
  }
  number = *given;
}
void set(std::string& value, const About&, const std::string&, const std::string& text) {
  value = text;
}
void set(std::optional<jobq::Backoff>& backoff, const About&, const std::string& option,
         const std::string& text) {
  backoff.reset();
  if (!text.empty() && text != "0") backoff = backoff_of_option(option, text);
}
// "NAME=N", of which one takes the name off the list. A client's name may have an = inside.
template <class Item>
void set(std::vector<Item>& list, const About& about, const std::string& option,
         const std::string& text) {
  const std::size_t equals = std::min(text.rfind('='), text.size());
  const auto given =
      number_in(std::string_view(text).substr(std::min(equals + 1, text.size())), 1, about.max);
  if (equals == 0 || !given) {
    throw UsageError(fmt::format("{}: '{}' is not {} with N from 1 to {}", option, text,
                                 std::string_view(about.spec).substr(option.size() + 1),
                                 about.max));
  }
  const std::string name = text.substr(0, equals);
  std::erase_if(list, [&](const Item& one) {
    const auto& [other, number] = one;
    return other == name;
  });
  if (*given > 1) list.push_back({name, *given});
}

void show(NamedTexts& texts, const std::string& name, const std::string& text) {
  texts.add(name, text);
}
void show(NamedTexts& texts, const std::string& name, Span span) {
  if (span != Span{}) texts.add(name, exact_span_text(span));
}
void show(NamedTexts& texts, const std::string& name, unsigned number) {
  if (number != 0) texts.add(name, std::to_string(number));
}
void show(NamedTexts& texts, const std::string& name, const std::optional<jobq::Backoff>& backoff) {
  if (backoff) texts.add(name, backoff_text(*backoff));
}
template <class Item>
void show(NamedTexts& texts, const std::string& name, const std::vector<Item>& list) {
  for (const auto& [of, number] : list) texts.add(name, fmt::format("{}={}", of, number));
}

}  // namespace

void ConfigOptions::declare(Options& options) {
  for (const About& about : kAbout) {
    options.each(about.spec, about.text, [this, &about](const std::string& text) {
      const std::string option = Options::name_of(about.spec);
      const auto change = [&about, option, text](DatasourceConfig& config) {
        each_option(config, [&](const std::string& name, auto& member) {
          if ("--" + name == option) set(member, about, option, text);
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
  each_option(config, [&](const std::string& name, const auto& member) {
    show(texts, name, member);
    if (name == "description") texts.add("mode", std::string(to_string(config.mode)));
  });
  return texts.render(display_of(stdout));
}

}  // namespace tools

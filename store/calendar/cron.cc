#include "cron.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <span>
#include <vector>

namespace store {
namespace {

using Bits = std::uint64_t;
using Names = std::span<const std::string_view>;

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  unsigned min, max;
  Names names = {};  // of the values from `min` on
};
constexpr Field kFields[] = {{"second", 0, 59},
                             {"minute", 0, 59},
                             {"hour", 0, 23},
                             {"day of month", 1, 31},
                             {"month", 1, 12, kMonths},
                             {"day of week", 0, 7, kWeekdays}};

struct Macro {
  std::string_view name, means;
};
constexpr Macro kMacros[] = {{"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},
                             {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
                             {"@monthly", "0 0 1 * *"},  {"@yearly", "0 0 1 1 *"},
                             {"@annually", "0 0 1 1 *"}};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

// Thrown and caught in this file alone.
struct Wrong {
  std::string what;
};

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 32;
  return "'" + std::string(text.substr(0, kShown)) + "'";
}

class FieldReader {
 public:
  explicit FieldReader(const Field& field) : field_(field) {}

  Bits read(std::string_view text) const {
    Bits bits = 0;
    for (const std::string_view part : split(text, ",")) {
      bits |= read_part(part);
    }
    return bits;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Wrong{std::string(field_.name) + ": " + what};
  }

  // "*", "5", "1-5", each with "/2".
  Bits read_part(std::string_view part) const {
    const std::size_t slash = part.find('/');
    const std::string_view range = part.substr(0, slash);
    const std::size_t dash = range.find('-');
    unsigned first = field_.min;
    unsigned last = field_.max;
    if (range != "*") {
      first = value_of(range.substr(0, dash));
      last = dash != std::string_view::npos    ? value_of(range.substr(dash + 1))
             : slash != std::string_view::npos ? field_.max
                                               : first;
    }
    if (first > last) {
      refuse(quoted(range) + " runs backwards");
    }
    const unsigned step =
        slash == std::string_view::npos ? 1 : number_of(part.substr(slash + 1), 1, field_.max);
    Bits bits = 0;
    for (unsigned value = first; value <= last; value += step) {
      bits |= Bits{1} << value;
    }
    return bits;
  }

  unsigned value_of(std::string_view text) const {
    std::string word(text);
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    const auto named = std::find(field_.names.begin(), field_.names.end(), word);
    return named == field_.names.end()
               ? number_of(text, field_.min, field_.max)
               : field_.min + static_cast<unsigned>(named - field_.names.begin());
  }

  unsigned number_of(std::string_view text, unsigned min, unsigned max) const {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || value < min || value > max) {
      refuse(quoted(text) + " is not within " + std::to_string(min) + ".." + std::to_string(max));
    }
    return value;
  }

  const Field& field_;
};

// Six of them, the first is that of seconds.
std::vector<std::string_view> fields_of(std::string_view text) {
  if (text.starts_with('@')) {
    const auto* macro = std::find_if(std::begin(kMacros), std::end(kMacros),
                                     [&](const Macro& known) { return known.name == text; });
    if (macro == std::end(kMacros)) {
      throw Wrong{quoted(text) + " is none of @hourly, @daily, @weekly, @monthly, @yearly"};
    }
    text = macro->means;
  }
  std::vector<std::string_view> fields = split(text, " \t");
  std::erase(fields, std::string_view());
  if (fields.size() == std::size(kFields) - 1) {
    fields.insert(fields.begin(), "0");
  }
  if (fields.size() != std::size(kFields)) {
    throw Wrong{"has " + std::to_string(fields.size()) + " fields, must have 5, or 6 with seconds"};
  }
  return fields;
}

// The lowest that is not below `from`; 64: there is none.
unsigned next_bit(Bits bits, unsigned from) {
  return from >= 64 ? 64 : static_cast<unsigned>(std::countr_zero(bits >> from << from));
}

}  // namespace

std::variant<Cron, std::string> Cron::parse(std::string_view text) {
  try {
    const std::vector<std::string_view> fields = fields_of(text);
    std::array<Bits, std::size(kFields)> bits{};
    for (std::size_t i = 0; i < bits.size(); ++i) {
      bits[i] = FieldReader(kFields[i]).read(fields[i]);
    }
    Cron cron;
    cron.seconds_ = bits[0];
    cron.minutes_ = bits[1];
    cron.hours_ = bits[2];
    cron.days_ = bits[3];
    cron.months_ = bits[4];
    cron.weekdays_ = bits[5] | bits[5] >> 7;  // Sunday is 0 and 7
    cron.either_day_suffices_ = !fields[3].starts_with('*') && !fields[5].starts_with('*');
    return cron;
  } catch (const Wrong& wrong) {
    return wrong.what;
  }
}

bool Cron::has(std::chrono::local_days day) const {
  const std::chrono::year_month_day date(day);
  const std::chrono::weekday weekday(day);
  const bool is_day = (days_ >> static_cast<unsigned>(date.day()) & 1) != 0;
  const bool is_weekday = (weekdays_ >> weekday.c_encoding() & 1) != 0;
  const bool is_month = (months_ >> static_cast<unsigned>(date.month()) & 1) != 0;
  return is_month && (either_day_suffices_ ? is_day || is_weekday : is_day && is_weekday);
}

std::optional<std::chrono::seconds> Cron::next_in_day(std::chrono::seconds from) const {
  const std::chrono::hh_mm_ss start(from);
  const auto started_hour = static_cast<unsigned>(start.hours().count());
  auto minute = static_cast<unsigned>(start.minutes().count());
  auto second = static_cast<unsigned>(start.seconds().count());
  const auto of = [](unsigned h, unsigned m, unsigned s) {
    return std::chrono::hours(h) + std::chrono::minutes(m) + std::chrono::seconds(s);
  };
  second = next_bit(seconds_, second);
  minute = next_bit(minutes_, second == 64 ? minute + 1 : minute);
  if (minute != static_cast<unsigned>(start.minutes().count()) || second == 64) {
    second = next_bit(seconds_, 0);
  }
  const unsigned hour = next_bit(hours_, minute == 64 ? started_hour + 1 : started_hour);
  if (hour == 64) {
    return std::nullopt;
  }
  return hour == started_hour ? of(hour, minute, second)
                              : of(hour, next_bit(minutes_, 0), next_bit(seconds_, 0));
}

std::optional<std::chrono::local_seconds> Cron::next(std::chrono::local_seconds after) const {
  using std::chrono::days, std::chrono::months, std::chrono::year_month_day;
  const std::chrono::local_seconds from = after + std::chrono::seconds(1);
  auto day = std::chrono::floor<days>(from);
  if (const auto time = has(day) ? next_in_day(from - day) : std::nullopt) {
    return day + *time;
  }
  const auto last = day + std::chrono::years(41);
  for (day += days(1); day < last;) {
    const year_month_day date(day);
    if ((months_ >> static_cast<unsigned>(date.month()) & 1) == 0) {
      day = std::chrono::local_days(date.year() / date.month() / 1 + months(1));
    } else if (has(day)) {
      return day + *next_in_day({});
    } else {
      day += days(1);
    }
  }
  return std::nullopt;
}

}  // namespace store

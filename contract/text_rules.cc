#include "text_rules.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace jobq {
namespace {

// No functions, so that looking at a character is no call.
constexpr auto kIsOfId = [](char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '~' || c == '-';
};
constexpr auto kIsOfName = [](char c) {
  return kIsOfId(c) || c == ':' || c == '@' || c == '+' || c == '/' || c == '=';
};

// Empty when it is fit to be an id or a name, else what is wrong.
template <typename MayHave>
std::string wrong_with(std::string_view text, std::size_t bytes_max, const MayHave& may_have,
                       const char* alphabet) {
  if (text.empty()) {
    return "must not be empty";
  }
  if (text.size() > bytes_max) {
    return "must be at most " + std::to_string(bytes_max) + " bytes";
  }
  const bool fits = std::all_of(text.begin(), text.end(), may_have);
  return fits ? std::string() : std::string("may only have characters of ") + alphabet;
}

std::string wrong_with_new_id(std::string_view id, std::size_t bytes_max,
                              std::span<const std::string_view> words) {
  std::string wrong = wrong_with_id(id, bytes_max);
  return wrong.empty() && std::find(words.begin(), words.end(), id) != words.end()
             ? "is a word that paths use, and no id"
             : wrong;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  const bool is_plain = !text.empty() && (text.front() != '0' || text.size() == 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = is_plain && error == std::errc() && end == text.data() + text.size();
  return is_number && number <= max ? std::optional(number) : std::nullopt;
}

std::optional<RateText> parse_rate(std::string_view text, std::uint64_t max) {
  if (text.size() < 3 || text[text.size() - 2] != '/' ||
      std::string_view("smhd").find(text.back()) == std::string_view::npos) {
    return std::nullopt;
  }
  const auto count = parse_number(text.substr(0, text.size() - 2), max);
  return count ? std::optional(RateText{*count, text.back()}) : std::nullopt;
}

std::string wrong_with_number(const std::string& text) {
  return parse_number(text, UINT64_MAX) ? std::string() : "'" + text + "' is no decimal number";
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string wrong_with_id(std::string_view id, std::size_t bytes_max) {
  return wrong_with(id, bytes_max, kIsOfId, "[A-Za-z0-9._~-]");
}

std::string wrong_with_job_id(std::string_view id, std::size_t bytes_max) {
  return wrong_with_new_id(id, bytes_max, limits::kJobWords);
}

std::string wrong_with_datasource_id(std::string_view id, std::size_t bytes_max) {
  return wrong_with_new_id(id, bytes_max, limits::kDatasourceWords);
}

std::string wrong_with_name(std::string_view name, std::size_t bytes_max) {
  return wrong_with(name, bytes_max, kIsOfName, "[A-Za-z0-9._~:@+/=-]");
}

// Where a byte does not fit, the last "*" takes one more.
bool fits_pattern(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;  // of the text, with what the last "*" stands for
  for (std::size_t i = 0; i < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = i;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[i])) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

std::string guid_of(std::uint64_t first, std::uint64_t second) {
  const std::uint64_t bits[] = {first, second};
  std::string guid;
  for (unsigned i = 0; i < 32; ++i) {
    unsigned digit = bits[i / 16] >> (4 * (i % 16)) & 0xf;
    digit = i == 12 ? 4 : i == 16 ? 8 | (digit & 3) : digit;  // version 4, variant 1
    guid += i == 8 || i == 12 || i == 16 || i == 20 ? "-" : "";
    guid += "0123456789abcdef"[digit];
  }
  return guid;
}

}  // namespace jobq

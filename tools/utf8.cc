#include "utf8.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <set>

#include "utf8_length.h"

namespace tools {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\u2026";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

struct Range {
  char32_t first;
  char32_t last;
};
// What a terminal obeys, or what makes text look like another: all of Unicode's categories Cc, Cf,
// Zl and Zp, and what stands between them without being assigned.
constexpr Range kObeyed[] = {{0x00, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},
                             {0x600, 0x605},     {0x61C, 0x61C},     {0x6DD, 0x6DD},
                             {0x70F, 0x70F},     {0x890, 0x891},     {0x8E2, 0x8E2},
                             {0x180E, 0x180E},   {0x200B, 0x200F},   {0x2028, 0x202E},
                             {0x2060, 0x206F},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},
                             {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F},
                             {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE007F}};

bool is_obeyed(char32_t point) {
  return std::any_of(std::begin(kObeyed), std::end(kObeyed), [=](const Range& range) {
    return point >= range.first && point <= range.last;
  });
}

std::string escaped(char32_t point) {
  if (point < 0x10000) return fmt::format("\\u{:04x}", static_cast<unsigned>(point));
  const auto rest = static_cast<unsigned>(point - 0x10000);
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800U + (rest >> 10U), 0xDC00U + (rest & 0x3FFU));
}

// The C library knows it in a UTF-8 locale, whatever that of this process is.
std::size_t columns_of(std::optional<char32_t> point) {
  if (!point || *point < 0x7F) return 1;
  static const locale_t kUtf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t before = ::uselocale(kUtf8);
  const int columns = ::wcwidth(static_cast<wchar_t>(*point));
  ::uselocale(before);
  return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

// With what `instead` returns of a code point in its place, unless that is nothing.
template <class Instead>
std::string replaced(std::string_view text, const Instead& instead) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const std::string_view other = instead(take_code_point(text));
    out += other.empty() ? before.substr(0, before.size() - text.size()) : other;
  }
  return out;
}

// Of the sequence that sets colours and begins there; 0: none does.
std::size_t colour_length(std::string_view text) {
  constexpr std::string_view kStart = "\033[";
  if (!text.starts_with(kStart)) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", kStart.size());
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

// The longest start, or end, of that width.
std::string_view start_of(std::string_view text, std::size_t width) {
  std::string_view rest = text;
  std::string_view after = text;  // what does not fit
  for (std::size_t taken = 0; !rest.empty(); after = rest) {
    taken += columns_of(take_code_point(rest));
    if (taken > width) break;
  }
  return text.substr(0, text.size() - after.size());
}

std::string_view end_of(std::string_view text, std::size_t width) {
  for (std::size_t left = width_of(text); left > width;) left -= columns_of(take_code_point(text));
  return text;
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& rest) {
  const std::size_t size = jobq::utf8_length(rest);
  constexpr unsigned char kFirstBits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t point = static_cast<unsigned char>(rest.front()) & kFirstBits[size];
  for (std::size_t i = 1; i < size; ++i) {
    point = point << 6U | (static_cast<unsigned char>(rest[i]) & 0x3FU);
  }
  rest.remove_prefix(std::max<std::size_t>(size, 1));
  return size > 0 ? std::optional(point) : std::nullopt;
}

std::string_view take_until(std::string_view& rest, char end) {
  const std::string_view taken = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
  return taken;
}

std::string valid_utf8(std::string_view text) {
  return replaced(text, [](std::optional<char32_t> point) { return point ? "" : kReplacement; });
}

std::string printable(std::string_view text) {
  return replaced(text, [](std::optional<char32_t> point) -> std::string_view {
    if (point == U'\n' || point == U'\t' || point == U'\r') return " ";
    return !point || is_obeyed(*point) ? kReplacement : "";
  });
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    if (const std::size_t colour = colour_length(text); colour > 0) {
      text.remove_prefix(colour);
      out += before.substr(0, colour);
      continue;
    }
    const auto point = take_code_point(text);
    const std::string_view one = before.substr(0, before.size() - text.size());
    const bool is_kept = point && (point == U'\n' || point == U'\t' || !is_obeyed(*point));
    out += is_kept ? one : kReplacement;
  }
  return out;
}

std::string printable_json(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const std::string_view before = json;
    const auto point = take_code_point(json);
    const bool is_space = point == U'\n' || point == U'\t' || point == U'\r';
    if (!point) {
      out += kReplacement;
    } else if (is_obeyed(*point) && !is_space) {
      out += escaped(*point);
    } else {
      out += before.substr(0, before.size() - json.size());
    }
  }
  return out;
}

std::string_view tail_of(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t start = text.size() - bytes_max;
  while (start < text.size() && is_continuation(text[start])) ++start;
  return text.substr(start);
}

std::string_view head_of(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && is_continuation(text[end])) --end;
  return text.substr(0, end);
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += columns_of(take_code_point(text));
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (width == 0 || width_of(text) <= width) return std::string(text);
  return std::string(start_of(text, width - 1)).append(kEllipsis);
}

std::string shortened_middle(std::string_view text, std::size_t width) {
  if (width == 0 || width_of(text) <= width) return std::string(text);
  std::string out(start_of(text, width / 2));
  return out.append(kEllipsis).append(end_of(text, (width - 1) / 2));
}

std::size_t width_apart(const std::vector<std::string_view>& texts, std::size_t width_min) {
  const std::set<std::string_view> names(texts.begin(), texts.end());
  std::size_t width_max = width_min;
  for (const std::string_view name : names) width_max = std::max(width_max, width_of(name));
  for (std::size_t width = width_min; width < width_max; ++width) {
    std::set<std::string> shown;
    for (const std::string_view name : names) shown.insert(shortened_middle(name, width));
    if (shown.size() == names.size()) return width;
  }
  return width_max;
}

}  // namespace tools

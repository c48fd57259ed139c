#include "child_line.h"

#include <optional>

#include "command_outcome.h"
#include "job_terms.h"
#include "json_text.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

using jobq::LogLevel;

// The first word; `rest` loses it and the white space after it.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest = trimmed(rest.substr(word.size()));
  return word;
}

// "0.5" or "50%", from 0 to 1.
std::optional<double> parse_share(std::string_view word) {
  const bool is_percent = word.ends_with('%');
  if (is_percent) word.remove_suffix(1);
  const auto number = parse_decimal(word);
  if (!number) return std::nullopt;
  const double value = is_percent ? *number / 100 : *number;
  if (!(value >= 0 && value <= 1)) return std::nullopt;
  return value;
}

ChildLine progress_line_of(std::string_view rest) {
  const auto value = parse_share(take_word(rest));
  if (!value) return BadLine{};
  return ProgressLine{*value, std::string(head_of(valid_utf8(rest), kMessageBytesMax))};
}

// Of a level that is not known nothing is lost: it stays in the text.
ChildLine log_line_of(std::string_view rest) {
  const std::string_view all = rest;
  const std::string_view word = take_word(rest);
  const auto level = jobq::find_named<LogLevel>(word);
  const std::string_view text = level ? rest : all;
  if (text.empty()) return BadLine{};
  return LogLineSaid{level.value_or(LogLevel::kError), valid_utf8(text)};
}

ChildLine delay_line_of(std::string_view rest) {
  const auto delay = parse_span(rest);
  if (!delay) return BadLine{};
  return DelayLine{*delay};
}

}  // namespace

ChildLine parse_child_line(std::string_view line) {
  constexpr std::string_view kMark = "jobq:";
  if (!line.starts_with(kMark)) return OwnLine{};
  std::string_view rest = trimmed(line);
  rest.remove_prefix(kMark.size());
  const std::string_view word = take_word(rest);
  if (word.empty()) return OwnLine{};  // "jobq: ...": this program's errors look so
  if (word == "progress") return progress_line_of(rest);
  if (word == "log") return log_line_of(rest);
  if (word == "delay") return delay_line_of(rest);
  return BadLine{};
}

std::vector<std::string> log_texts(std::string_view text) {
  std::vector<std::string> texts;
  const std::string valid = valid_utf8(text);
  std::string_view rest = valid;
  while (rest.ends_with('\r')) rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::string_view piece = head_of(rest, kLogTextBytesMax);
    texts.emplace_back(piece);
    rest.remove_prefix(piece.size());
  }
  return texts;
}

}  // namespace tools

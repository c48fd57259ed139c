#include "command_outcome.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <stdexcept>

#include "job_terms.h"
#include "json_text.h"
#include "text_rules.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

// Nothing: it is no text.
std::optional<std::string> response_of(const std::string& output) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (valid_utf8(output) != output) return std::nullopt;
  std::string_view text = trimmed(output);
  if (text.starts_with(kByteOrderMark)) text = trimmed(text.substr(kByteOrderMark.size()));
  if (text.empty()) return "null";
  if (!json_problem(text)) return std::string(text);
  std::string_view line = output;
  if (line.ends_with('\n')) line.remove_suffix(1);
  return to_text(Json(line));
}

std::string_view last_line_of(std::string_view text) {
  text = trimmed(text);
  const std::size_t newline = text.find_last_of("\r\n");
  return newline == std::string_view::npos ? text : trimmed(text.substr(newline + 1));
}

jobq::JobError failure_of(const CommandEnd& end, std::string code, const std::string& otherwise) {
  const std::string errors = valid_utf8(end.errors);
  const std::string line = printable(last_line_of(errors));
  jobq::JobError error;
  error.code = std::move(code);
  error.message = line.empty() ? otherwise : std::string(head_of(line, kMessageBytesMax));
  error.detail = tail_of(errors, kDetailBytesMax);
  return error;
}

jobq::Result word_of_stopped(const CommandEnd& end) {
  switch (end.stopped) {
    case StopReason::kCancelled: return jobq::Cancelled{};
    case StopReason::kWorkerStops: return jobq::Release{.message = "the worker was stopped"};
    case StopReason::kTimeout:
      return jobq::Retry{
          failure_of(end, "timeout", "stopped because the time of the attempt was over"), {}};
    case StopReason::kLeaseLost:
    case StopReason::kNone: break;
  }
  // A store that was away itself may have kept the lease: then another attempt costs nothing.
  return jobq::Release{
      .message = "lease-lost: " +
                 failure_of(end, "lease-lost", "stopped because the lease was lost").message};
}

jobq::JobError too_large() {
  return {"response-too-large", fmt::format("the response is above {} bytes", kResponseBytesMax)};
}

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
  const auto level = jobq::find_named<jobq::LogLevel>(word);
  const std::string_view text = level ? rest : all;
  if (text.empty()) return BadLine{};
  return LogLineSaid{level.value_or(jobq::LogLevel::kError), valid_utf8(text)};
}

ChildLine delay_line_of(std::string_view rest) {
  const auto delay = parse_span(rest);
  if (!delay) return BadLine{};
  return DelayLine{*delay};
}

ChildLine state_line_of(std::string_view rest) {
  const auto how = jobq::find_named<jobq::ChangeHow>(take_word(rest));
  const std::string_view name = take_word(rest);
  const auto change = how ? state_change_of(*how, name, valid_utf8(rest)) : std::nullopt;
  if (!change) return BadLine{};
  return StateLine{*change};
}

}  // namespace

std::optional<jobq::StateChange> state_change_of(jobq::ChangeHow how, std::string_view name,
                                                 std::string_view text) {
  using jobq::ChangeHow;
  jobq::StateChange change{.name = std::string(name), .how = how};
  const bool is_remove = how == ChangeHow::kRemove;
  if (!jobq::wrong_with_name(name, jobq::limits::kIdBytesMax).empty() || text.empty() != is_remove)
    return std::nullopt;
  if (how == ChangeHow::kSet) {
    change.value = text;
  } else if (!is_remove) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), change.number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  }
  return change;
}

bool cannot_be_run(const CommandEnd& end) {
  return end.kind == CommandEnd::Kind::kExited && (end.number == 126 || end.number == 127);
}

jobq::Result outcome_of(const CommandEnd& end, jobq::Span delay) {
  switch (end.kind) {
    case CommandEnd::Kind::kStopped: return word_of_stopped(end);
    case CommandEnd::Kind::kTooMuchOutput: return too_large();
    case CommandEnd::Kind::kSignalled:
      return jobq::Retry{failure_of(end, fmt::format("signal-{}", end.number),
                                    fmt::format("the command was ended by signal {}", end.number)),
                         delay};
    case CommandEnd::Kind::kExited: break;
  }
  if (end.number == kExitComplete) {
    std::optional<std::string> response = response_of(end.output);
    if (!response) return jobq::JobError{"response-not-utf8", "the response is no UTF-8", {}};
    if (response->size() > kResponseBytesMax) return too_large();
    return jobq::Done{*std::move(response)};
  }
  jobq::JobError error =
      failure_of(end, fmt::format("exit-{}", end.number),
                 fmt::format("the command ended with exit status {}", end.number));
  if (cannot_be_run(end)) return jobq::Release{.message = "cannot be run: " + error.message};
  switch (end.number) {
    case kExitRelease: return jobq::Release{delay, std::move(error.message)};
    case kExitForbid: return jobq::Forbid{std::move(error)};
    case kExitFail: return error;
    default: return jobq::Retry{std::move(error), delay};
  }
}

namespace {

class WrongAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string text_of(const Json& object, const char* name) {
  const Json value = object.value(name, Json(""));
  if (!value.is_string()) throw WrongAnswer(fmt::format("{}: must be a text", name));
  return value.get<std::string>();
}

jobq::Result outcome_of_error(const Json& answer, jobq::Span delay) {
  const Json error = answer.value("error", Json::object());
  if (!error.is_object()) throw WrongAnswer("error: must be an object");
  jobq::JobError said;
  said.code = text_of(error, "code");
  if (said.code.empty()) said.code = "failed";
  said.message = head_of(text_of(error, "message"), kMessageBytesMax);
  said.detail = tail_of(text_of(error, "detail"), kDetailBytesMax);
  if (const std::string text = text_of(answer, "delay"); !text.empty()) {
    const auto span = parse_span(text);
    if (!span) throw WrongAnswer("delay: must be a span, as 2s");
    delay = *span;
  }
  const std::string outcome = text_of(answer, "outcome");
  if (outcome.empty() || outcome == "retry") return jobq::Retry{std::move(said), delay};
  if (outcome == "fail") return said;
  if (outcome == "forbid") return jobq::Forbid{std::move(said)};
  if (outcome == "release") return jobq::Release{delay, std::move(said.message)};
  throw WrongAnswer("outcome: must be retry, fail, forbid or release");
}

}  // namespace

jobq::Result outcome_of_line(std::string_view line, jobq::Span delay) {
  try {
    if (const auto problem = json_problem(line)) throw WrongAnswer("no JSON: " + *problem);
    const auto members = raw_members(line);
    if (!members) throw WrongAnswer("no object with a response or an error");
    for (const auto& [name, value] : *members) {
      if (name != "response") continue;
      if (value.size() > kResponseBytesMax) return too_large();
      return jobq::Done{std::string(value)};
    }
    const Json answer = Json::parse(line);
    if (!answer.contains("error") && !answer.contains("outcome")) {
      throw WrongAnswer("no object with a response or an error");
    }
    return outcome_of_error(answer, delay);
  } catch (const WrongAnswer& wrong) {
    return jobq::Retry{{"bad-answer", std::string("the command's answer: ") + wrong.what(), {}},
                       delay};
  }
}

jobq::Result outcome_without_line(const CommandEnd& end, jobq::Span delay) {
  if (end.kind == CommandEnd::Kind::kExited && end.number == kExitComplete) {
    return jobq::Retry{failure_of(end, "no-answer", "the command ended without an answer"), delay};
  }
  return outcome_of(end, delay);
}

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
  if (word == "state") return state_line_of(rest);
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

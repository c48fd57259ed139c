#include "command_outcome.h"

#include <fmt/format.h>

#include "json_text.h"
#include "utf8.h"

namespace tools {
namespace {

std::string response_of(const std::string& output) {
  const std::string_view text = trimmed(output);
  if (text.empty()) return "null";
  if (!json_problem(text)) return std::string(text);
  std::string_view line = output;
  if (line.ends_with('\n')) line.remove_suffix(1);
  return to_text(Json(valid_utf8(line)));
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

jobq::Word word_of_stopped(const CommandEnd& end) {
  switch (end.stopped) {
    case StopReason::kCancelled: return jobq::Cancelled{};
    case StopReason::kWorkerStops: return jobq::Release{.message = "the worker was stopped"};
    case StopReason::kTimeout:
      return failure_of(end, "timeout", "stopped because the time of the attempt was over");
    case StopReason::kLeaseLost:
    case StopReason::kNone: break;
  }
  return failure_of(end, "lease-lost", "stopped because the lease was lost");
}

jobq::JobError too_large() {
  return {"response-too-large", fmt::format("the response is above {} bytes", kResponseBytesMax)};
}

}  // namespace

bool cannot_be_run(const CommandEnd& end) {
  return end.kind == CommandEnd::Kind::kExited && (end.number == 126 || end.number == 127);
}

jobq::Word outcome_of(const CommandEnd& end, jobq::Span delay) {
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
    std::string response = response_of(end.output);
    if (response.size() > kResponseBytesMax) return too_large();
    return jobq::Done{std::move(response)};
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

}  // namespace tools

#include "fit_outcome.h"

#include <algorithm>
#include <string_view>

#include "jobq/limits.h"
#include "utf8_length.h"

namespace jobq {
namespace {

// By the contract (protocol.capnp).
constexpr std::size_t kCodeBytesMax = limits::kErrorCodeBytesMax;
constexpr std::size_t kMessageBytesMax =
    limits::kErrorMessageBytesMax;  // of errors, releases and progress
constexpr std::size_t kDetailBytesMax = limits::kErrorDetailBytesMax;
constexpr std::size_t kLogTextBytesMax = limits::kLogTextBytesMax;
constexpr Span kDelayMax = std::chrono::hours(24 * 365);
// A message may have 8 MiB, the rest of it included.
constexpr std::size_t kResponseBytesMax = 7u << 20;

void fit_error(JobError& error, const char* code) {
  error.code = error.code.empty() ? code : fit_text(std::move(error.code), kCodeBytesMax);
  error.message = fit_text(std::move(error.message), kMessageBytesMax);
  error.detail = fit_text(std::move(error.detail), kDetailBytesMax);
}

}  // namespace

std::string fit_text(std::string text, std::size_t bytes_max) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_length(std::string_view(text).substr(at));
    if (at + std::max<std::size_t>(length, 1) > bytes_max) {
      break;
    }
    if (length == 0) {
      text[at] = '?';
    }
    at += std::max<std::size_t>(length, 1);
  }
  text.resize(at);
  return text;
}

Result fit_outcome(Result word) {
  if (const auto* done = std::get_if<Done>(&word)) {
    if (done->response.size() > kResponseBytesMax) {
      return JobError{
          "bad-response",
          "response: " + std::to_string(done->response.size()) + " bytes do not fit into a message",
          {}};
    }
  } else if (auto* error = std::get_if<JobError>(&word)) {
    fit_error(*error, "failed");
  } else if (auto* retry = std::get_if<Retry>(&word)) {
    fit_error(retry->error, "failed");
    retry->delay = std::min(retry->delay, kDelayMax);
  } else if (auto* release = std::get_if<Release>(&word)) {
    release->message = fit_text(std::move(release->message), kMessageBytesMax);
    release->delay = std::min(release->delay, kDelayMax);
  } else if (auto* forbid = std::get_if<Forbid>(&word)) {
    fit_error(forbid->error, "forbidden");
  }
  return word;
}

Progress fit_progress(Progress progress) {
  // In this order NaN becomes 0.
  progress.value = std::min(std::max(0.0, progress.value), 1.0);
  progress.message = fit_text(std::move(progress.message), kMessageBytesMax);
  return progress;
}

LogText fit_log_text(LogText line) {
  line.text = fit_text(std::move(line.text), kLogTextBytesMax);
  return line;
}

}  // namespace jobq

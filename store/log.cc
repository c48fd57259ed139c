#include "log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

namespace store {
namespace {

class JsonMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    const std::string text = json_string({message.payload.data(), message.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonMessage>();
  }
};

// What others have said may be in it, and whoever reads the log mostly does so on a terminal.
class PlainMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    if (std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
      out.append(text.data(), text.data() + text.size());
    } else {
      const std::string escaped = json_string(text);
      out.append(escaped.data() + 1, escaped.data() + escaped.size() - 1);
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PlainMessage>();
  }
};

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

void start_log(const std::string& level, bool as_json) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("jobqd"));
  spdlog::set_level(spdlog::level::from_str(level));
  auto format = std::make_unique<spdlog::pattern_formatter>();
  format->add_flag<JsonMessage>('*').add_flag<PlainMessage>('@').set_pattern(
      as_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":%*})"
              : "%Y-%m-%dT%H:%M:%S.%e%z [%^%l%$] %@");
  spdlog::set_formatter(std::move(format));
}

void trace(const Request& request, std::span<const Outbound> answers, bool is_answered) {
  if (!spdlog::should_log(spdlog::level::trace)) {
    return;
  }
  // Others may be answered too by what was done.
  const auto own = std::find_if(answers.begin(), answers.end(), [&](const Outbound& answer) {
    return answer.origin.identity == request.origin.identity &&
           answer.origin.request_id == request.origin.request_id;
  });
  const auto* refused = own == answers.end() ? nullptr : std::get_if<Refused>(&own->reply);
  const std::string outcome = refused != nullptr
                                  ? std::to_string(static_cast<unsigned>(refused->code)) + ' ' +
                                        json_string(refused->detail)
                              : is_answered || own != answers.end() ? "answered"
                                                                    : "waits";
  spdlog::trace("{} {} token {}: {}", to_string(request.method), json_string(request.path),
                json_string(request.grant.token_id), outcome);
}

std::string json_string(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    return '"' + std::string(text) + '"';
  }
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace store

#include "target.h"

#include <algorithm>
#include <optional>
#include <string>

#include "refusal.h"
#include "utf8_length.h"

namespace gateway {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = jobq::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      plain += ' ';
    } else if (text[i] != '%') {
      plain += text[i];
    } else {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
      if (!low) throw Refusal(400, "query", "% is not followed by two hexadecimal digits");
      plain += static_cast<char>(*high * 16 + *low);
      i += 2;
    }
  }
  if (!is_utf8(plain)) throw Refusal(400, "query", "is not UTF-8");
  if (plain.find('\0') != plain.npos) throw Refusal(400, "query", "has a zero byte");
  return plain;
}

std::string checked_path(std::string_view path) {
  if (!path.starts_with('/')) throw Refusal(400, "path", "must begin with a slash");
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin + 1), path.size());
    const std::string_view part = path.substr(begin + 1, end - begin - 1);
    if (part == "." || part == "..") throw Refusal(400, "path", "has a part of dots alone");
    begin = end;
  }
  for (const char c : path) {
    if (c == '%') throw Refusal(400, "path", "has an escape, which no path here needs");
    if (c <= ' ' || c > '~' || c == '\\') throw Refusal(400, "path", "has a strange character");
  }
  return std::string(path);
}

void append_escaped(std::string& text, std::string_view plain) {
  for (const char c : plain) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += '%';
      text += kHex[byte / 16];
      text += kHex[byte % 16];
    }
  }
}

}  // namespace

Target parse_target(std::string_view text) {
  if (text.size() > kTargetBytesMax) {
    throw Refusal(414, "target", "longer than " + std::to_string(kTargetBytesMax) + " bytes");
  }
  const std::size_t mark = text.find('?');
  Target target{checked_path(text.substr(0, mark)), {}};
  std::string_view rest = mark == text.npos ? std::string_view() : text.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    if (one.empty()) continue;
    const std::size_t equals = one.find('=');
    const std::string_view value = equals == one.npos ? std::string_view() : one.substr(equals + 1);
    target.parameters.push_back({unescaped(one.substr(0, equals)), unescaped(value)});
    if (target.parameters.size() > kParametersMax) {
      throw Refusal(400, "query", "more than " + std::to_string(kParametersMax) + " parameters");
    }
  }
  return target;
}

bool take_flag(Parameters& parameters, const std::string& name) {
  bool is_set = false;
  std::erase_if(parameters, [&](const Parameter& one) {
    if (one.name != name) return false;
    if (one.value != "true" && one.value != "false" && !one.value.empty()) {
      throw Refusal(400, name, "true or false is expected");
    }
    is_set = one.value != "false";
    return true;
  });
  return is_set;
}

std::string query_text(const Parameters& parameters) {
  std::string text;
  for (const Parameter& parameter : parameters) {
    if (!text.empty()) text += '&';
    append_escaped(text, parameter.name);
    text += '=';
    append_escaped(text, parameter.value);
  }
  return text;
}

}  // namespace gateway

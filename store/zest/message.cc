#include "message.h"

#include <cstddef>

namespace zest {
namespace {

enum Option : std::uint16_t {
  kHost = 3,
  kObserve = 6,
  kPath = 11,
  kFormat = 12,
  kMaxAge = 14,
  kPublicKey = 2048,
};

// Takes the front of a frame apart; what is not there makes it fail.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  std::string_view text(std::size_t size) {
    if (size > rest_.size()) {
      has_failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view front = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return front;
  }
  std::uint32_t number(std::size_t size) {
    std::uint32_t number = 0;
    for (const char byte : text(size)) {
      number = number << 8 | static_cast<unsigned char>(byte);
    }
    return number;
  }
  // The whole rest as a number of that size.
  std::uint32_t only_number(std::size_t size) {
    has_failed_ = has_failed_ || rest_.size() != size;
    return number(size);
  }
  std::string_view rest() const { return rest_; }
  bool has_failed() const { return has_failed_; }

 private:
  std::string_view rest_;
  bool has_failed_ = false;
};

void put(std::string& out, std::size_t number, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> shift & 0xff);
  }
}

void put_option(std::string& out, Option number, std::string_view value) {
  ++out[1];
  put(out, number, 2);
  put(out, value.size(), 2);
  out += value;
}

// False where the value is not what the option is to have.
bool take_option(Message& message, std::uint32_t number, std::string_view value) {
  Reader whole(value);
  switch (number) {
    case kHost: message.host = value; break;
    case kObserve: message.observe = value; break;
    case kPath: message.path = value; break;
    case kFormat: message.format = static_cast<Format>(whole.only_number(2)); break;
    case kMaxAge: message.max_age = whole.only_number(4); break;
    case kPublicKey: message.public_key = value; break;
    default: break;
  }
  return !whole.has_failed();
}

}  // namespace

Code done_code(Code request) {
  return request == Code::kPost     ? Code::kCreated
         : request == Code::kDelete ? Code::kDeleted
                                    : Code::kContent;
}

bool is_request(std::string_view frame) {
  if (frame.size() < 4 || frame[1] == 0) {
    return false;
  }
  const auto code = static_cast<Code>(frame[0]);
  return code == Code::kGet || code == Code::kPost || code == Code::kDelete;
}

std::optional<Message> parse(std::string_view frame) {
  Reader reader(frame);
  Message message;
  message.code = static_cast<Code>(reader.number(1));
  const std::uint32_t options = reader.number(1);
  message.token = reader.text(reader.number(2));
  for (std::uint32_t i = 0; i < options; ++i) {
    const std::uint32_t number = reader.number(2);
    const std::string_view value = reader.text(reader.number(2));
    if (reader.has_failed() || !take_option(message, number, value)) {
      return std::nullopt;
    }
  }
  if (reader.has_failed()) {
    return std::nullopt;
  }
  message.payload = reader.rest();
  return message;
}

std::string encode(const Message& message) {
  std::string out;
  put(out, static_cast<std::size_t>(message.code), 1);
  put(out, 0, 1);
  put(out, message.token.size(), 2);
  out += message.token;
  if (!message.path.empty()) {
    put_option(out, kPath, message.path);
  }
  if (!message.host.empty()) {
    put_option(out, kHost, message.host);
  }
  if (message.observe) {
    put_option(out, kObserve, *message.observe);
  }
  std::string number;
  if (message.format) {
    put(number, static_cast<std::size_t>(*message.format), 2);
    put_option(out, kFormat, number);
  }
  if (message.max_age) {
    number.clear();
    put(number, *message.max_age, 4);
    put_option(out, kMaxAge, number);
  }
  if (!message.public_key.empty()) {
    put_option(out, kPublicKey, message.public_key);
  }
  out += message.payload;
  return out;
}

}  // namespace zest

// A message of databox's Zest protocol, one ZeroMQ frame each way: code (1 byte), number of options
// (1), length of the token (2), token, options of number (2), length (2) and value, and the payload
// up to the end; numbers are big-endian. Source: zestdb's docs/protocol.md and what the Node.js, Go
// and Python clients of databox send.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zest {

// CoAP's codes: class * 32 + detail. Those that databox's clients tell apart.
enum class Code : std::uint8_t {
  kGet = 1,
  kPost = 2,
  kDelete = 4,
  kCreated = 65,
  kDeleted = 66,
  kContent = 69,
  kBadRequest = 128,
  kUnauthorized = 129,
  kNotAcceptable = 134,
  kTooLarge = 141,
  kUnsupportedFormat = 143,
  kInternalError = 160,
  kUnavailable = 163,
};

enum class Format : std::uint16_t { kText = 0, kBinary = 42, kJson = 50 };

struct Message {
  Code code = Code::kGet;
  std::string_view token{};
  std::string_view host{};                    // option 3: the sender's own word for where it runs
  std::optional<std::string_view> observe{};  // option 6: "data", "audit", "notification" or empty
  std::string_view path{};                    // option 11, with its leading slash
  std::optional<Format> format{};             // option 12
  std::optional<std::uint32_t> max_age{};     // option 14: seconds; 0 is for ever
  std::string_view public_key{};              // option 2048: Z85, in answers to an observe
  std::string_view payload{};
};

// Of the answer to a request with this code that was done.
Code done_code(Code request);

// Whether the frame is meant as Zest's and not as Cap'n Proto's: a message of that begins with the
// number of its segments less one, four bytes little-endian, of which none that is ever sent here
// has 256 and more; a request of Zest has a code there, and a number of options that is not 0.
bool is_request(std::string_view frame);

// Views into the frame. Of two options with one number the later counts; numbers that are not known
// are passed over. Empty where the frame ends too soon or a number has another size.
std::optional<Message> parse(std::string_view frame);

// Options in the order in which databox's clients send them; none that is empty or not there.
// REQUIRES: no text but the payload is longer than 65,535 bytes.
std::string encode(const Message& message);

}  // namespace zest

// Messages of Zest. The golden ones are bytes that databox's Node.js client was seen to send.

#include "message.h"

#include <catch2/catch.hpp>

namespace {

std::string bytes(std::string_view hex) {
  std::string out;
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') {
      digits += c;
    }
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    out += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return out;
}

// Get('tok', '/kv/a/1', 'JSON') and Observe('tok', '/kv/obs', 'JSON', 5) from a host called vm.
const std::string kGet =
    bytes("01 03 0003 746f6b 000b 0007 2f6b762f612f31 0003 0002 766d 000c 0002 0032");
const std::string kObserve = bytes(
    "01 05 0003 746f6b 000b 0007 2f6b762f6f6273 0003 0002 766d 0006 0000 000c 0002 0032 000e 0004 "
    "00000005");

}  // namespace

TEST_CASE("a GET of Node's client is understood, and written the same") {
  const auto get = zest::parse(kGet);
  REQUIRE(get);
  CHECK(get->code == zest::Code::kGet);
  CHECK(get->token == "tok");
  CHECK(get->path == "/kv/a/1");
  CHECK(get->host == "vm");
  CHECK(get->format == zest::Format::kJson);
  CHECK_FALSE(get->observe);
  CHECK(get->payload.empty());
  CHECK(zest::encode(*get) == kGet);
}

TEST_CASE("an observe of Node's client is understood, and written the same") {
  const auto observe = zest::parse(kObserve);
  REQUIRE(observe);
  CHECK(observe->observe == "");
  CHECK(observe->max_age == 5);
  CHECK(zest::encode(*observe) == kObserve);
}

TEST_CASE("the end of an observe has no options") {
  CHECK(zest::encode({.code = zest::Code::kUnavailable}) == bytes("a3000000"));
}

TEST_CASE("what is behind the options is the payload") {
  const zest::Message post{.code = zest::Code::kPost,
                           .token = "t",
                           .host = "h",
                           .path = "/p",
                           .format = zest::Format::kText,
                           .payload = std::string_view("\0x", 2)};
  const std::string frame = zest::encode(post);
  const auto again = zest::parse(frame);
  REQUIRE(again);
  CHECK(again->payload == post.payload);
  CHECK(zest::encode(*again) == frame);
}

TEST_CASE("of two options with one number the later counts") {
  const std::string frame = bytes("01 02 0000 000b 0002 2f61 000b 0002 2f62");
  const auto get = zest::parse(frame);
  REQUIRE(get);
  CHECK(get->path == "/b");
}

TEST_CASE("options that nobody knows are passed over") {
  const std::string frame = bytes("02 02 0000 1234 0001 ff 000b 0002 2f61");
  const auto post = zest::parse(frame);
  REQUIRE(post);
  CHECK(post->path == "/a");
}

TEST_CASE("a message that ends too soon is none, wherever it ends") {
  for (std::size_t size = 0; size < kObserve.size(); ++size) {
    INFO(size);
    CHECK_FALSE(zest::parse(std::string_view(kObserve).substr(0, size)));
  }
}

TEST_CASE("numbers of another size make no message") {
  CHECK_FALSE(zest::parse(bytes("01 01 0000 000c 0001 32")));
  CHECK_FALSE(zest::parse(bytes("01 01 0000 000e 0002 0005")));
}

TEST_CASE("requests are told from Cap'n Proto's") {
  CHECK(zest::is_request(kGet));
  CHECK(zest::is_request(kObserve));
  // One segment of 5 words; two of them.
  CHECK_FALSE(zest::is_request(bytes("00000000 05000000")));
  CHECK_FALSE(zest::is_request(bytes("01000000 05000000 05000000")));
  CHECK_FALSE(zest::is_request(bytes("010300")));
  CHECK_FALSE(zest::is_request(""));
}

#include <capnp/schema.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "decode.h"
#include "golden_requests.h"
#include "messages.h"

namespace store {
namespace {

struct Hostile {
  Limits limits;
  RequestReader reader{limits};

  // Requires that the frame is taken or refused as documented, whatever is in it.
  std::optional<Refused> survive(std::string_view frame) {
    const Decoded decoded = decode(reader, frame);
    const auto* refused = std::get_if<Refused>(&decoded);
    if (refused == nullptr) {
      return std::nullopt;
    }
    const bool is_documented =
        refused->code == Code::kBadRequest || refused->code == Code::kNotFound ||
        refused->code == Code::kMethodNotAllowed || refused->code == Code::kTooLarge;
    if (!is_documented || refused->detail.empty()) {
      FAIL("refused with " << static_cast<unsigned>(refused->code) << " '" << refused->detail
                           << "'");
    }
    return *refused;
  }
};

std::uint64_t word_at(const std::string& frame, std::size_t index) {
  std::uint64_t word = 0;
  std::memcpy(&word, frame.data() + 8 * index, sizeof word);
  return word;
}
void set_word(std::string& frame, std::size_t index, std::uint64_t word) {
  std::memcpy(frame.data() + 8 * index, &word, sizeof word);
}
std::uint64_t list_pointer(std::int64_t offset, unsigned element_size, std::uint64_t count) {
  return 1 | (static_cast<std::uint64_t>(offset) << 2 & 0xffff'fffc) |
         std::uint64_t{element_size} << 32 | count << 35;
}
std::uint64_t struct_pointer(std::int64_t offset, unsigned data_words, unsigned pointers) {
  return (static_cast<std::uint64_t>(offset) << 2 & 0xffff'fffc) | std::uint64_t{data_words} << 32 |
         std::uint64_t{pointers} << 48;
}

// The same message in one segment, so that its pointers are plain ones.
std::string in_one_segment(const std::string& frame) {
  std::vector<capnp::word> words(frame.size() / sizeof(capnp::word));
  std::memcpy(words.data(), frame.data(), frame.size());
  capnp::FlatArrayMessageReader reader(kj::arrayPtr(words.data(), words.size()));
  capnp::MallocMessageBuilder message(static_cast<unsigned>(words.size()));
  message.setRoot(reader.getRoot<protocol::Request>());
  REQUIRE(message.getSegmentsForOutput().size() == 1);
  const auto flat = capnp::messageToFlatArray(message);
  return {reinterpret_cast<const char*>(flat.asBytes().begin()), flat.asBytes().size()};
}

// The word of the pointer to a text of `bytes` bytes.
std::size_t find_text_pointer(const std::string& frame, std::size_t bytes) {
  for (std::size_t i = 0; i < frame.size() / 8; ++i) {
    const std::uint64_t word = word_at(frame, i);
    if ((word & 3) == 1 && word >> 32 == (std::uint64_t{bytes + 1} << 3 | 2)) {
      return i;
    }
  }
  FAIL("no pointer to a text of " << bytes << " bytes");
  return 0;
}

}  // namespace

TEST_CASE("a frame may lie at any address") {
  Hostile hostile;
  for (const GoldenRequest& request : golden_requests()) {
    for (std::size_t offset = 0; offset < 8; ++offset) {
      INFO(request.name << " moved by " << offset);
      alignas(8) char buffer[8192];
      REQUIRE(offset + request.frame.size() <= sizeof buffer);
      std::memcpy(buffer + offset, request.frame.data(), request.frame.size());
      CHECK_FALSE(hostile.survive({buffer + offset, request.frame.size()}));
    }
  }
}

TEST_CASE("a truncated message is refused wherever it ends") {
  Hostile hostile;
  for (const GoldenRequest& request : golden_requests()) {
    for (std::size_t size = 0; size < request.frame.size(); ++size) {
      INFO(request.name << " cut to " << size << " of " << request.frame.size());
      // Of its own, so that a read beyond the end is seen by the sanitizer.
      const std::string cut(request.frame.data(), size);
      const auto refused = hostile.survive(cut);
      REQUIRE(refused);
      CHECK(refused->code == Code::kBadRequest);
    }
  }
}

TEST_CASE("a message with one bit flipped is taken or refused, never more") {
  Hostile hostile;
  std::size_t refusals = 0;
  for (const GoldenRequest& request : golden_requests()) {
    std::string frame = request.frame;
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
      frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << bit % 8));
      refusals += hostile.survive(frame) ? 1 : 0;
      frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << bit % 8));
    }
    CHECK_FALSE(hostile.survive(frame));
  }
  CHECK(refusals > 0);
}

TEST_CASE("a message with one byte replaced is taken or refused, never more") {
  Hostile hostile;
  for (const GoldenRequest& request : golden_requests()) {
    std::string frame = request.frame;
    for (char& byte : frame) {
      const char before = byte;
      for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
        byte = static_cast<char>(value);
        hostile.survive(frame);
      }
      byte = before;
    }
  }
}

TEST_CASE("a refused frame leaves nothing behind for the next one") {
  Hostile hostile;
  const std::string good = golden_requests().front().frame;
  REQUIRE_FALSE(hostile.survive(good));
  REQUIRE(hostile.reader.id() != 0);
  REQUIRE(hostile.survive("garbage!"));
  CHECK(hostile.reader.id() == 0);
  CHECK_FALSE(hostile.survive(good));
}

TEST_CASE("a frame of exactly the limit is taken, a larger one is 413") {
  Hostile hostile;
  const std::string frame = golden_requests().front().frame;
  hostile.limits.frame_bytes_max = frame.size();
  CHECK_FALSE(hostile.survive(frame));
  hostile.limits.frame_bytes_max = frame.size() - 1;
  const auto refused = hostile.survive(frame);
  REQUIRE(refused);
  CHECK(refused->code == Code::kTooLarge);
  CHECK_THAT(refused->detail, Catch::Contains(std::to_string(frame.size() - 1)));
}

TEST_CASE("a segment table that lies is refused") {
  Hostile hostile;
  const std::string good = golden_requests().front().frame;
  for (const std::uint64_t table : std::initializer_list<std::uint64_t>{
           0xffff'ffff'ffff'ffffu, 0x0000'0000'ffff'ffffu, 0xffff'ffff'0000'0000u,
           0x0000'0000'0000'01ffu, 0x0000'0001'0000'0000u, 0x0000'0000'0000'0000u,
           0x8000'0000'0000'0001u}) {
    INFO(table);
    std::string frame = good;
    set_word(frame, 0, table);
    CHECK(hostile.survive(frame));
  }
}

TEST_CASE("many jobs that point at one large text are refused before they are copied") {
  constexpr std::size_t kTextBytes = 1'000'000;
  std::vector<wire::NewJob> jobs(1000, {.job = "j"});
  jobs[0].request = '"' + std::string(kTextBytes - 2, 'a') + '"';
  std::string frame =
      in_one_segment(wire::submit_frame({.method = wire::Method::POST, .path = "/scan/job"}, jobs));
  const auto job = capnp::Schema::from<protocol::NewJob>().getProto().getStruct();
  const std::size_t job_words = std::size_t{job.getDataWordCount()} + job.getPointerCount();
  const std::size_t first = find_text_pointer(frame, kTextBytes);
  const std::int64_t offset = static_cast<std::int32_t>(word_at(frame, first)) >> 2;
  for (std::size_t i = 1; i < jobs.size(); ++i) {
    set_word(frame, first + i * job_words,
             list_pointer(offset - static_cast<std::int64_t>(i * job_words), 2, kTextBytes + 1));
  }
  Hostile hostile;
  const auto refused = hostile.survive(frame);
  REQUIRE(refused);
  CHECK(refused->detail == "body: is damaged");
}

TEST_CASE("pointers to themselves, backwards and to nothing are survived") {
  Hostile hostile;
  std::size_t refusals = 0;
  for (const GoldenRequest& request : golden_requests()) {
    for (std::size_t i = 1; i < request.frame.size() / 8; ++i) {
      for (const std::uint64_t word :
           {struct_pointer(-1, 2, 3),         // itself, as a struct
            list_pointer(-1, 7, 4),           // itself, as the tag of a list of structs
            list_pointer(-1, 6, 1),           // itself, as a list of pointers
            list_pointer(0, 0, 0x1fff'ffff),  // half a billion times nothing
            list_pointer(0, 7, 0),            // structs, with whatever follows as their tag
            list_pointer(0, 2, 0x1fff'ffff),  // far beyond the end
            struct_pointer(-static_cast<std::int64_t>(i), 2, 3),  // the root
            struct_pointer(0, 0, 0xffff), std::uint64_t{2},       // far, to the start
            std::uint64_t{6}, ~std::uint64_t{0}, std::uint64_t{3}}) {
        std::string frame = request.frame;
        set_word(frame, i, word);
        refusals += hostile.survive(frame) ? 1 : 0;
      }
    }
  }
  CHECK(refusals > 0);
}

TEST_CASE("a method that does not exist is 405 and keeps the id of the request") {
  Hostile hostile;
  const auto refused = hostile.survive(
      wire::bare_frame({.id = 77, .method = static_cast<wire::Method>(4), .path = "/status"}));
  REQUIRE(refused);
  CHECK(refused->code == Code::kMethodNotAllowed);
  CHECK(hostile.reader.id() == 77);
}

}  // namespace store

#include "read_body.h"

#include <utility>

#include "jobq/limits.h"

namespace gateway {
namespace {

constexpr std::size_t kReadBytes = std::size_t{32} << 10;
// What is longer as JSON than a message may be is not shorter in it, but for white space.
constexpr std::size_t kBodyBytesMax = jobq::limits::kFrameBytesMax;

BodyText too_large() {
  return {{}, refusal(413, "body: more than " + std::to_string(kBodyBytesMax) + " bytes")};
}

struct Reader {
  kj::AsyncInputStream& body;
  HeldBytes::Share& share;
  std::string text{};
  std::size_t held = 0;

  kj::Promise<BodyText> read() {
    try {
      share.grow(text.size() + kReadBytes - held);
      held = text.size() + kReadBytes;
    } catch (const Refusal& error) {
      return BodyText{{}, refusal(error.code, error.what())};
    }
    const std::size_t size = text.size();
    text.resize(size + kReadBytes);
    return body.tryRead(text.data() + size, 1, kReadBytes)
        .then([this, size](std::size_t count) -> kj::Promise<BodyText> {
          text.resize(size + count);
          if (count == 0) return BodyText{std::move(text), {}};
          if (text.size() > kBodyBytesMax) return too_large();
          return read();
        });
  }
};

}  // namespace

kj::Promise<BodyText> read_body(kj::AsyncInputStream& body, kj::Timer& timer, kj::Duration patience,
                                HeldBytes::Share& share) {
  KJ_IF_MAYBE (length, body.tryGetLength()) {
    if (*length == 0) return BodyText{};
    if (*length > kBodyBytesMax) return too_large();
  }
  auto reader = kj::heap<Reader>(Reader{body, share});
  auto read = reader->read();
  auto text = read.attach(kj::mv(reader));
  auto late = timer.afterDelay(patience).then([] {
    return BodyText{{}, refusal(408, "body: did not come in time")};
  });
  return text.exclusiveJoin(kj::mv(late));
}

}  // namespace gateway

// Texts that are on their way to somebody: each counts until libzmq has given it to the kernel, or
// has dropped it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace store {

struct HeldBytes {
  HeldBytes() = default;
  explicit HeldBytes(std::shared_ptr<HeldBytes> the_sum) : sum(std::move(the_sum)) {}

  std::atomic<std::size_t> count{0};
  const std::shared_ptr<HeldBytes> sum{};  // these and others; nullptr: there are no others
};

class HeldText {
 public:
  // What a text costs besides its bytes: this, and what libzmq and the allocator need.
  static constexpr std::size_t kCost = 256;

  HeldText(std::string text, std::shared_ptr<HeldBytes> bytes)
      : text_(std::move(text)), bytes_(std::move(bytes)) {
    for (HeldBytes* held = bytes_.get(); held != nullptr; held = held->sum.get()) {
      held->count += text_.size() + kCost;
    }
  }
  HeldText(HeldText&&) noexcept = default;
  HeldText& operator=(HeldText&&) = delete;
  HeldText(const HeldText&) = delete;
  HeldText& operator=(const HeldText&) = delete;
  ~HeldText() {  // in any thread
    for (HeldBytes* held = bytes_.get(); held != nullptr; held = held->sum.get()) {
      held->count -= text_.size() + kCost;
    }
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::shared_ptr<HeldBytes> bytes_;
};

}  // namespace store

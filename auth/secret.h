// Key material in memory: libsodium's guarded allocation, which is kept out of swap and core dumps
// where the system permits, read-only once filled, and wiped when freed. Move-only, so that a
// secret has one home. Every constructor makes sure libsodium is initialised.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace auth {

class Secret {
 public:
  // Copies `bytes`; wiping that source is the caller's business.
  explicit Secret(std::string_view bytes);

  static Secret random(std::size_t size);

  // Valid until this secret is destroyed; moving a Secret does not move its bytes.
  [[nodiscard]] std::string_view bytes() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(char* data) const;
  };

  explicit Secret(std::size_t size);
  void seal();

  std::unique_ptr<char, Free> data_;
  std::size_t size_;
};

// Throws std::runtime_error when libsodium cannot be initialised. May be called again at will.
void init_sodium();

// Overwrites `size` bytes in a way that no compiler removes.
void wipe(void* data, std::size_t size);

// Text of a secret on its way to a file or from one: wiped when it goes. Do not let it grow.
struct WipedText {
  std::string text;
  ~WipedText() { wipe(text.data(), text.size()); }
};

}  // namespace auth

// How much of bodies and answers is in memory, of all connections together.
#pragma once

#include <cstddef>

#include "refusal.h"

namespace gateway {

class HeldBytes {
 public:
  explicit HeldBytes(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  std::size_t bytes() const { return bytes_; }

  // What one request holds; given back with it.
  class Share {
   public:
    explicit Share(HeldBytes& all) : all_(all) {}
    ~Share() { all_.bytes_ -= bytes_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // Throws Refusal (503) where there is no more; a single request has room alone.
    void grow(std::size_t bytes) {
      if (all_.bytes_ > bytes_ && all_.bytes_ + bytes > all_.bytes_max_) {
        throw Refusal(503, "gateway", "too much is in memory for requests under way");
      }
      all_.bytes_ += bytes;
      bytes_ += bytes;
    }

   private:
    HeldBytes& all_;
    std::size_t bytes_ = 0;
  };

 private:
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
};

}  // namespace gateway

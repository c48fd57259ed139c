// Code that clients add to a datasource and their jobs name by its hash. docs/code.md says what for
// and who runs it, docs/protocol.md has the limits. Times are the store's clock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jobq/types.h"

namespace jobq {

struct CodeStatus {
  std::string hash{};       // SHA-256 of the bytes: 64 hexadecimal digits in lower case
  std::string runtime{};    // what runs it, a name of up to 32 bytes, as "python3"
  std::uint64_t bytes = 0;  // up to 8323072
  std::uint64_t uses = 0;   // jobs that name it, finished ones too, and functions
  Time added_at{};
  // When it was added last, or a new job named it. Where nothing does, it is dropped an hour later.
  Time used_at{};
};

// The same with its bytes.
struct Code {
  CodeStatus status{};
  std::string content{};
};

struct CodeQuery {
  std::string after{};  // only hashes behind it
  unsigned limit = 0;   // up to 1000; 0: 100
};

// By hash.
struct CodePage {
  std::vector<CodeStatus> codes{};
  bool is_end = false;  // there are no more
};

}  // namespace jobq

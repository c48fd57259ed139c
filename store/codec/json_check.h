// Whether a text is JSON as docs/protocol.md 5 means it. Part of the codec.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace store {

// Keeps memory for the next text. Not safe for concurrent use.
class JsonCheck {
 public:
  JsonCheck();
  ~JsonCheck();
  JsonCheck(const JsonCheck&) = delete;
  JsonCheck& operator=(const JsonCheck&) = delete;

  // "is not JSON", or which limit it exceeds. Empty: nothing is wrong.
  std::string wrong_with(std::string_view text);

 private:
  struct Parser;
  const std::unique_ptr<Parser> parser_;
};

}  // namespace store

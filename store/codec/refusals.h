// How the codec says what is wrong: the field first, then the limit.
#pragma once

#include <string>
#include <string_view>

#include "replies.h"

namespace store {

inline Refused bad(const std::string& field, std::string_view what) {
  return {Code::kBadRequest, field + ": " + std::string(what)};
}

inline Refused too_large(const std::string& field, std::size_t size, std::size_t max) {
  return {Code::kTooLarge,
          field + ": " + std::to_string(size) + " bytes, at most " + std::to_string(max)};
}

}  // namespace store

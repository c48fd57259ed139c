// How the codec says what is wrong: the field first, then the limit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "replies.h"

namespace store {

// Where a field is in a request: "jobs[3].backoff.factorPercent". Spelled out only when the field
// is wrong: most are not. One made by field() or item() points to the place it was made from, and
// the names must outlive it.
class FieldPath {
 public:
  // At the top of the body; with an empty name the body itself.
  FieldPath(const char* name) : name_(name) {}  // NOLINT: a name is a place

  FieldPath field(const char* name) const { return {this, name, 0}; }
  FieldPath item(std::size_t index) const { return {this, nullptr, index}; }

  std::string spelled() const {
    if (in_ == nullptr) {
      return name_;
    }
    const std::string in = in_->spelled();
    return name_ == nullptr ? in + '[' + std::to_string(index_) + ']'
                            : in + (in.empty() ? "" : ".") + name_;
  }

 private:
  FieldPath(const FieldPath* in, const char* name, std::size_t index)
      : in_(in), name_(name), index_(index) {}

  const FieldPath* in_ = nullptr;
  const char* name_;  // null: the item with the index
  std::size_t index_ = 0;
};

// With names of fields in it that a request in JSON has: only a part of them, and nothing that a
// terminal would obey.
inline std::string told(std::string text) {
  constexpr std::size_t kBytesMax = 512;
  text.resize(std::min(text.size(), kBytesMax));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

inline Refused bad(const FieldPath& field, std::string_view what) {
  return {Code::kBadRequest, told(field.spelled() + ": " + std::string(what))};
}

inline Refused too_large(const FieldPath& field, std::size_t size, std::size_t max) {
  return {Code::kTooLarge,
          field.spelled() + ": " + std::to_string(size) + " bytes, at most " + std::to_string(max)};
}

}  // namespace store

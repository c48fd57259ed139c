// JSON Schemas (draft 7) of functions, and whether a text fits one. Part of the codec.
//
// What is checked costs at most as many steps as are given, since it is done within a turn of the
// store: therefore no library does it (docs/decisions.md). Keywords that would need more than a few
// steps for each value, or are of other drafts, are refused by name where a schema is read; what is
// no keyword is passed over, as are `format` and other notes for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace store {

class JsonText;

// What does not fit: where, as a JSON pointer, and the keyword with what it wants.
struct Misfit {
  std::string pointer;
  std::string rule;

  // "/page: type: integer is expected"
  std::string spelled() const { return (pointer.empty() ? "the whole" : pointer) + ": " + rule; }
};

class Schema {
 public:
  // What is wrong with the text as a schema, if it is none. REQUIRES: it is JSON.
  static std::variant<Schema, Misfit> read(std::string_view text);

  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  // Nothing where it fits. Takes its steps off `steps`, and ends where there are none left.
  struct TooMuch {};
  struct Fits {};
  std::variant<Fits, Misfit, TooMuch> check(const JsonText& text, std::size_t& steps) const;

 private:
  struct Parts;
  explicit Schema(std::unique_ptr<const Parts> parts);

  std::unique_ptr<const Parts> parts_;
};

// A text that was parsed, to be looked into. Keeps memory for the next one.
class JsonText {
 public:
  JsonText();
  ~JsonText();
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  // False: it has integers beyond 64 bits, or is nested too deep, though it is JSON.
  [[nodiscard]] bool parse(std::string_view text);

  // What stands at the JSON pointer: as a text, a number or a truth value is written. REQUIRES:
  // parse() was true.
  enum class At : std::uint8_t { kNothing, kScalar, kOther };
  At scalar_at(std::string_view pointer, std::string& value) const;

 private:
  friend class Schema;
  struct Parser;
  const std::unique_ptr<Parser> parser_;
};

}  // namespace store

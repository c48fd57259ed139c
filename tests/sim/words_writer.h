// Builds a text of names and values; what is zero or empty is left out.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "job.h"

namespace store::sim {

class Writer {
 public:
  Writer& add(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      start(name);
      text_ += value;
    }
    return *this;
  }
  Writer& add(std::string_view name, const std::string& value) {
    return add(name, std::string_view(value));
  }
  Writer& add(std::string_view name, const char* value) {
    return add(name, std::string_view(value));
  }
  Writer& add(std::string_view name, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      add(name, std::string_view(value));
    }
    return *this;
  }
  template <typename Number>
  requires std::is_arithmetic_v<Number> Writer& add(std::string_view name, Number value) {
    if (value != Number{}) {
      start(name);
      number(value);
    }
    return *this;
  }
  Writer& add(std::string_view name, Span value) { return add(name, value.count()); }
  Writer& add(std::string_view name, Time value) {
    if (value != Time()) {
      start(name);
      text_ += '+';
      number((value - kStart).count());
    }
    return *this;
  }

  void open(std::string_view name) {
    space();
    text_ += name;
    text_ += '(';
  }
  void close() { text_ += ')'; }
  std::string take() { return std::move(text_); }

 private:
  void space() {
    if (!text_.empty() && text_.back() != '(') {
      text_ += ' ';
    }
  }
  void start(std::string_view name) {
    space();
    text_ += name;
    text_ += '=';
  }
  template <typename Number>
  void number(Number value) {
    char digits[32];
    if constexpr (std::is_same_v<Number, bool>) {
      text_ += value ? "yes" : "no";
    } else {
      const auto end = std::to_chars(digits, digits + sizeof digits, value);
      text_.append(digits, end.ptr);
    }
  }

  std::string text_;
};

}  // namespace store::sim

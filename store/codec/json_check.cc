#include "json_check.h"

#include <simdjson.h>

#include <cstddef>
#include <nlohmann/json.hpp>

#include "jobq/limits.h"

namespace store {
namespace {

using jobq::limits::kJsonDepthMax;
using nlohmann::json;

constexpr int kOutOfRange = 406;  // nlohmann's number for it
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Is told of all that a text holds, and ends the reading at what is too deep.
struct Judge : json::json_sax_t {
  std::size_t depth = 0;
  std::string wrong{};

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool key(string_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const json::exception& error) override {
    wrong = error.id == kOutOfRange ? "holds a number beyond the range of a double" : "is not JSON";
    return false;
  }

 private:
  bool open() {
    if (++depth > kJsonDepthMax) {
      wrong = "is nested deeper than " + std::to_string(kJsonDepthMax);
    }
    return wrong.empty();
  }
  bool close() {
    --depth;
    return true;
  }
};

// nlohmann's parser takes a NUL for the end of the text, and skips a byte order mark.
std::string wrong_slowly(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || text.starts_with(kByteOrderMark)) {
    return "is not JSON";
  }
  Judge judge;
  return json::sax_parse(text, &judge) ? std::string() : judge.wrong;
}

}  // namespace

struct JsonCheck::Parser {
  simdjson::dom::parser parser;
};

JsonCheck::JsonCheck() : parser_(std::make_unique<Parser>()) {}

JsonCheck::~JsonCheck() = default;

// The fast parser takes no integer beyond 64 bits, and counts no array or object that is empty as a
// level: what it takes is within the limits, and what it leaves for one of these reasons, with all
// that comes after, the slow one decides.
std::string JsonCheck::wrong_with(std::string_view text) {
  static_assert(simdjson::DEFAULT_MAX_DEPTH == kJsonDepthMax);
  switch (parser_->parser.parse(text.data(), text.size()).error()) {
    case simdjson::SUCCESS: return {};
    case simdjson::NUMBER_ERROR:
    case simdjson::DEPTH_ERROR: return wrong_slowly(text);
    default: return "is not JSON";
  }
}

}  // namespace store

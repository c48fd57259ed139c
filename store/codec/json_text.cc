#include "schema_parts.h"
#include "schema_values.h"

namespace store {

JsonText::JsonText() : parser_(std::make_unique<Parser>()) {}
JsonText::~JsonText() = default;

bool JsonText::parse(std::string_view text) {
  return parser_->parser.parse(text.data(), text.size()).get(parser_->root) == simdjson::SUCCESS;
}

JsonText::At JsonText::scalar_at(std::string_view pointer, std::string& value) const {
  Json at = parser_->root;
  if (!pointer.empty() && parser_->root.at_pointer(pointer).get(at) != simdjson::SUCCESS) {
    return At::kNothing;
  }
  std::string_view text;
  bool truth = false;
  if (at.get(text) == simdjson::SUCCESS) {
    value = text;
  } else if (at.get(truth) == simdjson::SUCCESS) {
    value = truth ? "true" : "false";
  } else if (at.is_int64()) {
    value = std::to_string(std::int64_t(at));
  } else if (at.is_uint64()) {
    value = std::to_string(std::uint64_t(at));
  } else if (at.is_double()) {
    value = shown(double(at));
  } else {
    return at.is_null() ? At::kNothing : At::kOther;
  }
  return At::kScalar;
}

}  // namespace store

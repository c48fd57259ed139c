#include "jobq/token.h"

#include <stdexcept>
#include <utility>
#include <variant>

#include "discharges.h"

namespace jobq {
namespace {

template <typename Value>
Value value_of(std::variant<Value, auth::ParseError> result) {
  if (const auto* error = std::get_if<auth::ParseError>(&result)) {
    throw std::invalid_argument(error->detail);
  }
  return std::get<Value>(std::move(result));
}

}  // namespace

std::string attenuate(const std::string& token, const std::vector<std::string>& caveats) {
  return value_of(value_of(auth::Bundle::parse(token)).narrowed(caveats)).serialize();
}

}  // namespace jobq

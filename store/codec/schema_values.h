// What a schema's check asks of single values. Part of the codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema_parts.h"

namespace store {

// Thrown where a check has no steps left.
struct NoStepsLeft {};
void take_steps(std::size_t& left, std::size_t steps);

// In quotes, the beginning of what is long; and as short as it can be read back from.
std::string shown(std::string_view word);
std::string shown(double number);

std::size_t characters(std::string_view text);
// Bits of TypeBit.
std::uint8_t types_of(Json value);
// As JSON Schema compares: 1 is 1.0, and members have no order.
bool is_same(Json a, Json b, std::size_t& steps);

}  // namespace store

// What a schema says, ready to be checked. Part of the codec, between schema.cc and
// schema_check.cc.
#pragma once

#include <simdjson.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema.h"

namespace store {

using Json = simdjson::dom::element;

// A schema within the schema, by its place among all.
using SchemaIndex = std::uint32_t;
inline constexpr SchemaIndex kNoSchema = UINT32_MAX;

// Types as bits; each integer is a number too.
enum TypeBit : std::uint8_t {
  kNullType = 1,
  kBooleanType = 2,
  kObjectType = 4,
  kArrayType = 8,
  kNumberType = 16,
  kStringType = 32,
  kIntegerType = 64,
};
inline constexpr std::array<std::pair<std::string_view, TypeBit>, 7> kTypeNames = {
    {{"null", kNullType},
     {"boolean", kBooleanType},
     {"object", kObjectType},
     {"array", kArrayType},
     {"number", kNumberType},
     {"string", kStringType},
     {"integer", kIntegerType}}};

// A count that is held to: "minItems".
struct CountRange {
  std::uint64_t min = 0;
  std::uint64_t max = UINT64_MAX;
};

struct SchemaNode {
  bool is_never = false;  // the schema `false`
  SchemaIndex ref = kNoSchema;
  std::uint8_t types = 0;     // 0: any
  std::vector<Json> choices;  // enum, const
  std::optional<double> minimum, maximum, above, below, multiple_of;
  CountRange length, items_count, members_count;

  std::map<std::string, SchemaIndex, std::less<>> properties;
  std::map<std::string, std::size_t, std::less<>> required;  // with their places
  std::vector<std::pair<std::string, SchemaIndex>> needs_schema;
  std::vector<std::pair<std::string, std::vector<std::string>>> needs_members;
  SchemaIndex additional = kNoSchema;
  SchemaIndex names = kNoSchema;

  std::vector<SchemaIndex> item_list;
  SchemaIndex items = kNoSchema;  // of those behind the list
  SchemaIndex contains = kNoSchema;

  std::vector<SchemaIndex> all_of, any_of, one_of;
  SchemaIndex none_of = kNoSchema;
  SchemaIndex when = kNoSchema, then = kNoSchema, otherwise = kNoSchema;
};

struct Schema::Parts {
  simdjson::dom::document document;  // that the choices stand in
  std::vector<SchemaNode> nodes;     // the whole first
};

struct JsonText::Parser {
  simdjson::dom::parser parser;
  Json root;
};

}  // namespace store

// JSON Schemas: what fits, what does not and where, and that checking ends.
#include "schema.h"

#include <catch2/catch.hpp>
#include <string>

namespace store {
namespace {

constexpr std::size_t kSteps = 100'000;

// "" when it fits, "too much", or what is wrong.
std::string check(const std::string& schema, const std::string& text, std::size_t steps = kSteps) {
  auto read = Schema::read(schema);
  if (const auto* misfit = std::get_if<Misfit>(&read)) {
    return "no schema: " + misfit->spelled();
  }
  JsonText json;
  REQUIRE(json.parse(text));
  const auto checked = std::get<Schema>(read).check(json, steps);
  if (const auto* misfit = std::get_if<Misfit>(&checked)) {
    return misfit->spelled();
  }
  return std::holds_alternative<Schema::TooMuch>(checked) ? "too much" : "";
}
std::string wrong_with(const std::string& schema) {
  auto read = Schema::read(schema);
  const auto* misfit = std::get_if<Misfit>(&read);
  return misfit == nullptr ? "" : misfit->spelled();
}
std::string tree(int depth) {
  std::string text = "[]";
  for (int i = 0; i < depth; ++i) {
    text = "[" + text + "]";
  }
  return text;
}

}  // namespace

TEST_CASE("values are held to types, numbers, texts and choices") {
  CHECK(check("true", "1").empty());
  CHECK(check("{}", "[1]").empty());
  CHECK(check("false", "1") == "the whole: nothing may stand here");
  CHECK(check(R"({"type": "integer"})", "1").empty());
  CHECK(check(R"({"type": "integer"})", "1.0").empty());
  CHECK(check(R"({"type": "integer"})", "1.5") == "the whole: type: integer is expected");
  CHECK(check(R"({"type": "number"})", "1").empty());
  CHECK(check(R"({"type": ["string", "null"]})", "null").empty());
  CHECK(check(R"({"type": ["string", "null"]})", "1") ==
        "the whole: type: null or string is expected");
  CHECK(check(R"({"minimum": 2})", "2").empty());
  CHECK(check(R"({"minimum": 2})", "1.5") == "the whole: minimum: is below 2");
  CHECK(check(R"({"maximum": 2})", "3") == "the whole: maximum: is above 2");
  CHECK(check(R"({"exclusiveMinimum": 2})", "2") == "the whole: exclusiveMinimum: is not above 2");
  CHECK(check(R"({"exclusiveMaximum": 2})", "2") == "the whole: exclusiveMaximum: is not below 2");
  CHECK(check(R"({"minimum": 2})", "\"a\"").empty());
  CHECK(check(R"({"multipleOf": 0.1})", "0.3").empty());
  CHECK(check(R"({"multipleOf": 3})", "9").empty());
  CHECK(check(R"({"multipleOf": 3})", "10") == "the whole: multipleOf: is no multiple of 3");
  CHECK(check(R"({"minLength": 2})", "\"\\u00e4\\u00f6\"").empty());
  CHECK(check(R"({"maxLength": 1})", "\"\\u00e4\"").empty());
  CHECK(check(R"({"minLength": 2})", "\"a\"") == "the whole: minLength: has 1, fewer than 2");
  CHECK(check(R"({"maxLength": 1})", "\"ab\"") == "the whole: maxLength: has 2, more than 1");
  CHECK(check(R"({"enum": ["a", 1, null]})", "1.0").empty());
  CHECK(check(R"({"enum": ["a", 1, null]})", "2") == "the whole: enum: is none of its values");
  CHECK(check(R"({"const": {"a": [1, 2], "b": true}})", R"({"b": true, "a": [1, 2]})").empty());
  CHECK(check(R"({"const": {"a": [1, 2]}})", R"({"a": [2, 1]})") ==
        "the whole: const: is none of its values");
  CHECK(check(R"({"const": false})", "0") == "the whole: const: is none of its values");
}

TEST_CASE("what does not fit is told with its place and the rule") {
  const std::string schema = R"({
    "type": "object", "required": ["page"], "additionalProperties": false,
    "properties": {"page": {"type": "integer"},
                   "a/b~c": {"items": {"$ref": "#/definitions/size"}}},
    "definitions": {"size": {"type": "number", "minimum": 0}}})";
  CHECK(check(schema, R"({"page": 1, "a/b~c": [1, 2]})").empty());
  CHECK(check(schema, R"({"page": "1"})") == "/page: type: integer is expected");
  CHECK(check(schema, R"({"page": 1, "a/b~c": [1, -1]})") == "/a~1b~0c/1: minimum: is below 0");
  CHECK(check(schema, "{}") == "the whole: required: 'page' is missing");
  CHECK(check(schema, R"({"page": 1, "b": 1})") ==
        "/b: additionalProperties: there is no such property");
  CHECK(check(schema, "[]") == "the whole: type: object is expected");
}

TEST_CASE("lists and objects are held to what they may have") {
  CHECK(check(R"({"items": [{"type": "string"}], "additionalItems": false})", "[\"a\"]").empty());
  CHECK(check(R"({"items": [{"type": "string"}], "additionalItems": false})", "[\"a\", 1]") ==
        "/1: nothing may stand here");
  CHECK(check(R"({"minItems": 1})", "[]") == "the whole: minItems: has 0, fewer than 1");
  CHECK(check(R"({"maxItems": 1})", "[1, 2]") == "the whole: maxItems: has 2, more than 1");
  CHECK(check(R"({"contains": {"const": 2}})", "[1, 2]").empty());
  CHECK(check(R"({"contains": {"const": 2}})", "[1]") == "the whole: contains: nothing fits it");
  CHECK(check(R"({"contains": {}})", "[]") == "the whole: contains: nothing fits it");
  CHECK(check(R"({"minProperties": 1})", "{}") == "the whole: minProperties: has 0, fewer than 1");
  CHECK(check(R"({"maxProperties": 0})", R"({"a": 1})") ==
        "the whole: maxProperties: has 1, more than 0");
  CHECK(check(R"({"propertyNames": {"maxLength": 1}})", R"({"a": 1})").empty());
  CHECK(check(R"({"propertyNames": {"maxLength": 1}})", R"({"a\"": 1})") ==
        "/a\": propertyNames: the name does not fit");
  CHECK(check(R"({"additionalProperties": {"type": "string"}})", R"({"a": 1})") ==
        "/a: type: string is expected");
  CHECK(check(R"({"dependencies": {"a": ["b"]}})", R"({"b": 1})").empty());
  CHECK(check(R"({"dependencies": {"a": ["b"]}})", R"({"a": 1})") ==
        "the whole: dependencies: 'a' needs 'b'");
  CHECK(check(R"({"dependencies": {"a": {"required": ["b"]}}})", R"({"a": 1})") ==
        "the whole: required: 'b' is missing");
}

TEST_CASE("schemas are put together") {
  CHECK(check(R"({"allOf": [{"minimum": 1}, {"maximum": 2}]})", "2").empty());
  CHECK(check(R"({"allOf": [{"minimum": 1}, {"maximum": 2}]})", "3") ==
        "the whole: maximum: is above 2");
  CHECK(check(R"({"anyOf": [{"type": "string"}, {"minimum": 1}]})", "1").empty());
  CHECK(check(R"({"anyOf": [{"type": "string"}, {"minimum": 1}]})", "0") ==
        "the whole: anyOf: none of them fits");
  CHECK(check(R"({"oneOf": [{"minimum": 1}, {"maximum": 2}]})", "3").empty());
  CHECK(check(R"({"oneOf": [{"minimum": 1}, {"maximum": 2}]})", "2") ==
        "the whole: oneOf: 2 of them fit");
  CHECK(check(R"({"not": {"type": "string"}})", "1").empty());
  CHECK(check(R"({"not": {"type": "string"}})", "\"a\"") ==
        "the whole: not: fits what it must not");
  const std::string when =
      R"({"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"minimum": 1}})";
  CHECK(check(when, "\"a\"").empty());
  CHECK(check(when, "\"\"") == "the whole: minLength: has 0, fewer than 1");
  CHECK(check(when, "0") == "the whole: minimum: is below 1");
}

TEST_CASE("a schema may ask for itself within a value, which ends") {
  const std::string lists = R"({"type": "array", "items": {"$ref": "#"}})";
  CHECK(check(lists, tree(100)).empty());
  CHECK(check(lists, "[[[1]]]") == "/0/0/0: type: array is expected");
  CHECK(check(lists, tree(800)).ends_with("is nested deeper than 512"));
}

TEST_CASE("what takes too many steps is not checked to its end") {
  // Each level doubles what is to be checked.
  std::string doubling = R"({"definitions": {"a0": {"type": "integer"})";
  for (int i = 1; i <= 40; ++i) {
    const std::string before = R"({"$ref": "#/definitions/a)" + std::to_string(i - 1) + "\"}";
    doubling += ",\"a" + std::to_string(i) + R"(": {"allOf": [)" + before + "," + before + "]}";
  }
  doubling += R"(}, "$ref": "#/definitions/a40"})";
  CHECK(check(doubling, "1") == "too much");
  std::string many = "[0";
  for (int i = 0; i < 1000; ++i) {
    many += ",0";
  }
  CHECK(check(R"({"items": {"type": "integer"}})", many + "]", 1000) == "too much");
  CHECK(check(R"({"items": {"type": "integer"}})", many + "]", 10'000).empty());
  // Steps are taken off for the next text.
  auto schema = std::get<Schema>(Schema::read(R"({"items": {}})"));
  JsonText json;
  REQUIRE(json.parse("[1,2,3]"));
  std::size_t steps = 10;
  CHECK(std::holds_alternative<Schema::Fits>(schema.check(json, steps)));
  CHECK(steps < 10);
  CHECK(std::holds_alternative<Schema::TooMuch>(schema.check(json, steps)));
}

TEST_CASE("what is no schema is refused with its place") {
  CHECK(wrong_with("1") == "the whole: an object, true or false is expected");
  CHECK(wrong_with(R"({"type": "int"})") == "/type: a type's name is expected");
  CHECK(wrong_with(R"({"type": []})") == "/type: must hold at least one");
  CHECK(wrong_with(R"({"properties": {"a": 1}})") ==
        "/properties/a: an object, true or false is expected");
  CHECK(wrong_with(R"({"properties": []})") == "/properties: an object is expected");
  CHECK(wrong_with(R"({"required": "a"})") == "/required: a list is expected");
  CHECK(wrong_with(R"({"required": [1]})") == "/required: a list of names is expected");
  CHECK(wrong_with(R"({"minLength": -1})") == "/minLength: a whole number from 0 on is expected");
  CHECK(wrong_with(R"({"maxItems": 1.5})") == "/maxItems: a whole number from 0 on is expected");
  CHECK(wrong_with(R"({"minimum": "1"})") == "/minimum: a number is expected");
  CHECK(wrong_with(R"({"multipleOf": 0})") == "/multipleOf: a number above 0 is expected");
  CHECK(wrong_with(R"({"allOf": []})") == "/allOf: must hold at least one");
  CHECK(wrong_with(R"({"enum": []})") == "/enum: must hold at least one");
  CHECK(wrong_with(R"({"items": {"items": {"not": []}}})") ==
        "/items/items/not: an object, true or false is expected");
}

TEST_CASE("what is not supported is refused by its name") {
  for (const std::string keyword :
       {"pattern", "patternProperties", "uniqueItems", "prefixItems", "unevaluatedProperties",
        "dependentRequired", "$dynamicRef", "$id", "id"}) {
    CHECK(wrong_with("{\"items\": {\"" + keyword + "\": true}}") ==
          "/items/" + keyword + ": this keyword is not supported");
  }
  CHECK(wrong_with(R"({"$schema": "https://json-schema.org/draft/2020-12/schema"})") ==
        "/$schema: draft-07 is expected");
  CHECK(wrong_with(R"({"$schema": "http://json-schema.org/draft-07/schema#"})").empty());
  // Notes, and what is no keyword.
  CHECK(wrong_with(R"({"title": "a", "format": "date", "default": 1, "x": []})").empty());
  // A property may have the name of a keyword.
  CHECK(wrong_with(R"({"properties": {"pattern": {"type": "string"}}})").empty());
}

TEST_CASE("a place that a schema refers to must be there, and lead on") {
  const std::string place = "a place within the schema is expected, as #/definitions/a";
  CHECK(wrong_with(R"({"$ref": "http://example.org/a"})") == "/$ref: " + place);
  CHECK(wrong_with(R"({"$ref": "other.json#/a"})") == "/$ref: " + place);
  CHECK(wrong_with(R"({"$ref": 1})") == "/$ref: " + place);
  CHECK(wrong_with(R"({"$ref": "#/definitions/a"})") == "/$ref: there is no #/definitions/a");
  CHECK(wrong_with(R"({"$ref": "#a"})") == "/$ref: there is no #a");
  CHECK(wrong_with(R"({"$ref": "#"})") == "the whole: $ref: leads back to itself without end");
  CHECK(wrong_with(R"({"definitions": {"a": {"anyOf": [{"$ref": "#/definitions/b"}]},
                                       "b": {"not": {"$ref": "#/definitions/a"}}}})") ==
        "the whole: $ref: leads back to itself without end");
  CHECK(wrong_with(R"({"$ref": "#/x", "x": 1})") == "/x: an object, true or false is expected");
}

TEST_CASE("a schema is bounded") {
  std::string deep = "{}";
  for (int i = 0; i < 300; ++i) {
    deep = "{\"items\":" + deep + "}";
  }
  CHECK(wrong_with(deep).ends_with("is nested deeper than 256"));
  std::string many = "{\"anyOf\": [true";
  for (int i = 0; i < 5'000; ++i) {
    many += ",true";
  }
  CHECK(wrong_with(many + "]}").ends_with("more than 4096 schemas are within it"));
}

TEST_CASE("scalars of a text are found by pointers") {
  JsonText json;
  REQUIRE(
      json.parse(R"({"a": {"b/c": [1, -2.5, true, null, "x", {}]}, "": 18446744073709551615})"));
  const auto at = [&](const char* pointer) {
    std::string value;
    const auto found = json.scalar_at(pointer, value);
    return found == JsonText::At::kScalar    ? value
           : found == JsonText::At::kNothing ? "nothing"
                                             : "other";
  };
  CHECK(at("/a/b~1c/0") == "1");
  CHECK(at("/a/b~1c/1") == "-2.5");
  CHECK(at("/a/b~1c/2") == "true");
  CHECK(at("/a/b~1c/3") == "nothing");
  CHECK(at("/a/b~1c/4") == "x");
  CHECK(at("/a/b~1c/5") == "other");
  CHECK(at("/a/b~1c/6") == "nothing");
  CHECK(at("/a/b~1c/-") == "nothing");
  CHECK(at("/a/b~1c/x") == "nothing");
  CHECK(at("/a/x") == "nothing");
  CHECK(at("/") == "18446744073709551615");
  CHECK(at("") == "other");
}

}  // namespace store

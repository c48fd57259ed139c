#include "schema.h"

#include <algorithm>
#include <iterator>

#include "schema_parts.h"

namespace store {
namespace {

constexpr std::size_t kNodesMax = 4096;
constexpr std::size_t kDepthMax = 256;

// Of draft 7, but too much for each value; and of other drafts, where to pass them over would let
// in what they are to keep out.
constexpr std::string_view kRefused[] = {"pattern",
                                         "patternProperties",
                                         "uniqueItems",
                                         "$anchor",
                                         "$dynamicRef",
                                         "$recursiveRef",
                                         "dependentRequired",
                                         "dependentSchemas",
                                         "unevaluatedItems",
                                         "prefixItems",
                                         "unevaluatedProperties",
                                         "minContains",
                                         "maxContains",
                                         "extends",
                                         "disallow",
                                         "divisibleBy"};

std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return text;
}

class Reader {
 public:
  Reader(Json root, std::vector<SchemaNode>& nodes) : root_(root), nodes_(nodes) {}

  // The schema at the pointer, read if that was not done. Throws Misfit.
  SchemaIndex schema(const std::string& pointer, Json json) {
    if (const auto known = known_.find(pointer); known != known_.end()) {
      return known->second;
    }
    const auto index = static_cast<SchemaIndex>(nodes_.size());
    if (index == kNodesMax) {
      wrong(pointer, "more than " + std::to_string(kNodesMax) + " schemas are within it");
    }
    if (++depth_ > kDepthMax) {
      wrong(pointer, "is nested deeper than " + std::to_string(kDepthMax));
    }
    known_[pointer] = index;
    nodes_.emplace_back();
    SchemaNode node;
    if (bool is_any = false; json.get(is_any) == simdjson::SUCCESS) {
      node.is_never = !is_any;
    } else if (simdjson::dom::object object; json.get(object) == simdjson::SUCCESS) {
      read(pointer, object, node);
    } else {
      wrong(pointer, "an object, true or false is expected");
    }
    nodes_[index] = std::move(node);
    --depth_;
    return index;
  }

 private:
  [[noreturn]] static void wrong(const std::string& pointer, const std::string& what) {
    throw Misfit{pointer, what};
  }

  void read(const std::string& pointer, simdjson::dom::object object, SchemaNode& node) {
    if (Json ref; object.at_key("$ref").get(ref) == simdjson::SUCCESS) {
      node.ref = referred(pointer + "/$ref", ref);
      return;  // what stands beside it does not count
    }
    for (const auto& [key, value] : object) {
      const std::string at = pointer + "/" + escaped(key);
      if (std::find(std::begin(kRefused), std::end(kRefused), key) != std::end(kRefused)) {
        wrong(at, "this keyword is not supported");
      }
      if (!read_values(at, key, value, node) && !read_counts(at, key, value, node) &&
          !read_members(at, key, value, node)) {
        read_others(at, key, value, node);
      }
    }
  }

  SchemaIndex referred(const std::string& at, Json ref) {
    std::string_view text;
    if (ref.get(text) != simdjson::SUCCESS || !text.starts_with('#') ||
        text.find('%') != std::string_view::npos) {
      wrong(at, "a place within the schema is expected, as #/definitions/a");
    }
    const std::string pointer(text.substr(1));
    Json target;
    if ((!pointer.empty() && pointer.front() != '/') ||
        (pointer.empty() ? simdjson::SUCCESS : root_.at_pointer(pointer).get(target)) !=
            simdjson::SUCCESS) {
      wrong(at, "there is no " + std::string(text));
    }
    return schema(pointer, pointer.empty() ? root_ : target);
  }

  bool read_values(const std::string& at, std::string_view key, Json value, SchemaNode& node) {
    if (key == "type") {
      read_types(at, value, node);
    } else if (key == "enum") {
      for (const Json choice : list(at, value)) {
        node.choices.push_back(choice);
      }
      if (node.choices.empty()) {
        wrong(at, "must hold at least one");
      }
    } else if (key == "const") {
      node.choices = {value};
    } else if (key == "minimum") {
      node.minimum = number(at, value);
    } else if (key == "maximum") {
      node.maximum = number(at, value);
    } else if (key == "exclusiveMinimum") {
      node.above = number(at, value);
    } else if (key == "exclusiveMaximum") {
      node.below = number(at, value);
    } else if (key == "multipleOf") {
      node.multiple_of = number(at, value);
      if (*node.multiple_of <= 0) {
        wrong(at, "a number above 0 is expected");
      }
    } else {
      return false;
    }
    return true;
  }

  void read_types(const std::string& at, Json value, SchemaNode& node) {
    std::vector<Json> names = {value};
    if (simdjson::dom::array array; value.get(array) == simdjson::SUCCESS) {
      names.assign(array.begin(), array.end());
    }
    for (const Json one : names) {
      std::string_view name;
      const auto* const type =
          one.get(name) != simdjson::SUCCESS
              ? kTypeNames.end()
              : std::find_if(kTypeNames.begin(), kTypeNames.end(),
                             [&](const auto& known) { return known.first == name; });
      if (type == kTypeNames.end()) {
        wrong(at, "a type's name is expected");
      }
      node.types = static_cast<std::uint8_t>(node.types | type->second);
    }
    if (names.empty()) {
      wrong(at, "must hold at least one");
    }
  }

  bool read_counts(const std::string& at, std::string_view key, Json value, SchemaNode& node) {
    const auto is_range = [&](std::string_view min, std::string_view max, CountRange& range) {
      if (key == min) {
        range.min = count(at, value);
      } else if (key == max) {
        range.max = count(at, value);
      }
      return key == min || key == max;
    };
    return is_range("minLength", "maxLength", node.length) ||
           is_range("minItems", "maxItems", node.items_count) ||
           is_range("minProperties", "maxProperties", node.members_count);
  }

  bool read_members(const std::string& at, std::string_view key, Json value, SchemaNode& node) {
    if (key == "properties") {
      for (const auto& [name, part] : object(at, value)) {
        node.properties[std::string(name)] = schema(at + "/" + escaped(name), part);
      }
    } else if (key == "required") {
      for (std::string& name : names(at, value)) {
        node.required.emplace(std::move(name), node.required.size());
      }
    } else if (key == "dependencies") {
      for (const auto& [name, part] : object(at, value)) {
        const std::string place = at + "/" + escaped(name);
        if (part.is_array()) {
          node.needs_members.emplace_back(name, names(place, part));
        } else {
          node.needs_schema.emplace_back(name, schema(place, part));
        }
      }
    } else if (key == "additionalProperties") {
      node.additional = schema(at, value);
    } else if (key == "propertyNames") {
      node.names = schema(at, value);
    } else {
      return false;
    }
    return true;
  }

  void read_others(const std::string& at, std::string_view key, Json value, SchemaNode& node) {
    const std::pair<std::string_view, SchemaIndex*> single[] = {
        {"contains", &node.contains}, {"not", &node.none_of},    {"if", &node.when},
        {"then", &node.then},         {"else", &node.otherwise}, {"additionalItems", &node.items}};
    const std::pair<std::string_view, std::vector<SchemaIndex>*> several[] = {
        {"allOf", &node.all_of}, {"anyOf", &node.any_of}, {"oneOf", &node.one_of}};
    for (const auto& [name, schemas] : several) {
      if (key == name) {
        *schemas = schemas_of(at, value);
        if (schemas->empty()) {
          wrong(at, "must hold at least one");
        }
      }
    }
    for (const auto& [name, one] : single) {
      if (key == name) {
        *one = schema(at, value);
      }
    }
    if (key == "items" && value.is_array()) {
      node.item_list = schemas_of(at, value);
    } else if (key == "items") {
      node.items = schema(at, value);
    } else if (key == "$id" || key == "id") {
      // Would move what the places of $ref are within.
      wrong(at, "this keyword is not supported");
    } else if (key == "$schema") {
      std::string_view draft;
      if (value.get(draft) != simdjson::SUCCESS ||
          draft.find("draft-07") == std::string_view::npos) {
        wrong(at, "draft-07 is expected");
      }
    } else if (key == "definitions") {
      for (const auto& [name, part] : object(at, value)) {
        (void)schema(at + "/" + escaped(name), part);
      }
    }
  }

  std::vector<SchemaIndex> schemas_of(const std::string& at, Json value) {
    std::vector<SchemaIndex> schemas;
    for (const Json part : list(at, value)) {
      schemas.push_back(schema(at + "/" + std::to_string(schemas.size()), part));
    }
    return schemas;
  }
  static simdjson::dom::array list(const std::string& at, Json value) {
    simdjson::dom::array array;
    if (value.get(array) != simdjson::SUCCESS) {
      wrong(at, "a list is expected");
    }
    return array;
  }
  static simdjson::dom::object object(const std::string& at, Json value) {
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS) {
      wrong(at, "an object is expected");
    }
    return object;
  }
  static std::vector<std::string> names(const std::string& at, Json value) {
    std::vector<std::string> all;
    for (const Json one : list(at, value)) {
      std::string_view name;
      if (one.get(name) != simdjson::SUCCESS) {
        wrong(at, "a list of names is expected");
      }
      all.emplace_back(name);
    }
    return all;
  }
  static double number(const std::string& at, Json value) {
    double number = 0;
    if (value.get(number) != simdjson::SUCCESS) {
      wrong(at, "a number is expected");
    }
    return number;
  }
  static std::uint64_t count(const std::string& at, Json value) {
    const double number = value.is_number() ? Reader::number(at, value) : -1;
    if (number < 0 || number > 9e15 || number != static_cast<double>(std::uint64_t(number))) {
      wrong(at, "a whole number from 0 on is expected");
    }
    return static_cast<std::uint64_t>(number);
  }

  const Json root_;
  std::vector<SchemaNode>& nodes_;
  std::map<std::string, SchemaIndex> known_;  // by pointer
  std::size_t depth_ = 0;
};

// Those that are checked against the same value.
std::vector<SchemaIndex> beside(const SchemaNode& node) {
  std::vector<SchemaIndex> all = {node.ref, node.none_of, node.when, node.then, node.otherwise};
  for (const auto* several : {&node.all_of, &node.any_of, &node.one_of}) {
    all.insert(all.end(), several->begin(), several->end());
  }
  for (const auto& [name, needed] : node.needs_schema) {
    all.push_back(needed);
  }
  return all;
}

// Whether one of them asks for itself without going deeper into a value, which would never end.
bool is_endless(const std::vector<SchemaNode>& nodes) {
  enum class Seen : std::uint8_t { kNot, kOpen, kDone };
  std::vector<Seen> seen(nodes.size(), Seen::kNot);
  std::vector<std::pair<SchemaIndex, std::vector<SchemaIndex>>> path;
  for (SchemaIndex root = 0; root < nodes.size(); ++root) {
    if (seen[root] == Seen::kNot) {
      seen[root] = Seen::kOpen;
      path.emplace_back(root, beside(nodes[root]));
    }
    while (!path.empty()) {
      auto& [index, left] = path.back();
      if (left.empty()) {
        seen[index] = Seen::kDone;
        path.pop_back();
        continue;
      }
      const SchemaIndex next = left.back();
      left.pop_back();
      if (next == kNoSchema || seen[next] == Seen::kDone) {
        continue;
      }
      if (seen[next] == Seen::kOpen) {
        return true;
      }
      seen[next] = Seen::kOpen;
      path.emplace_back(next, beside(nodes[next]));
    }
  }
  return false;
}

}  // namespace

std::variant<Schema, Misfit> Schema::read(std::string_view text) {
  auto parts = std::make_unique<Parts>();
  simdjson::dom::parser parser;
  Json root;
  if (parser.parse_into_document(parts->document, text.data(), text.size()).get(root) !=
      simdjson::SUCCESS) {
    return Misfit{"", "has integers beyond 64 bits, or is nested too deep"};
  }
  try {
    (void)Reader(root, parts->nodes).schema("", root);
  } catch (Misfit& misfit) {
    return std::move(misfit);
  }
  if (is_endless(parts->nodes)) {
    return Misfit{"", "$ref: leads back to itself without end"};
  }
  return Schema(std::move(parts));
}

Schema::Schema(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

}  // namespace store

// Whether a text fits a schema, within so many steps.
#include <algorithm>
#include <cmath>

#include "schema_parts.h"
#include "schema_values.h"

namespace store {
namespace {

constexpr std::size_t kDepthMax = 512;    // of schemas that are checked within one another
constexpr std::size_t kBytesOfStep = 64;  // of texts that are looked at

// Where a value stands: the one around it, and its name or number in there.
struct Place {
  const Place* around = nullptr;
  std::string_view name = {};
  std::size_t number = 0;
  bool is_item = false;

  std::string pointer() const {
    if (around == nullptr) {
      return {};
    }
    std::string text = around->pointer() + "/";
    if (is_item) {
      return text + std::to_string(number);
    }
    for (const char c : name) {
      text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return text;
  }
};

struct TooDeep {
  std::string pointer;
};

class Check {
 public:
  Check(const std::vector<SchemaNode>& nodes, std::size_t& steps) : nodes_(nodes), steps_(steps) {}

  bool fits(SchemaIndex index, Json value, const Place& place) {
    take(1);
    const SchemaNode& node = nodes_[index];
    if (node.ref != kNoSchema) {
      return within(node.ref, value, place);
    }
    if (node.is_never) {
      return misfit(place, "nothing may stand here");
    }
    return has_type(node, value, place) && is_chosen(node, value, place) &&
           fits_number(node, value, place) && fits_text(node, value, place) &&
           fits_list(node, value, place) && fits_object(node, value, place) &&
           fits_together(node, value, place) && fits_condition(node, value, place);
  }

  const Misfit& found() const { return found_; }

 private:
  void take(std::size_t steps) { take_steps(steps_, steps); }

  bool within(SchemaIndex index, Json value, const Place& place) {
    if (++depth_ > kDepthMax) {
      throw TooDeep{place.pointer()};
    }
    const bool is_fit = fits(index, value, place);
    --depth_;
    return is_fit;
  }
  // The same where it is no fault not to fit.
  bool quietly(SchemaIndex index, Json value, const Place& place) {
    ++quiet_;
    const bool is_fit = within(index, value, place);
    --quiet_;
    return is_fit;
  }

  template <typename... Words>
  bool misfit(const Place& place, const Words&... words) {
    if (quiet_ == 0) {
      found_ = {place.pointer(), {}};
      (found_.rule.append(words), ...);
    }
    return false;
  }

  bool has_type(const SchemaNode& node, Json value, const Place& place) {
    if (node.types == 0 || (node.types & types_of(value)) != 0) {
      return true;
    }
    std::string names;
    for (const auto& [name, type] : kTypeNames) {
      if ((node.types & type) != 0) {
        names += (names.empty() ? "" : " or ") + std::string(name);
      }
    }
    return misfit(place, "type: ", names, " is expected");
  }

  bool is_chosen(const SchemaNode& node, Json value, const Place& place) {
    return node.choices.empty() ||
           std::any_of(node.choices.begin(), node.choices.end(),
                       [&](Json choice) { return is_same(choice, value, steps_); }) ||
           misfit(place, node.choices.size() == 1 ? "const" : "enum", ": is none of its values");
  }

  bool fits_number(const SchemaNode& node, Json value, const Place& place) {
    if (!value.is_number()) {
      return true;
    }
    const auto number = double(value);
    if (node.minimum && number < *node.minimum) {
      return misfit(place, "minimum: is below ", shown(*node.minimum));
    }
    if (node.maximum && number > *node.maximum) {
      return misfit(place, "maximum: is above ", shown(*node.maximum));
    }
    if (node.above && number <= *node.above) {
      return misfit(place, "exclusiveMinimum: is not above ", shown(*node.above));
    }
    if (node.below && number >= *node.below) {
      return misfit(place, "exclusiveMaximum: is not below ", shown(*node.below));
    }
    if (node.multiple_of) {
      // 0.3 is three times 0.1, though no double says so.
      const double times = number / *node.multiple_of;
      const double error = std::abs(times - std::round(times));
      if (!(error <= 1e-9 * std::max(1.0, std::abs(times)))) {
        return misfit(place, "multipleOf: is no multiple of ", shown(*node.multiple_of));
      }
    }
    return true;
  }

  bool fits_count(std::size_t count, const CountRange& range, const Place& place,
                  std::string_view what) {
    if (count < range.min) {
      return misfit(place, "min", what, ": has ", std::to_string(count), ", fewer than ",
                    std::to_string(range.min));
    }
    if (count > range.max) {
      return misfit(place, "max", what, ": has ", std::to_string(count), ", more than ",
                    std::to_string(range.max));
    }
    return true;
  }

  bool fits_text(const SchemaNode& node, Json value, const Place& place) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) {
      return true;
    }
    take(text.size() / kBytesOfStep);
    return fits_count(characters(text), node.length, place, "Length");
  }

  bool fits_list(const SchemaNode& node, Json value, const Place& place) {
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) {
      return true;
    }
    std::size_t count = 0;
    bool is_contained = node.contains == kNoSchema;
    for (const Json item : list) {
      take(1);
      const Place at{&place, {}, count, true};
      const SchemaIndex schema = count < node.item_list.size() ? node.item_list[count] : node.items;
      if (schema != kNoSchema && !within(schema, item, at)) {
        return false;
      }
      is_contained = is_contained || quietly(node.contains, item, at);
      ++count;
    }
    return (is_contained || misfit(place, "contains: nothing fits it")) &&
           fits_count(count, node.items_count, place, "Items");
  }

  bool fits_object(const SchemaNode& node, Json value, const Place& place) {
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS) {
      return true;
    }
    std::size_t count = 0;
    std::vector<bool> has(node.required.size(), false);
    for (const auto& [name, member] : object) {
      take(1 + name.size() / kBytesOfStep);
      ++count;
      if (!fits_member(node, name, member, place)) {
        return false;
      }
      if (const auto required = node.required.find(name); required != node.required.end()) {
        has[required->second] = true;
      }
    }
    for (const auto& [name, number] : node.required) {
      if (!has[number]) {
        return misfit(place, "required: ", shown(name), " is missing");
      }
    }
    return fits_count(count, node.members_count, place, "Properties") &&
           fits_dependencies(node, object, value, place);
  }

  bool fits_member(const SchemaNode& node, std::string_view name, Json member,
                   const Place& around) {
    const Place place{&around, name};
    if (node.names != kNoSchema && !fits_name(node.names, name, place)) {
      return false;
    }
    const auto property = node.properties.find(name);
    if (property != node.properties.end()) {
      return within(property->second, member, place);
    }
    if (node.additional == kNoSchema) {
      return true;
    }
    return nodes_[node.additional].is_never
               ? misfit(place, "additionalProperties: there is no such property")
               : within(node.additional, member, place);
  }

  // A name as a value: as JSON has it.
  bool fits_name(SchemaIndex schema, std::string_view name, const Place& place) {
    std::string json = "\"";
    for (const char c : name) {
      constexpr std::string_view kHex = "0123456789abcdef";
      if (static_cast<unsigned char>(c) < 0x20) {
        json += {'\\', 'u', '0', '0', kHex[static_cast<unsigned char>(c) >> 4U], kHex[c & 15]};
      } else {
        json += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
      }
    }
    take(8);
    simdjson::dom::parser parser;
    Json value;
    return parser.parse(json + "\"").get(value) == simdjson::SUCCESS &&
           (quietly(schema, value, place) || misfit(place, "propertyNames: the name does not fit"));
  }

  bool fits_dependencies(const SchemaNode& node, simdjson::dom::object object, Json value,
                         const Place& place) {
    if (node.needs_members.empty() && node.needs_schema.empty()) {
      return true;
    }
    std::map<std::string_view, bool> names;
    for (const auto& [name, member] : object) {
      take(1);
      names[name] = true;
    }
    for (const auto& [name, needed] : node.needs_members) {
      for (const std::string& other : names.contains(name) ? needed : std::vector<std::string>()) {
        take(1);
        if (!names.contains(other)) {
          return misfit(place, "dependencies: ", shown(name), " needs ", shown(other));
        }
      }
    }
    return std::all_of(node.needs_schema.begin(), node.needs_schema.end(), [&](const auto& needed) {
      return !names.contains(needed.first) || within(needed.second, value, place);
    });
  }

  bool fits_together(const SchemaNode& node, Json value, const Place& place) {
    for (const SchemaIndex schema : node.all_of) {
      if (!within(schema, value, place)) {
        return false;
      }
    }
    const auto is_fit = [&](SchemaIndex schema) { return quietly(schema, value, place); };
    if (!node.any_of.empty() && std::none_of(node.any_of.begin(), node.any_of.end(), is_fit)) {
      return misfit(place, "anyOf: none of them fits");
    }
    if (!node.one_of.empty()) {
      const auto count = std::count_if(node.one_of.begin(), node.one_of.end(), is_fit);
      if (count != 1) {
        return misfit(place, "oneOf: ", std::to_string(count), " of them fit");
      }
    }
    return node.none_of == kNoSchema || !is_fit(node.none_of) ||
           misfit(place, "not: fits what it must not");
  }

  bool fits_condition(const SchemaNode& node, Json value, const Place& place) {
    if (node.when == kNoSchema) {
      return true;
    }
    const SchemaIndex next = quietly(node.when, value, place) ? node.then : node.otherwise;
    return next == kNoSchema || within(next, value, place);
  }

  const std::vector<SchemaNode>& nodes_;
  std::size_t& steps_;
  std::size_t depth_ = 0;
  std::size_t quiet_ = 0;
  Misfit found_;
};

}  // namespace

std::variant<Schema::Fits, Misfit, Schema::TooMuch> Schema::check(const JsonText& text,
                                                                  std::size_t& steps) const {
  Check check(parts_->nodes, steps);
  try {
    if (check.fits(0, text.parser_->root, Place())) {
      return Fits();
    }
    return check.found();
  } catch (const NoStepsLeft&) {
    return TooMuch();
  } catch (const TooDeep& deep) {
    return Misfit{deep.pointer, "is nested deeper than " + std::to_string(kDepthMax)};
  }
}

}  // namespace store

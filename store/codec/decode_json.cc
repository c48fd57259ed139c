#include "decode_json.h"

#include <algorithm>
#include <limits>

#include "json_values.h"

namespace store {
namespace {

using capnp::DynamicList;
using capnp::DynamicStruct;
using jobq::WrongField;
using Where = const std::string&;

constexpr std::string_view kRaw[] = {"request", "response", "complete"};
constexpr std::string_view kLeaseToken = "leaseToken";
constexpr std::string_view kOfLease[] = {"job", "attempt", kLeaseToken};

bool is_one_of(auto& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

capnp::Text::Reader text_reader(const std::string& text) { return {text.c_str(), text.size()}; }

// Too large for the field is the largest that it can hold, which whoever reads it refuses.
template <typename Number>
Number number(std::string_view text, Where where) {
  constexpr std::uint64_t kMax = std::numeric_limits<Number>::max();
  return static_cast<Number>(std::min(
      jobq::json::number_of(where, text, std::numeric_limits<std::uint64_t>::max()), kMax));
}

std::uint64_t number_or_time(std::string_view text, Where where) {
  if (!text.starts_with('"')) {
    return number<std::uint64_t>(text, where);
  }
  return static_cast<std::uint64_t>(jobq::json::time_of(where, text).time_since_epoch().count());
}

void fill_struct(DynamicStruct::Builder out, std::string_view text, Where where);
void fill_list(DynamicList::Builder out, const std::vector<std::string_view>& items, Where where);

// What has a value of its own, not a place in the message.
template <typename Set>
void set_value(capnp::Type type, std::string_view text, Where where, const Set& set) {
  switch (type.which()) {
    case capnp::schema::Type::VOID: return set(capnp::VOID);
    case capnp::schema::Type::BOOL: return set(jobq::json::truth_of(where, text));
    case capnp::schema::Type::UINT8: return set(number<std::uint8_t>(text, where));
    case capnp::schema::Type::UINT16: return set(number<std::uint16_t>(text, where));
    case capnp::schema::Type::UINT32: return set(number<std::uint32_t>(text, where));
    case capnp::schema::Type::UINT64: return set(number_or_time(text, where));
    case capnp::schema::Type::INT64: return set(jobq::json::signed_number_of(where, text));
    case capnp::schema::Type::FLOAT64: return set(jobq::json::decimal_of(where, text));
    case capnp::schema::Type::TEXT: {
      const std::string value = jobq::json::text_of(where, text);
      return set(text_reader(value));
    }
    case capnp::schema::Type::ENUM: {
      const std::string word = jobq::json::text_of(where, text);
      const auto enumerant = type.asEnum().findEnumerantByName(word);
      KJ_IF_MAYBE (found, enumerant) {
        return set(capnp::DynamicEnum(*found));
      }
      jobq::json::no_word(where, word);
    }
    default: throw WrongField(where, "cannot be given as JSON");
  }
}

void fill_field(DynamicStruct::Builder out, capnp::StructSchema::Field field, std::string_view text,
                Where where) {
  const std::string_view name(field.getProto().getName().begin(),
                              field.getProto().getName().size());
  const capnp::Type type = field.getType();
  if (type.isStruct()) {
    return fill_struct(out.init(field).as<DynamicStruct>(), text, where);
  }
  if (type.isList()) {
    const auto items = jobq::json::list_of(where, text);
    if (items.size() > jobq::limits::kItemsMax) {  // which no list may have more than
      throw WrongField(
          where, "has more than itemsMax = " + std::to_string(jobq::limits::kItemsMax) + " items");
    }
    const auto size = static_cast<unsigned>(items.size());
    return fill_list(out.init(field, size).as<DynamicList>(), items, where);
  }
  if (type.isText() && is_one_of(kRaw, name)) {
    const std::string raw(text);
    return out.set(field, text_reader(raw));
  }
  set_value(type, text, where, [&](auto value) { out.set(field, value); });
}

void fill_list(DynamicList::Builder out, const std::vector<std::string_view>& items, Where where) {
  const capnp::Type type = out.getSchema().getElementType();
  for (unsigned i = 0; i < out.size(); ++i) {
    const std::string at = where + '[' + std::to_string(i) + ']';
    if (type.isStruct()) {
      fill_struct(out[i].as<DynamicStruct>(), items[i], at);
    } else {
      set_value(type, items[i], at, [&](auto value) { out.set(i, value); });
    }
  }
}

void fill_members(DynamicStruct::Builder out, const jobq::JsonMembers& members, Where where) {
  const capnp::StructSchema schema = out.getSchema();
  for (const auto& [name, value] : members) {
    const std::string at = jobq::json::place_of(where, name);
    const std::string part = name == kLeaseToken ? "token" : name;
    KJ_IF_MAYBE (field, schema.findFieldByName(part)) {
      fill_field(out, *field, value, at);
      continue;
    }
    KJ_IF_MAYBE (lease, schema.findFieldByName("lease")) {
      if (is_one_of(kOfLease, name)) {
        auto inner = out.get(*lease).as<DynamicStruct>();
        fill_field(inner, inner.getSchema().getFieldByName(part), value, at);
        continue;
      }
    }
    throw WrongField(at, "there is no such field");
  }
}

void fill_struct(DynamicStruct::Builder out, std::string_view text, Where where) {
  fill_members(out, jobq::json::fields_of(where, text), where);
}

}  // namespace

void fill_body(DynamicStruct::Builder body, const ExpectedBody& expected, const JsonBody& json) {
  const auto member = body.getSchema().getFieldByName(std::string(expected.name).c_str());
  const bool says_nothing = json.object.empty() && json.client.empty();
  if (!member.getType().isStruct() || (says_nothing && expected.or_none)) {
    return;
  }
  auto out = body.init(member).as<DynamicStruct>();
  if (json.is_item) {
    const std::string item(json.object);
    return out.set("item", text_reader(item));
  }
  const auto members = jobq::json::fields_of({}, json.object.empty() ? "{}" : json.object);
  for (const std::string_view name : {"jobs", "outcomes"}) {
    KJ_IF_MAYBE (list, out.getSchema().findFieldByName(name.data())) {
      const bool is_one = std::none_of(members.begin(), members.end(),
                                       [&](const auto& part) { return part.first == name; });
      if (is_one) {
        auto item = out.init(*list, 1).as<DynamicList>()[0].as<DynamicStruct>();
        return fill_members(item, members, {});
      }
    }
  }
  fill_members(out, members, {});
  if (!json.client.empty()) {
    const std::string client(json.client);
    out.set("client", text_reader(client));
  }
}

}  // namespace store

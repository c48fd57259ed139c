// One line for each field of a value: its member, and what the schema calls it. Whoever copies,
// prints, hashes or compares values walks these lines, so that a new field is one more line.
//
//   FIELDS(Backoff) {
//     FIELD(initial, InitialMs);
//     FIELD(max, MaxMs);
//   }
//
// each_field(value, visit) calls `visit` with each member of the value and the field's accessors,
// which work on every Cap'n Proto reader and builder that has a field of that name.
// INLINED(member) stands for all fields of a member that the schema has among those of the value
// itself. The tables stand in the namespace of their values.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

namespace jobq {

template <typename T>
struct FieldsOf {
  using Value = T;
};

template <typename T>
concept HasFields = requires {
  visit_fields(FieldsOf<T>(), [](auto&&...) {});
};

// Of nested values: that one that says nothing is left out of messages.
template <typename T>
inline constexpr bool kMayBeLeftOut = false;
// Of values whose lists are in messages even if they are empty, as they always were.
template <typename T>
inline constexpr bool kKeepsEmptyLists = false;

template <typename Get, typename Set, typename Init, typename Has>
struct FieldAccess {
  std::string_view name;  // as in the schema, but for its first letter: "InitialMs"
  Get get;
  Set set;
  Init init;
  Has has;
};
template <typename Get, typename Set, typename Init, typename Has>
FieldAccess(const char*, Get, Set, Init, Has) -> FieldAccess<Get, Set, Init, Has>;
struct InlinedAccess {};

template <typename T, typename Visit>
constexpr void each_field(T& value, const Visit& visit) {
  visit_fields(FieldsOf<std::remove_const_t<T>>(),
               [&](auto member, const auto& access) { visit(value.*member, access); });
}

// "initialMs"
inline std::string schema_name(std::string_view field) {
  std::string name(field);
  name[0] = static_cast<char>(name[0] | 0x20);
  return name;
}

// Whether every field has the value that it has when nothing is said.
template <HasFields T>
bool says_nothing(const T& value) {
  static const T kNothing{};
  bool is_same = true;
  visit_fields(FieldsOf<T>(), [&](auto member, const auto&) {
    using Member = std::remove_cvref_t<decltype(value.*member)>;
    if constexpr (HasFields<Member>) {
      is_same = is_same && says_nothing(value.*member);
    } else if constexpr (requires { (value.*member).empty(); }) {
      is_same = is_same && (value.*member).empty();
    } else if constexpr (requires { (value.*member).has_value(); }) {
      is_same = is_same && !(value.*member).has_value();
    } else {
      is_same = is_same && value.*member == kNothing.*member;
    }
  });
  return is_same;
}

// Replaces each field of `value` about which `said` says something.
template <HasFields T>
void take_said(T& value, const T& said) {
  static const T kNothing{};
  visit_fields(FieldsOf<T>(), [&](auto member, const auto&) {
    if constexpr (HasFields<std::remove_cvref_t<decltype(value.*member)>>) {
      take_said(value.*member, said.*member);
    } else if (said.*member != kNothing.*member) {
      value.*member = said.*member;
    }
  });
}

}  // namespace jobq

#define FIELDS(T) constexpr void visit_fields([[maybe_unused]] ::jobq::FieldsOf<T> of, auto&& visit)
#define FIELD(member, Name)                                                               \
  visit(&decltype(of)::Value::member,                                                     \
        ::jobq::FieldAccess{#Name, [](auto from) { return from.get##Name(); },            \
                            [](auto to, const auto& it) { to.set##Name(it); },            \
                            [](auto to, auto... size) { return to.init##Name(size...); }, \
                            [](auto from) { return from.has##Name(); }})
#define INLINED(member) visit(&decltype(of)::Value::member, ::jobq::InlinedAccess{})

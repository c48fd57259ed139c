// What tables between record.capnp and our types are made of: one line for each field. For the
// files that implement record.h only.
//
// A field is written whatever its value is; OPTIONAL fields stay null where there is nothing to
// say, which takes a pointer instead of a pointer and a word, and reads the same.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "event.h"
#include "record.capnp.h"
#include "record.h"
#include "state.h"
#include "storage.h"
#include "texts.h"
#include "wire.h"

namespace store {

using jobq::wire::bytes_of;
using jobq::wire::ms;
using jobq::wire::text;

inline Time time_of(std::uint64_t ms) { return Time(Span(ms)); }
inline std::string text_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

inline bool is_set(const Hash& hash) { return hash != Hash{}; }
template <typename Texts>
bool is_set(const Texts& texts) {
  return !texts.empty();
}

inline capnp::Data::Reader data(const Hash& hash) { return {hash.data(), hash.size()}; }
// Data that is not as long as a hash is all zero.
inline Hash hash_of(capnp::Data::Reader in) {
  Hash hash{};
  if (in.size() == hash.size()) {
    std::copy(in.begin(), in.end(), hash.begin());
  }
  return hash;
}

// ----------------------------------------------------------------------------------- the tables

// FIELD and INLINED (contract/fields.h) work here as they do there. Texts, lists and structs lie in
// a record in the order of these lines, which is as old as the record: keep it.
template <typename T>
struct RecordOf {
  using Value = T;
};
template <typename Access>
struct OptionalAccess {
  Access access;
};
#define RECORD(T) \
  constexpr void visit_record([[maybe_unused]] RecordOf<T> of, [[maybe_unused]] auto&& visit)
#define OPTIONAL(member, Name)                                                         \
  ([&](auto&& visit) { FIELD(member, Name); })([&](auto pointer, const auto& access) { \
    visit(pointer, OptionalAccess<std::remove_cvref_t<decltype(access)>>{access});     \
  })

}  // namespace store

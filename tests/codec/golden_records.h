// Records as released versions wrote them.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "../describe/describe.h"
#include "golden_files.h"
#include "record.capnp.h"
#include "record.h"

namespace store {

// Requires that the record is what released versions wrote, and returns what is in the file.
template <typename Root>
std::string stored(const std::string& name, const std::string& bytes) {
  golden::check(name, bytes, capnp::Schema::from<Root>());
  return golden::read(name);
}

// Requires that the value reads as it was written, by released versions if `name` is one of theirs.
template <typename Root, typename T>
void check_reads(const std::string& name, const T& value) {
  const std::string bytes = encode_record(value);
  CHECK(describe(decode_record<T>(name.empty() ? bytes : stored<Root>(name, bytes))) ==
        describe(value));
}

inline Time at(std::int64_t ms) { return Time(Span(1'700'000'000'000 + ms)); }

inline const Terms kRetriedTerms{.keep_for = Span(60'000),
                                 .failures_max = 5,
                                 .lost_leases_max = 3,
                                 .backoff = Backoff{Span(1000), Span(3'600'000), 200, 20}};

// With nothing but what each job has.
inline Submitted plain(const std::string& id, const Terms& terms) {
  return {.id = id,
          .client = "alice",
          .function = {},
          .request = "1",
          .trace = {},
          .tags = {},
          .priority = 50,
          .not_before = {},
          .terms = terms,
          .content = {}};
}

// Requires that each entry reads as it was written, by released versions, in a turn.
inline void check_turn(const std::string& name, const std::vector<Entry>& entries) {
  const DecodedTurn turn = decode_turn(stored<record::Turn>(name, encode_turn(at(0), entries)));
  REQUIRE(turn.entries.size() == entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CHECK(describe(turn.entries[i]) == describe(entries[i]));
  }
}

// Requires that no part of the record is taken for a whole one.
template <typename Decode>
void check_cuts(const std::string& record, Decode decode) {
  for (std::size_t size = 0; size < record.size(); ++size) {
    INFO("cut to " << size << " of " << record.size());
    const std::string cut(record.data(), size);
    CHECK_THROWS_AS(decode(cut), StorageError);
  }
}

// To a new state: its datasource, and then these.
inline void happen(State& state, std::vector<Entry> entries) {
  entries.insert(entries.begin(), {.sequence = 0, .job = {}, .change = DatasourceAdded{"scan"}});
  for (Entry& entry : entries) {
    state.apply(at(0), entry);
  }
}

}  // namespace store

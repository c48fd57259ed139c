// What holds for a job beside its content: limits of its attempts, its time and its retries. Each
// value comes from the job itself, else from its datasource, else from the store; it is settled
// when the job is submitted and then stays.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "job.h"
#include "jobq/datasources.h"

namespace store {

// The first that is set, the most specific first; the last if none is.
template <typename Value, typename... Others>
Value first_set(const Value& value, const Others&... others) {
  if constexpr (sizeof...(others) == 0) {
    return value;
  } else {
    return value != Value{} ? value : first_set(others...);
  }
}

using jobq::Backoff;
using jobq::Mode;

// `chance` is uniform over all 64-bit numbers.
Span backoff_delay(const Backoff& backoff, std::uint32_t failures, std::uint64_t chance);

struct Terms {
  Span keep_for{};
  Span valid_for{};  // zero: for ever
  Span timeout{};    // zero: without limit
  std::uint32_t failures_max = 0;
  std::uint32_t lost_leases_max = 0;
  std::uint32_t releases_max = 0;  // zero: without limit
  Backoff backoff;
  auto operator<=>(const Terms&) const = default;
};

// The same, as a job or a datasource says it: zero and empty are left to whom it belongs.
struct SaidTerms {
  Span keep_for{};
  Span valid_for{};
  Span timeout{};
  std::uint32_t failures_max = 0;
  std::uint32_t lost_leases_max = 0;
  std::uint32_t releases_max = 0;
  std::optional<Backoff> backoff = {};
  auto operator<=>(const SaidTerms&) const = default;
};

// protocol.capnp's DatasourceConfig; zero and empty: the store's default, or no limit.
struct DatasourceConfig {
  std::string description = {};
  std::uint8_t priority = 0;
  SaidTerms terms = {};
  Span lease{};
  Span cancel_grace{};
  std::uint32_t waiting_max = 0;
  std::uint32_t waiting_per_client_max = 0;
  std::uint32_t running_max = 0;
  std::map<std::string, std::uint32_t> weights = {};  // by client
  std::map<std::string, std::uint32_t> costs = {};    // by function
  bool operator==(const DatasourceConfig&) const = default;
};

}  // namespace store

// What peers can ask of the engine: decoded, checked for size and alphabet, and owning its texts.
// The glossary of the product; schema/protocol.capnp explains each field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "changes.h"
#include "job.h"
#include "replies.h"

namespace store {

// An item of a list that the codec found malformed is answered in its place; the others go on.
template <typename T>
using Item = std::variant<T, Refused>;

struct Submit {
  std::string datasource;
  std::vector<Item<Submitted>> jobs;
};

struct GetJob {
  std::string datasource;
  std::string job;
  std::optional<std::string> client;  // empty: a driver asks, of any client
  Span wait{};
  Sequence seen = 0;
  bool until_final = false;
};

struct ListJobs {
  std::string datasource;
  std::optional<std::string> client;  // empty: of all clients
  Sequence cursor = 0;
  std::size_t limit = 0;
  std::uint8_t statuses = 0;  // bit per Status
};

struct Accept {
  std::string datasource;
  std::string worker;
  std::uint64_t request_number = 0;
  std::size_t max = 1;
  Span lease{};
  Span wait{};
};

struct Lease {
  std::string job;
  std::uint32_t attempt = 0;
};

struct Renew {
  std::string datasource;
  std::vector<Lease> leases;
  Span lease{};
};

struct Outcome {
  Lease lease;
  std::variant<Completed, Failed> word;
};

struct Update {
  std::string datasource;
  std::vector<Item<Outcome>> outcomes;
};

using Command = std::variant<Submit, GetJob, ListJobs, Accept, Renew, Update>;

}  // namespace store

// The driver's questions to a store, as Driver and Worker both ask them. Internal to the library.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "connection.h"
#include "jobq/driver.h"
#include "jobq/limits.h"

namespace jobq {

// Items in one message, by the contract (protocol.capnp).
constexpr std::size_t kItemsMax = limits::kItemsMax;

// The first request number of a worker: rises across restarts of the worker without anything
// stored, as long as it accepts less often than once per microsecond.
std::uint64_t first_request_number();

struct Accepted {
  std::vector<AcceptedJob> jobs;
  std::vector<CancelRequest> cancels;
};

// All may throw Refused, Unreachable and Interrupted.
Accepted ask_accept(StoreConnection& store, const std::string& datasource, const AcceptQuery& query,
                    std::uint64_t request_number, Span patience);
Renewal ask_renew(StoreConnection& store, const std::string& datasource, const RenewQuery& query);
std::vector<UpdateResult> ask_update(StoreConnection& store, const std::string& datasource,
                                     std::span<const Outcome> outcomes);

}  // namespace jobq

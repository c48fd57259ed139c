// The one table of the store's paths: which operation a method and a path mean, and who may ask.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "replies.h"

namespace store {

enum class Method : std::uint8_t { kGet, kPost, kPut, kDelete };
std::string_view to_string(Method method);

enum class Operation : std::uint8_t {
  kSubmit,
  kGetJob,
  kListJobs,
  kCancel,
  kReadLog,
  kSubscribe,
  kReadEvents,
  kExplain,
  kAccept,
  kRenew,
  kUpdate,
  kUpdateOne,
  kPeek,
  kLatest,
  kSince,
  kGetConfig,
  kListConfigs,
  kConfigure,
  kPause,
  kResume,
  kDrain,
  kDatasourceStats,
  kListWorkers,
  kRedrive,
  kRemove,
  kRestart,
  kEdit,
  kListTokens,
  kRevokeToken,
  kListKeys,
  kNewKey,
  kRetireKey,
  kStoreStatus,
  kStoreStats,
};
inline constexpr std::uint8_t kOperationCount = 34;

enum class Access : std::uint8_t {
  kOpen,      // no token
  kClient,    // a token; the caller acts as one client
  kDriver,    // a token for driver paths: sees all clients' jobs
  kOperator,  // a token for /admin
};

// Whether the operation only tells something.
bool is_status(Operation operation);

struct Route {
  Operation operation;
  Access access;
  // Parts of the path, checked ids; they point into it. `job`: also that of a token or a key. Empty
  // where the path has none: then the operation means all datasources, or the body names the one.
  std::string_view datasource;
  std::string_view job;
  // Of .../since/<N>: a time in milliseconds since 1970 when it has 12 digits or more, else a
  // cursor.
  std::uint64_t since = 0;
  bool since_is_time = false;
};

// 404 for an unknown path, 405 for a known one with another method, 400 for an id or a number that
// is none. Called for every request: allocates only to refuse.
std::variant<Route, Refused> find_route(Method method, std::string_view path,
                                        std::size_t path_bytes_max, std::size_t id_bytes_max);

// Empty when `id` is fit to name a job (or a datasource); else what is wrong with it.
std::string wrong_with_job_id(std::string_view id, std::size_t bytes_max);
std::string wrong_with_datasource_id(std::string_view id, std::size_t bytes_max);
// The same for the name of a client, a worker, a function or a tag.
std::string wrong_with_name(std::string_view name, std::size_t bytes_max);

}  // namespace store

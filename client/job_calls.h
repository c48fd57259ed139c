// Questions about one job, which clients ask below /<DSID> and drivers below /jobs/<DSID>.
// Internal to the client and driver libraries.
#pragma once

#include <cstdint>
#include <string>

#include "connection.h"
#include "jobq/types.h"

namespace jobq {

// Which job, and where it is asked for.
struct JobAddress {
  std::string base;    // "/scan", "/jobs/scan"
  std::string job;     // id
  std::string client;  // may be empty
};

struct StatusQuery {
  Span held{};  // while there is nothing new
  std::uint64_t seen = 0;
  bool until_final = false;
  StatusOptions options{};
};

JobStatus ask_status(StoreConnection& store, const JobAddress& address, const StatusQuery& query,
                     Span patience);
JobStatus ask_cancel(StoreConnection& store, const JobAddress& address);
LogPage ask_log(StoreConnection& store, const JobAddress& address, const LogQuery& query);
Explanation ask_explain(StoreConnection& store, const JobAddress& address);
// `path`: "/scan/job/list", "/jobs/scan/list"
JobPage ask_list(StoreConnection& store, const std::string& path, const ListQuery& query,
                 Span patience);
inline JobPage ask_list(StoreConnection& store, const std::string& path, const ListQuery& query) {
  return ask_list(store, path, query, store.options().patience);
}

// All of them, however many answers it takes. `path`: "/scan/job/count", "/jobs/scan/count"
std::uint64_t ask_count(StoreConnection& store, const std::string& path, ListQuery query);

}  // namespace jobq

// Lists of jobs that take the store several answers: in an order by a value it gives the first of
// the jobs that it looked at, and the rest is asked for and sorted in; and so it counts.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <string>

#include "jobq/lists.h"
#include "jobq/request.h"
#include "store_calls.h"

namespace gateway {

struct ListQuestion {
  std::string path;  // "/scan/job/list"
  std::string token;
  jobq::ListQuery query;
};

kj::Promise<jobq::Answer<jobq::JobPage>> ordered_page(StoreCalls& calls, ListQuestion question);

// Of all jobs in the list, whatever its limit and wherever the page begins.
kj::Promise<jobq::Answer<jobq::JobCount>> total_of(StoreCalls& calls, ListQuestion question);

}  // namespace gateway

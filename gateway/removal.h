// A job that a user removes, for all interfaces that have users.
#pragma once

#include <string>

#include "asker.h"
#include "steps.h"

namespace gateway {

// `done`: the answer then. REQUIRES: calls and asker outlive the promise.
inline Told remove_job(StoreCalls& calls, const Asker& asker, const std::string& job,
                       Reply (*done)()) {
  return next(asker.ask_is_operator(calls),
              [&calls, &asker, job, done](const jobq::DatasourceConfig&) -> Told {
                return next(asker.ask_status(calls, job),
                            [&calls, &asker, done](const jobq::JobStatus& found) -> Told {
                              return next(
                                  asker.ask_remove(calls, found),
                                  [done](const jobq::JobStatus&) -> Told { return some(done()); });
                            });
              });
}

}  // namespace gateway

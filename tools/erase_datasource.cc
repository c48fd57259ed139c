#include "erase_datasource.h"

#include <chrono>
#include <thread>

#include "output.h"

namespace tools {
namespace {

void remove_jobs(jobq::Admin& admin, const std::string& datasource,
                 const std::function<void(const jobq::BulkStep&)>& on_step) {
  jobq::BulkQuery query{.where = {.limit = kPageMax}, .is_forced = true};
  do {
    const jobq::BulkStep step = admin.remove_all(datasource, query);
    query.where.cursor = step.cursor;
    if (step.cursor != 0) on_step(step);
  } while (query.where.cursor != 0);
}

}  // namespace

// Some jobs stay a moment longer than others: those that ran, and those that others wait for.
void erase_datasource(jobq::Admin& admin, const std::string& datasource,
                      const std::function<void(const jobq::BulkStep&)>& on_step) {
  constexpr int kTries = 500;
  constexpr auto kPause = std::chrono::milliseconds(20);
  for (int tries = 0;; ++tries) {
    remove_jobs(admin, datasource, on_step);
    try {
      return admin.drop(datasource);
    } catch (const jobq::Refused& refused) {
      if (refused.code() != 409 || tries == kTries) throw;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace tools

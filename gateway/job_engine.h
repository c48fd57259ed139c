// JobEngine's requests below /api/v1: jobs of the queue that X-Queue names, which is a datasource.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "asker.h"
#include "held_bytes.h"
#include "http_request.h"
#include "jobq/outcomes.h"
#include "steps.h"

namespace gateway {

class JobEngine {
 public:
  static constexpr std::string_view kPath = "/api/v1";

  explicit JobEngine(StoreCalls& calls) : calls_(calls) {}  // which must outlive this

  // Whether a store is needed to answer.
  static bool is_test(const HttpRequest& request);

  // Throws Refusal. REQUIRES: all outlive the promise.
  Told answer(const HttpRequest& request, const Asker& asker, HeldBytes::Share& share,
              std::string_view body);

 private:
  struct Change;

  Told create(const Asker& asker, std::string_view body);
  Told next_job(const Asker& asker);
  Told take(const Asker& asker);
  Told list(const Asker& asker, HeldBytes::Share& share, const std::string& filter);
  Told update(const Asker& asker, const std::string& job, std::string_view body);
  Told update_found(const Asker& asker, const Change& change, const jobq::JobStatus& job);
  Told with_lease(const Asker& asker, const Change& change, const jobq::JobStatus& job);
  Told go_on(const Asker& asker, const Change& change, const jobq::JobStatus& job,
             const jobq::Lease& lease);
  Told report(const Asker& asker, const Change& change, const jobq::JobStatus& job,
              const jobq::Lease& lease);
  Told say(const Asker& asker, jobq::Outcome outcome);
  Told edit(const Asker& asker, const Change& change, const jobq::JobStatus& job,
            std::function<Told()> then);
  Told tell(const Asker& asker, const std::string& job, unsigned code);

  StoreCalls& calls_;
};

}  // namespace gateway

#include "audited_jobs.h"

#include <variant>

namespace store {

void AuditedJobs::add(const Command& command) {
  const auto add_one = [this](const auto& item) {
    if constexpr (requires { item.lease.job; }) {
      add(item.lease.job);
    } else if constexpr (requires { item.id; }) {
      add(item.id);
    }
  };
  const auto add_items = [&](const auto& items) {
    for (const auto& item : items) {
      std::visit(add_one, item);
    }
  };
  std::visit(
      [&](const auto& asked) {
        if constexpr (requires { asked.outcomes; }) {
          add_items(asked.outcomes);
        } else if constexpr (requires { asked.jobs; }) {
          add_items(asked.jobs);
        } else if constexpr (requires { asked.leases; }) {
          for (const Lease& lease : asked.leases) {
            add(lease.job);
          }
        } else if constexpr (requires { asked.job; }) {
          add(asked.job);
        }
      },
      command);
}

void AuditedJobs::add(const Reply& reply) {
  if (const auto* accepted = std::get_if<AcceptReply>(&reply)) {
    for (const JobView& job : accepted->jobs) {
      add(job.id);
    }
  } else if (const auto* redriven = std::get_if<RedriveReply>(&reply)) {
    for (const JobView& job : redriven->jobs) {
      add(job.id);
    }
  }
}

void AuditedJobs::put_into(AuditLine& line) const {
  line.jobs.assign(jobs_.begin(), jobs_.end());
  line.jobs_more = more_;
}

void AuditedJobs::add(const std::string& job) {
  if (job.empty()) {
    return;
  }
  if (jobs_.size() == kAuditedJobsMax) {
    ++more_;
  } else {
    jobs_.push_back(job);
  }
}

}  // namespace store

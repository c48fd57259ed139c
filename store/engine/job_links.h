// Which job restarts which: of the few that have to do with a restart.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "job.h"

namespace store {

// The job that a job restarts, and the one that restarted it; empty: none.
struct Links {
  std::string parent;
  std::string child;
};

class JobLinks {
 public:
  const Links& of(const Job& job) const {
    static const Links kNone;
    return job.has_links ? links_.at(job.key) : kNone;
  }

  std::size_t count() const { return links_.size(); }

  void join(Job& parent, Job& child) {
    links_[child.key].parent = parent.id;
    links_[parent.key].child = child.id;
    parent.has_links = child.has_links = true;
  }
  void restore(Job& job, Links links) {
    job.has_links = !links.parent.empty() || !links.child.empty();
    if (job.has_links) {
      links_[job.key] = std::move(links);
    }
  }
  void remove(const Job& job) {
    if (job.has_links) {
      links_.erase(job.key);
    }
  }

 private:
  std::map<JobKey, Links> links_;
};

}  // namespace store

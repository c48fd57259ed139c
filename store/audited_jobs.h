// The jobs that a request concerned, for its line in the audit.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "audit.h"
#include "commands.h"
#include "replies.h"

namespace store {

class AuditedJobs {
 public:
  // Those that the request names.
  void add(const Command& command);
  // Those that only the answer names: handed out by an accept, or made of others.
  void add(const Reply& reply);

  // `line` is good as long as this object.
  void put_into(AuditLine& line) const;

 private:
  void add(const std::string& job);

  std::vector<std::string> jobs_;
  std::size_t more_ = 0;
};

}  // namespace store

// A job's texts, which pass through the store unread. Empty where the job has none.
#pragma once

#include <functional>
#include <string>

#include "changes.h"
#include "job.h"

namespace store {

struct Texts {
  std::string request;
  std::string response;
  Failure failure;
};

// Reads a job's texts; the result is good until the next call.
using ReadTexts = std::function<const Texts&(JobKey)>;

}  // namespace store

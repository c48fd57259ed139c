// What passes through the store unread, and where whoever encodes a reply finds it.
#pragma once

#include <string>
#include <vector>

#include "changes.h"
#include "event.h"
#include "job.h"
#include "jobq/limits.h"

namespace store {

// Empty where the job has none.
struct Texts {
  std::string response;
  JobError failure;
  std::string message;       // of the progress
  std::string checkpoint{};  // that an attempt has left for the next one
  std::string grants{};      // for its worker
};

// What the job brought with it.
struct Payload {
  std::string request;
  std::string trace;
};

using jobq::Attempt;
using jobq::LogLine;

// Events of a scope, as far as they were looked for.
struct FoundEvents {
  std::vector<Event> events;
  Sequence cursor = 0;  // up to here none is missing
  bool is_end = false;  // there are no more
};

// REQUIRES of all that name a job: it is known. References are good until the next call of any
// member.
class TextSource {
 public:
  virtual ~TextSource() = default;
  virtual const Texts& texts(JobKey job) = 0;
  virtual const Payload& payload(JobKey job) = 0;
  // Attempts that ended without ending the job, oldest first; the last kAttemptsKept.
  virtual std::vector<Attempt> attempts(JobKey job) = 0;
  // Lines with numbers above `after` up to `last`, as far as they are kept.
  virtual std::vector<LogLine> log(JobKey job, std::uint32_t after, std::uint32_t last) = 0;
  virtual FoundEvents events(const EventsReply& query) = 0;
  virtual jobq::HistoryPage history(const HistoryReply& query) = 0;
  // The bytes of code that is there.
  virtual std::string code(DatasourceIndex datasource, const std::string& hash) = 0;
};

// Of each job, the youngest.
inline constexpr std::uint32_t kAttemptsKept = jobq::limits::kAttemptsKept;
inline constexpr std::uint32_t kLogLinesKept = jobq::limits::kLogLinesKept;

}  // namespace store

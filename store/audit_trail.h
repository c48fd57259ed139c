// Which requests get a line in the audit: those that changed something, those whose token did not
// allow them, and jobs that were given to workers, which may be long after they asked.
#pragma once

#include <span>

#include "admission.h"
#include "audit.h"
#include "effects.h"

namespace store {

class AuditTrail {
 public:
  // nullptr: nothing is written down. `log` and `state` must outlive this.
  AuditTrail(AuditLog* log, const State& state) : log_(log), state_(state) {}

  // Of the request that is served next: the jobs that it names.
  void begin(const std::optional<Command>& command);

  // What came of it: whether anything is changed by it, and what the engine answered meanwhile.
  void end(Time now, const Request& request, std::string_view curve_key, bool has_changed,
           std::span<const Outbound> answers);

  // The turn has come to its end: notes whom it gave jobs. Returns what write() is to be given.
  std::size_t close(Time now, std::span<const Outbound> answers);

  // The turn is on disk: writes what was noted up to its end.
  void write(std::size_t bytes);

 private:
  AuditLog* const log_;
  const State& state_;
  AuditedJobs asked_;
};

}  // namespace store

// Which requests get a line in the audit: those that changed something, those whose token did not
// allow them, and jobs that were given to workers, which may be long after they asked. What a
// stranger can cause must not fill a disk: of refusals a few a second get a line, none while the
// disk has less than its reserve, and the others are counted.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>

#include "admission.h"
#include "audit.h"
#include "effects.h"

namespace store {

class AuditTrail {
 public:
  // Refusals that get a line in a second: of one code and token, and of all.
  static constexpr int kLinesOfKind = 5;
  static constexpr int kLinesMax = 20;
  // Of the path and of the error in a line of a refusal; what is longer is cut.
  static constexpr std::size_t kTextMax = 512;

  // nullptr: nothing is written down. `log` and `state` must outlive this.
  AuditTrail(AuditLog* log, const State& state, std::uint64_t disk_reserve_mib)
      : log_(log), state_(state), disk_reserve_mib_(disk_reserve_mib) {}

  // Of the request that is served next: the jobs that it names.
  void begin(const std::optional<Command>& command);

  // What came of it: whether anything is changed by it, and what the engine answered meanwhile.
  void end(Time now, const Request& request, std::string_view curve_key, bool has_changed,
           std::span<const Outbound> answers);

  // The turn has come to its end: notes whom it gave jobs, and, when a second is over or the trail
  // ends, how many refusals got no line. Returns what write() is to be given.
  std::size_t close(Time now, std::span<const Outbound> answers, bool is_last = false);

  // The turn is on disk: writes what was noted up to its end.
  void write(std::size_t bytes);

  // Refusals that got no line of their own.
  std::uint64_t left_out() const { return left_out_; }

 private:
  // Their code and token; "": of those that the store does not know, or of too many.
  using Kind = std::pair<unsigned, std::string>;
  struct Refusals {
    int lines = 0;
    std::uint64_t left_out = 0;
  };
  static constexpr std::size_t kKindsMax = 100;

  // Whether the refusal gets a line; else it is counted.
  bool takes(unsigned code, const std::string& token);
  void begin_second(Time now);

  AuditLog* const log_;
  const State& state_;
  const std::uint64_t disk_reserve_mib_;
  // Of the second that began then.
  Time second_{};
  bool has_room_ = true;
  int lines_ = 0;
  std::map<Kind, Refusals> refusals_;
  std::uint64_t left_out_ = 0;
  AuditedJobs asked_;
};

}  // namespace store

#include "caveats.h"
#include "timestamp.h"

namespace auth {
namespace {

std::string_view unit_of(const Rate& rate) {
  if (rate.span == std::chrono::seconds(1)) return "second";
  if (rate.span == std::chrono::minutes(1)) return "minute";
  if (rate.span == std::chrono::hours(1)) return "hour";
  return "day";
}

std::string explain_path(const std::string& pattern) {
  if (!pattern.ends_with('*')) return "only the path " + pattern;
  if (pattern == "*") return "any path";
  return "only paths that start with " + pattern.substr(0, pattern.size() - 1) + " and go on";
}

std::string counted(std::string_view before, std::uint64_t count, std::string_view thing) {
  std::string words(before);
  words += " " + std::to_string(count) + " ";
  words += thing;
  return count == 1 ? words : words + "s";
}

}  // namespace

std::string explain(const Caveat& caveat) {
  using Kind = Predicate::Kind;
  if (caveat.third_party) {
    return "only with a discharge by " +
           (caveat.location.empty() ? "a third party" : quoted(caveat.location));
  }
  const Predicate predicate = Predicate::parse(caveat.predicate);
  const std::string value(predicate.value());
  const std::string refused = "nothing: caveat " + quoted(predicate.text);
  switch (predicate.kind) {
    case Kind::kPath: return explain_path(value);
    case Kind::kMethod: return "only " + value + " requests";
    case Kind::kTarget: return "only at store " + value;
    case Kind::kClient: return "only as client " + value;
    case Kind::kTime: return "only until " + jobq::format_time(predicate.time);
    case Kind::kJob: return "only requests about job " + value;
    case Kind::kStatusOnly: return "only reading a job's status";
    case Kind::kLease: {
      std::string words = "only the lease of attempt " + std::to_string(predicate.lease.attempt);
      return words += " of the job with sequence " + std::to_string(predicate.lease.sequence);
    }
    case Kind::kCalls: return "only the requests " + value;
    case Kind::kActing: {
      const LeaseBound& lease = predicate.acting.lease;
      return "only while attempt " + std::to_string(lease.attempt) + " of the job with sequence " +
             std::to_string(lease.sequence) + " in " + predicate.acting.datasource +
             " has its lease";
    }
    case Kind::kPriority: return "only jobs of priority " + value + " or less";
    case Kind::kBytes: return counted("only requests of at most", predicate.number, "byte");
    case Kind::kWaiting: return counted("at most", predicate.number, "job") + " waiting at once";
    case Kind::kRunning: return counted("at most", predicate.number, "job") + " running at once";
    case Kind::kValidFor: return "only jobs that wait for at most " + value;
    case Kind::kRate: {
      std::string words = counted("at most", predicate.rate.count, "job") + " in each ";
      return words += unit_of(predicate.rate);
    }
    case Kind::kCurve: return "only over connections with the CURVE key " + value;
    case Kind::kObserve: return "only observing " + value + ", as databox does";
    case Kind::kFunction:
      if (!value.ends_with('*')) return "only jobs of function " + value;
      return "only jobs of functions that begin with " + quoted(value.substr(0, value.size() - 1));
    case Kind::kMalformed: return refused + " is malformed";
    case Kind::kUnknown: break;
  }
  return refused + " is unknown";
}

}  // namespace auth

#include "caveats.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace auth {
namespace {

using Kind = Predicate::Kind;

// What is wrong with a caveat by itself, in words that go after it.
std::optional<std::string_view> defect(const Predicate& predicate) {
  switch (predicate.kind) {
    case Kind::kUnknown: return " is unknown";
    case Kind::kMalformed: return " is malformed";
    default: return std::nullopt;
  }
}

// Whether some path is covered by both.
bool overlap(std::string_view one, std::string_view other) {
  if (!one.ends_with('*')) return covers(other, one);
  if (!other.ends_with('*')) return covers(one, other);
  one.remove_suffix(1);
  other.remove_suffix(1);
  return one.starts_with(other) || other.starts_with(one);
}

// Whether some function fits both: a "*" at the end stands for all that begins so.
bool function_overlap(std::string_view one, std::string_view other) {
  const bool is_open = one.ends_with('*');
  const bool is_other_open = other.ends_with('*');
  one.remove_suffix(is_open ? 1 : 0);
  other.remove_suffix(is_other_open ? 1 : 0);
  return (is_open && other.starts_with(one)) || (is_other_open && one.starts_with(other)) ||
         one == other;
}

// Of two caveats of one kind, whether some request meets both.
bool can_both_hold(const Predicate& one, const Predicate& other) {
  switch (one.kind) {
    case Kind::kPath: return overlap(one.value(), other.value());
    case Kind::kFunction: return function_overlap(one.value(), other.value());
    case Kind::kMethod:
    case Kind::kTarget:
    case Kind::kClient:
    case Kind::kJob:
    case Kind::kLease:
    case Kind::kActing:
    case Kind::kCurve:
    case Kind::kObserve: return one.value() == other.value();
    default: return true;
  }
}

template <typename Value>
void narrow(std::optional<Value>& bound, Value value) {
  bound = std::min(bound.value_or(value), value);
}

bool is_narrower(const Rate& rate, const std::vector<Rate>& rates) {
  return std::none_of(rates.begin(), rates.end(), [&](const Rate& earlier) {
    return earlier.span == rate.span && earlier.count <= rate.count;
  });
}

// Why the caveat does not allow the request, in words that go after it; empty when it does.
std::string_view objection(const Predicate& predicate, const Facts& facts,
                           std::string_view target) {
  const auto unless = [](bool holds, std::string_view words) {
    return holds ? std::string_view() : words;
  };
  const std::string_view value = predicate.value();
  switch (predicate.kind) {
    case Kind::kPath:
      return unless(covers(value, facts.path) || covers(value, facts.alias_of), " does not cover ");
    case Kind::kMethod: return unless(value == facts.method, " does not allow ");
    case Kind::kTarget: return unless(value == target, " names another store");
    case Kind::kClient: return {};  // whose jobs are meant is the caller's to compare
    case Kind::kTime: return unless(facts.now < predicate.time, " has expired");
    case Kind::kJob:
      if (facts.job.empty()) return " allows requests about that job alone";
      return unless(value == facts.job, " names another job");
    case Kind::kStatusOnly: return unless(facts.is_status, " allows reading a job's status only");
    case Kind::kLease:
      return unless(facts.lease_is_kept, " allows to renew that lease and to report on it only");
    case Kind::kCalls:
      return unless(covers_call(value, facts.method, facts.path) ||
                        covers_call(value, facts.method, facts.alias_of),
                    " does not allow this call");
    case Kind::kActing:
      return unless(facts.acting_is_kept, " allows what cannot be held to a lease here");
    case Kind::kPriority:
    case Kind::kBytes:
    case Kind::kWaiting:
    case Kind::kRunning:
    case Kind::kValidFor:
    case Kind::kRate:
    case Kind::kFunction:
      return unless(facts.job_limits_are_kept, " limits jobs, and cannot be held to here");
    case Kind::kCurve:
      if (facts.curve_key.empty()) return " needs a CURVE connection";
      return unless(value == facts.curve_key, " names another connection's key");
    case Kind::kObserve: return unless(value == facts.observe, " allows to observe so only");
    case Kind::kMalformed:
    case Kind::kUnknown: break;
  }
  return " is not understood";
}

}  // namespace

Caveats Caveats::parse(const std::vector<Caveat>& caveats) {
  Caveats parsed;
  parsed.predicates_.reserve(caveats.size());
  for (const Caveat& caveat : caveats) {
    if (caveat.third_party) {
      parsed.refusal_ = "a third-party caveat has no discharge";
      break;
    }
    Predicate predicate = Predicate::parse(caveat.predicate);
    if (const auto words = defect(predicate)) {
      parsed.refusal_ = "caveat " + quoted(predicate.text) + std::string(*words);
      break;
    }
    parsed.refusal_ = parsed.contradiction(predicate);
    if (parsed.refusal_) break;
    parsed.predicates_.push_back(std::move(predicate));
    parsed.take(parsed.predicates_.back());
  }
  return parsed;
}

std::optional<std::string> Caveats::contradiction(const Predicate& predicate) const {
  for (const Predicate& other : predicates_) {
    if (other.kind != predicate.kind || can_both_hold(other, predicate)) continue;
    return "caveat " + quoted(predicate.text) + " contradicts caveat " + quoted(other.text);
  }
  return std::nullopt;
}

void Caveats::take(const Predicate& predicate) {
  Bounds& bounds = grant_.bounds;
  switch (predicate.kind) {
    case Kind::kClient: grant_.client = predicate.value(); break;
    case Kind::kCurve: grant_.curve_key = predicate.value(); break;
    case Kind::kTime: narrow(grant_.expires, predicate.time); break;
    case Kind::kJob: bounds.job = predicate.value(); break;
    case Kind::kStatusOnly: bounds.status_only = true; break;
    case Kind::kLease: bounds.lease = predicate.lease; break;
    case Kind::kActing: bounds.acting = predicate.acting; break;
    case Kind::kPriority:
      narrow(bounds.priority_max, static_cast<unsigned>(predicate.number));
      break;
    case Kind::kBytes: narrow(bounds.bytes_max, predicate.number); break;
    case Kind::kWaiting: narrow(bounds.waiting_max, predicate.number); break;
    case Kind::kRunning: narrow(bounds.running_max, predicate.number); break;
    case Kind::kValidFor: narrow(bounds.valid_for_max, predicate.span); break;
    case Kind::kRate:
      if (is_narrower(predicate.rate, bounds.rates)) {
        bounds.rates.push_back(counted_apart(predicate.rate));
      }
      break;
    case Kind::kFunction: bounds.functions.emplace_back(predicate.value()); break;
    default: break;  // nothing but a condition on requests
  }
}

// Its budget is a hash of all caveats so far. Nobody gains by two that are alike: they would share.
Rate Caveats::counted_apart(Rate rate) const {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, crypto_generichash_BYTES);
  for (const Predicate& predicate : predicates_) {
    const std::string line = predicate.text + "\n";
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(line.data()),
                              line.size());
  }
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash_final(&state, hash.data(), hash.size());
  std::memcpy(&rate.budget, hash.data(), sizeof rate.budget);
  return rate;
}

std::optional<std::string> Caveats::first_failure(const Facts& facts,
                                                  std::string_view target) const {
  if (refusal_) return refusal_;
  for (const Predicate& predicate : predicates_) {
    const std::string_view words = objection(predicate, facts, target);
    if (words.empty()) continue;
    std::string failure = "caveat " + quoted(predicate.text) + std::string(words);
    if (predicate.kind == Kind::kPath) {
      failure += quoted(facts.path);
    } else if (predicate.kind == Kind::kMethod) {
      failure += is_method(facts.method) ? facts.method : std::string_view("this method");
    }
    return failure;
  }
  return std::nullopt;
}

std::vector<std::string> Caveats::texts() const {
  std::vector<std::string> texts;
  for (const Predicate& predicate : predicates_) texts.push_back(predicate.text);
  return texts;
}

std::vector<std::string> Grant::kept_caveats() const {
  std::vector<std::string> kept;
  if (expires) {
    const auto end = std::chrono::floor<std::chrono::seconds>(*expires);
    kept.push_back("time < " + std::to_string(end.time_since_epoch().count()));
  }
  if (!curve_key.empty()) kept.push_back("curve = " + curve_key);
  return kept;
}

}  // namespace auth

// Hashes by which the repetition of a call is told from another call.
#include <xxhash.h>

#include "commands.h"
#include "field_tables.h"

namespace store {
namespace {

// Feeds fields one after the other, each text with its length, so that no two lists of fields look
// alike. `kind` keeps those of different calls apart. All is hashed at once, since XXH3 takes long
// to get ready for parts.
class FieldHash {
 public:
  explicit FieldHash(std::uint64_t kind) {
    bytes_.reserve(512);
    number(kind);
  }

  FieldHash& text(std::string_view text) {
    number(text.size());
    bytes_.append(text);
    return *this;
  }
  FieldHash& number(std::uint64_t number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
  FieldHash& span(Span span) { return number(static_cast<std::uint64_t>(span.count())); }
  FieldHash& failure(const JobError& failure) {
    return text(failure.code).text(failure.message).text(failure.detail);
  }
  void add(Span value) { span(value); }
  void add(unsigned value) { number(value); }
  void add(bool value) { number(value ? 1 : 0); }
  void add(const std::vector<std::string>& names) {
    number(names.size());
    for (const std::string& name : names) {
      text(name);
    }
  }
  void add(const std::optional<Backoff>& backoff) {
    number(backoff ? 1 : 0);
    if (backoff) {
      span(backoff->initial).span(backoff->max);
      number(backoff->factor_percent).number(backoff->jitter_percent);
    }
  }
  FieldHash& then(const std::vector<jobq::FollowUp>& then) {
    for (const jobq::FollowUp& one : then) {
      number(static_cast<std::uint64_t>(one.on)).text(one.datasource).text(one.function);
      text(one.request).number(one.priority).text(one.job).number(one.then.size()).then(one.then);
    }
    return *this;
  }
  Hash result() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes_.data(), bytes_.size()));
    Hash hash;
    std::copy(std::begin(canonical.digest), std::end(canonical.digest), hash.begin());
    return hash;
  }

 private:
  std::string bytes_;
};

}  // namespace

// Without the trace: a submit that is repeated by a repeated call of another service has a new one.
Hash hash_of(const NewJob& job) {
  FieldHash hash(1);
  hash.text(job.client).text(job.request).text(job.function).number(job.priority);
  hash.add(job.tags);
  hash.span(job.not_before.time_since_epoch()).span(job.delay);
  // What came later counts where it is said, so that older hashes hold.
  jobq::each_field(job.terms, [&](const auto& value, const auto& field) {
    const bool is_late = (field.name.starts_with("Keep") && field.name != "KeepForMs") ||
                         field.name.starts_with("S") ||  // SlowAfterMs, Stall...
                         field.name == "DeferMaxMs" || field.name == "Labels";
    if (!is_late) {
      hash.add(value);
    } else if (value != std::remove_cvref_t<decltype(value)>()) {
      hash.text(field.name).add(value);
    }
  });
  // Nothing is added where there are none, so that jobs of older stores are known again.
  for (const jobq::After& after : job.after) {
    hash.text(after.datasource).text(after.job).number(after.any_end ? 1 : 0);
  }
  if (!job.turn_key.empty() || !job.unique.empty()) {
    hash.text(job.turn_key).text(job.unique).number(static_cast<std::uint64_t>(job.if_unique));
  }
  if (!job.group.empty()) {
    hash.text("group").text(job.group);
  }
  if (!job.after_group.empty()) {
    hash.text("afterGroup").text(job.after_group);
  }
  if (!job.code.empty()) {
    hash.text("code").text(job.code).text(job.method);
  }
  return hash.then(job.then).result();
}

Hash hash_of(const jobq::Schedule& schedule) {
  const Hash job = hash_of(schedule.job);
  FieldHash hash(8);
  hash.text(schedule.cron).text(schedule.zone).span(schedule.every).span(schedule.jitter);
  hash.number(static_cast<std::uint64_t>(schedule.catch_up));
  hash.number(static_cast<std::uint64_t>(schedule.overlap));
  return hash.text({reinterpret_cast<const char*>(job.data()), job.size()})
      .text(schedule.job.trace)
      .result();
}

Hash hash_of(const Completed& completed) { return FieldHash(2).text(completed.response).result(); }
Hash hash_of(const Failed& failed) { return FieldHash(3).failure(failed.failure).result(); }
Hash hash_of(const Retry& retry) {
  return FieldHash(4).failure(retry.error).span(retry.delay).result();
}
Hash hash_of(const Release& release) {
  return FieldHash(5).text(release.message).span(release.delay).result();
}
Hash hash_of(const Forbidden& forbidden) {
  return FieldHash(6).failure(forbidden.failure).result();
}
Hash hash_of(const AckCancel&) { return FieldHash(7).result(); }

Hash hash_of_left(const Outcome& outcome) {
  if (!outcome.checkpoint && outcome.state.empty()) {
    return {};
  }
  FieldHash hash(9);
  hash.number(outcome.checkpoint ? 1 : 0).text(outcome.checkpoint.value_or(""));
  for (const jobq::StateChange& change : outcome.state) {
    hash.text(change.name).number(static_cast<std::uint64_t>(change.how));
    hash.text(change.value).number(static_cast<std::uint64_t>(change.number));
  }
  return hash.result();
}
Hash joined(const Hash& left, const Hash& word) {
  const auto text = [](const Hash& hash) {
    return std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size());
  };
  return left == Hash{} ? word : FieldHash(10).text(text(left)).text(text(word)).result();
}

}  // namespace store

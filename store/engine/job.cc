#include "job.h"

#define XXH_STATIC_LINKING_ONLY  // for the size of XXH3_state_t
#include <xxhash.h>

#include "changes.h"

namespace store {
namespace {

// Feeds fields one after the other, each with its length, so that no two lists of fields look
// alike.
class FieldHash {
 public:
  FieldHash() { XXH3_128bits_reset(&state_); }

  FieldHash& text(std::string_view text) {
    number(text.size());
    XXH3_128bits_update(&state_, text.data(), text.size());
    return *this;
  }
  FieldHash& number(std::uint64_t number) {
    XXH3_128bits_update(&state_, &number, sizeof number);
    return *this;
  }
  Hash result() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_));
    Hash hash;
    std::copy(std::begin(canonical.digest), std::end(canonical.digest), hash.begin());
    return hash;
  }

 private:
  XXH3_state_t state_;
};

}  // namespace

Time due_at(const Job& job) {
  if (job.status == Status::kAccepted) {
    return job.deadline;
  }
  return is_final(job.status) ? job.finished_at + job.keep_for : Time::max();
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kSubmitted: return "submitted";
    case Status::kAccepted: return "accepted";
    case Status::kRetrying: return "retrying";
    case Status::kComplete: return "complete";
    case Status::kFailed: return "failed";
    case Status::kCancelled: return "cancelled";
    case Status::kForbidden: return "forbidden";
  }
  return "?";
}

Hash hash_of(const Submitted& submitted) {
  return FieldHash()
      .text(submitted.client)
      .text(submitted.request)
      .number(submitted.priority)
      .number(static_cast<std::uint64_t>(submitted.keep_for.count()))
      .result();
}

Hash hash_of(const Completed& completed) {
  return FieldHash().number(1).text(completed.response).result();
}

Hash hash_of(const Failed& failed) {
  const Failure& failure = failed.failure;
  return FieldHash()
      .number(2)
      .text(failure.code)
      .text(failure.message)
      .text(failure.detail)
      .result();
}

}  // namespace store

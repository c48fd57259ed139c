#include "follow_ups.h"

#include <utility>

#include "changes.h"
#include "invariant.h"

namespace store {
namespace {

bool is_left(const FollowUps::Followed& followed, Status end) {
  for (std::size_t i = 0; i < followed.plan->then.size(); ++i) {
    if (is_made_at(followed.plan->then[i].on, end) && !followed.results[i].is_known()) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool is_made_at(jobq::FollowOn on, Status end) {
  switch (on) {
    case jobq::FollowOn::kComplete: return end == Status::kComplete;
    case jobq::FollowOn::kFailed: return end == Status::kFailed || end == Status::kForbidden;
    case jobq::FollowOn::kAny: break;
  }
  return is_final(end);
}

std::size_t bytes_of(const std::vector<jobq::FollowUp>& then) {
  constexpr std::size_t kOfEach = 1024;  // an id, or a refusal
  std::size_t bytes = 0;
  for (const jobq::FollowUp& one : then) {
    bytes += kOfEach + one.datasource.size() + one.function.size() + one.request.size() +
             one.job.size() + bytes_of(one.then);
  }
  return bytes;
}

const FollowUps::Followed* FollowUps::of(const Job& job) const {
  return job.has_then ? &of_.at(job.key) : nullptr;
}

const std::string& FollowUps::follows(const Job& job) const {
  static const std::string kNone;
  return job.is_follow_up ? follows_.at(job.key) : kNone;
}

void FollowUps::add(Job& job, Followed followed) {
  INVARIANT(!followed.plan->then.empty(), job.id);
  followed.results.resize(followed.plan->then.size());  // of a new job: nothing came of them yet
  job.has_then = true;
  INVARIANT(of_.emplace(job.key, std::move(followed)).second, job.id);
}

void FollowUps::set_follows(Job& job, std::string follows) {
  job.is_follow_up = !follows.empty();
  if (job.is_follow_up) {
    follows_[job.key] = std::move(follows);
  }
}

void FollowUps::note_end(const Job& job, End end) {
  const Followed* followed = of(job);
  if (followed != nullptr && is_left(*followed, job.status)) {
    ended_.emplace(job.key, std::move(end));
  }
}

void FollowUps::note(const Job& job, std::size_t place, FollowResult result) {
  Followed& followed = of_.at(job.key);
  INVARIANT(place < followed.results.size() && !followed.results[place].is_known(), job.id, place);
  followed.results[place] = std::move(result);
  if (!is_left(followed, job.status)) {
    ended_.erase(job.key);
  }
}

void FollowUps::remove(const Job& job) {
  if (job.has_then) {
    of_.erase(job.key);
  }
  if (job.is_follow_up) {
    follows_.erase(job.key);
  }
}

FollowUps::End said_at_end(const Change& change) {
  return std::visit(
      [](const auto& ending) -> FollowUps::End {
        if constexpr (requires { ending.response; }) {
          return {.response = ending.response};
        } else if constexpr (requires { ending.failure; }) {
          return {.error = ending.failure};
        } else {
          return {};
        }
      },
      change);
}

}  // namespace store

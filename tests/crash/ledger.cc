#include "ledger.h"

namespace wire {
namespace {

std::string name_of(const Ledger::Attempt& attempt) {
  return attempt.first + '#' + std::to_string(attempt.second);
}

}  // namespace

std::string response_of(const Ledger::Attempt& attempt) { return '"' + name_of(attempt) + '"'; }

void Ledger::taken(const std::vector<std::string>& jobs) {
  const std::lock_guard lock(mutex_);
  taken_.insert(jobs.begin(), jobs.end());
  note_progress(jobs.size());
}

void Ledger::given(const Attempt& attempt, const std::string& worker) {
  const std::lock_guard lock(mutex_);
  const auto [before, is_new] = given_.emplace(attempt, worker);
  if (before->second != worker) {
    errors_.push_back(name_of(attempt) + " was given to " + before->second + " and to " + worker);
  }
  if (completed_.contains(attempt.first)) {
    errors_.push_back(name_of(attempt) + " was given after the job was complete");
  }
  note_progress(is_new ? 1 : 0);
}

void Ledger::completed(const Attempt& attempt) {
  const std::lock_guard lock(mutex_);
  const auto before = completed_.emplace(attempt).first;
  if (before->second != attempt.second) {
    errors_.push_back(name_of(attempt) + " was acknowledged, and attempt " +
                      std::to_string(before->second) + " before");
  }
  note_progress(1);
}

void Ledger::refused(const Attempt& attempt) {
  const std::lock_guard lock(mutex_);
  refused_.insert(attempt);
}

void Ledger::error(const std::string& what) {
  const std::lock_guard lock(mutex_);
  errors_.push_back(what);
  note_progress(1);
}

void Ledger::note_progress(std::uint64_t more) {
  progress_ += more;
  progress_made_.notify_all();
}

void Ledger::wait_for_progress(std::uint64_t more) {
  std::unique_lock lock(mutex_);
  const std::uint64_t goal = progress_ + more;
  progress_made_.wait(lock, [&] { return progress_ >= goal || !errors_.empty(); });
}

bool Ledger::has_errors() {
  const std::lock_guard lock(mutex_);
  return !errors_.empty();
}

}  // namespace wire

// Ends of the store, what is left of it, and its next start.
#include <utility>

#include "audit.h"
#include "record.h"
#include "recovery.h"
#include "words.h"
#include "world.h"

namespace store::sim {
namespace {

constexpr std::uint64_t kLookAround = std::uint64_t{1} << 62;
// So small that all of it happens: writing for the amount, and forgetting texts at hand.
constexpr CheckpointOptions kCheckpointOptions{.jobs_max = 12,
                                               .bytes_max = 4096,
                                               .age_max = Span(500),
                                               .texts_bytes_max = 600,
                                               .events_bytes_max = 3000};

}  // namespace

void World::start(std::optional<LastAlive> alive) {
  ++starts_;
  engine_ = std::make_unique<Engine>(limits_, starts_);
  checkpoint_ = std::make_unique<CheckpointWriter>(storage_, engine_->state(), kCheckpointOptions);
  const Recovered recovered = recover(storage_, engine_->state_to_restore(), *checkpoint_);
  const Time before = now_;
  time_.emplace(clock_, StoreTime::Start{.journal_last = recovered.last_time, .alive = alive});
  now_ = time_->now();
  model_->restart(now_);
  if (now_ < recovered.last_time || (alive && now_ < before)) {
    throw Mismatch("the store's time went back over a start");
  }
  if (recovered.last_turn != last_turn_) {
    throw Mismatch("the store starts after turn " + std::to_string(recovered.last_turn) +
                   ", but the last one was " + std::to_string(last_turn_));
  }
  if (starts_ > 1 && engine_->digest() != committed_digest_) {
    throw Mismatch("the store is not what it was before it started again");
  }
  check();
  if (starts_ % 8 == 0) {
    check_whole_journal();
  }
}

void World::check() const {
  check_counts(engine_->state(), limits_);
  check_shared(engine_->state());
  check_shares(engine_->state(), limits_);
  ledger_.check_state(engine_->state());
  const std::size_t waiting = engine_->waiter_count();
  if (waiting > limits_.waiters_max || waiting != model_->waiter_count()) {
    throw Mismatch("there are " + std::to_string(waiting) + " parked requests");
  }
  const std::size_t bytes = checkpoint_->bytes_at_hand();
  if (bytes > kCheckpointOptions.texts_bytes_max + kCheckpointOptions.events_bytes_max +
                  3 * kCheckpointOptions.bytes_max) {
    throw Mismatch(std::to_string(bytes) + " bytes of texts and events are in memory");
  }
}

void World::check_whole_journal() const {
  FaultyStorage storage;
  for (const CheckpointBatch& batch : first_batches_) {
    storage.write_checkpoint(batch);
  }
  for (const auto& [turn, record] : turns_) {
    storage.commit(turn, record);
  }
  Engine engine(limits_, starts_ + 1);
  CheckpointWriter checkpoint(storage, engine.state());
  recover(storage, engine.state_to_restore(), checkpoint);
  if (engine.digest() != engine_->digest()) {
    throw Mismatch("all turns from the first on do not lead to the store's state");
  }
}

// A record that is not whole is no record: the start is refused.
void World::check_torn(unsigned percent) const {
  FaultyStorage torn = storage_;
  torn.tear_last_turn(turns_.at(torn.last_turn()).size() * percent / 100);
  Engine engine(limits_, starts_ + 1);
  CheckpointWriter checkpoint(torn, engine.state());
  try {
    recover(torn, engine.state_to_restore(), checkpoint);
  } catch (const StorageError&) {
    return;
  }
  throw Mismatch("a record is torn, but the store starts");
}

World::Before World::before_turn() const {
  return {std::make_unique<Model>(*model_), engine_->digest(), ledger_, last_turn_};
}

void World::go_back(Before before) {
  model_ = std::move(before.model);
  committed_digest_ = before.digest;
  ledger_ = std::move(before.ledger);
  last_turn_ = before.last_turn;
  turns_.erase(turns_.upper_bound(last_turn_), turns_.end());
}

void World::end(const Step& step) {
  seen_[step.end == Step::End::kStop ? "start stop" : "start crash"] += 1;
  undelivered_.clear();
  committed_digest_ = engine_->digest();
  if (step.end == Step::End::kCrashBeforeCommit) {
    go_back(std::move(*before_turn_));
  }
  const bool loses_commit = storage_.is_committing() && step.end != Step::End::kStop;
  if (loses_commit) {
    seen_[step.keeps_commit ? "fault commit-kept" : "fault commit-lost"] += 1;
    if (!step.keeps_commit) {
      seen_["fault two-turns-lost"] += step.end == Step::End::kCrashBeforeCommit ? 1 : 0;
      go_back(std::move(*before_commit_));
    }
  }
  if (step.end == Step::End::kCrashBeforeCommit || step.end == Step::End::kCrashInCommit) {
    effects_.clear();
    model_->answers.clear();
  }
  std::size_t lost = storage_.unflushed() * step.lost_percent / 100;
  if (power_fails_) {
    lost = storage_.unflushed();
    power_fails_ = false;
  }
  if (step.end == Step::End::kStop) {
    storage_.finish_commit();
    const Refused refused{Code::kUnavailable, "the store is shutting down", {}};
    engine_->give_up_waiting(refused, effects_);
    model_->give_up_waiting(refused);
    compare_answers();
    effects_.clear();
    checkpoint_->write();
    storage_.flush_checkpoint(true);
    check_nothing_is_left_behind(engine_->state(), storage_);
    lost = 0;
  }
  asked_.clear();
  checkpoint_.reset();
  storage_ = storage_.crashed(lost, step.keeps_commit);
  check_journal(storage_, last_turn_);
  if (step.torn_percent && storage_.last_turn() > storage_.checkpoint_turn()) {
    seen_["fault torn-record"] += 1;
    check_torn(*step.torn_percent);
  }
  const LastAlive alive{now_, time_->elapsed()};
  clock_.pass(step.down);
  start(step.restarts_machine ? std::nullopt : std::optional(alive));
  if (step.gives_leases_back && time_->last_alive() != Time{}) {
    out_since_ = time_->last_alive();
  }
  look_around();
}

// The process ends when the disk says that a commit has failed, which may be on it nevertheless.
void World::fail_sync(const Step& step) {
  seen_["fault sync-failed"] += 1;
  Step died = step;
  // A turn that was decided meanwhile waits for the commit, and is not even begun to be written.
  died.end = before_turn_ ? Step::End::kCrashBeforeCommit : Step::End::kCrash;
  end(died);
}

// Some of what was acknowledged, asked for as anybody could.
void World::look_around() {
  Step step;
  step.chance = kLookAround + starts_;
  auto ask = [&, request = kLookAround + starts_ * 1000](Command command) mutable {
    step.requests.push_back({++request, std::move(command)});
  };
  ask(ListTokens{.after = {}, .limit = 1000});
  for (const ModelDatasource& datasource : model_->datasources()) {
    if (datasource.name.empty()) {
      continue;  // it was dropped
    }
    ask(GetDatasourceStats{datasource.name});
    ask(ListWorkers{datasource.name});
    for (const char* const client : {"", "c0", "c1"}) {
      ReadEvents read{.datasource = datasource.name, .job = {}, .client = {}, .limit = 1000};
      read.client = *client == '\0' ? std::nullopt : std::optional<std::string>(client);
      ask(read);
    }
    for (const ModelJob& job : datasource.jobs) {
      seen_["start attempts-dropped"] += job.facts.attempt > kAttemptsKept + 1 ? 1 : 0;
      seen_["start log-dropped"] += job.facts.log_lines > kLogLinesKept ? 1 : 0;
    }
    for (std::size_t i = starts_ % 5; i < datasource.jobs.size(); i += 5) {
      GetJob get{.datasource = datasource.name, .job = datasource.jobs[i].facts.job, .client = {}};
      get.with_attempts = get.with_request = true;
      ask(get);
    }
  }
  run(step);
}

}  // namespace store::sim

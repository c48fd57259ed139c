#include "verify.h"

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "checkpoint_writer.h"
#include "doubting.h"
#include "recovery.h"
#include "verify_parts.h"

namespace store {
namespace {

constexpr std::uint64_t kHashSeed = 1;  // of tables in memory alone

std::string number(std::uint64_t value) { return std::to_string(value); }

[[noreturn]] void fail_turn(TurnNumber turn, const std::string& problem) {
  throw StorageError("journal, turn " + number(turn) + ": " + problem);
}

// Every function's jobs are waiting, running, or have ended in one way.
void verify_counters(const State& state, const std::string& when) {
  for (DatasourceIndex i = 0; i < state.datasource_count(); ++i) {
    for (const auto& [function, counts] : state.datasource(i).functions) {
      const Counters& total = counts.total;
      const std::uint64_t ended = total.complete + total.failed + total.cancelled + total.forbidden;
      const std::uint64_t live = counts.waiting + counts.running;
      if (total.submitted != ended + live) {
        fail_record(function_key(i, function),
                    number(total.submitted) + " jobs were submitted, but " + number(ended) +
                        " ended and " + number(live) + " are alive, " + when);
      }
    }
  }
}

// Walks the journal: all turns are there, and tell what the checkpoint tells.
class JournalWalk {
 public:
  // `checkpoint`: the state as of `checkpoint_turn`.
  JournalWalk(const Storage& storage, const State& checkpoint, TurnNumber checkpoint_turn)
      : storage_(storage),
        pages_(storage),
        checkpoint_(checkpoint),
        checkpoint_turn_(checkpoint_turn),
        datasources_(checkpoint.datasource_count()) {
    if (storage.first_turn() == 1) {
      folded_.emplace(kHashSeed);
    }
  }

  void take(TurnNumber turn, std::string_view record) {
    if (turns_ > 0 && turn != last_ + 1) {
      fail_turn(last_ + 1, "is missing");
    }
    DecodedTurn decoded = decode_turn(record);
    if (decoded.time < time_) {
      throw StorageError("is older than the one before");
    }
    last_ = turn;
    time_ = decoded.time;
    ++turns_;
    entries_ += decoded.entries.size();
    for (Entry& entry : decoded.entries) {
      take(turn, entry);
    }
    if (turn == checkpoint_turn_ && folded_) {
      if (folded_->digest() != checkpoint_.digest()) {
        throw StorageError("all turns up to it do not give the state that the checkpoint has");
      }
      folded_.reset();
      is_folded_ = true;
    }
  }

  void finish() const {
    for (const auto& [datasource, first] : first_events_) {
      checkpoint_.datasource(datasource).jobs.walk(0, [&, from = first](Slot slot) {
        const Job& job = checkpoint_.jobs.at(slot);
        if (job.changed >= from && !ends_.contains(job.key)) {
          fail_record(job_key(job.key), "its last event, " + number(job.changed) +
                                            ", is another job's in the journal");
        }
        return true;
      });
    }
  }

  std::string report() const {
    std::string text = turns_ == 0 ? "journal     empty"
                                   : "journal     turns " + number(last_ - turns_ + 1) + " to " +
                                         number(last_) + ", " + number(entries_) + " changes";
    return text + (is_folded_      ? "; from the first on they give the checkpoint"
                   : compared_ > 0 ? "; " + number(compared_) + " events as in the checkpoint"
                                   : "");
  }

 private:
  void take(TurnNumber turn, Entry& entry) {
    const ChangeTraits& traits = traits_of(entry.change);
    const DatasourceIndex datasource = entry.job.datasource;
    const bool is_old = turn <= checkpoint_turn_;
    if (!is_old && std::holds_alternative<DatasourceAdded>(entry.change)) {
      ++datasources_;
    }
    if (!traits.is_of_store && datasource >= datasources_) {
      throw StorageError("it is about a datasource that there is not");
    }
    if (traits.is_event) {
      Sequence& last = last_events_[datasource];
      if (last != 0 && entry.sequence != last + 1) {
        throw StorageError("it has event " + number(entry.sequence) + " of datasource " +
                           number(datasource) + " after event " + number(last));
      }
      last = entry.sequence;
    }
    if (is_old) {
      compare(entry);
    }
    if (folded_ && is_old) {
      fold(entry);
    }
  }

  // An attempt that ended, in this turn, is in its job's history.
  void compare_history(const Entry& entry) {
    const Job* job = checkpoint_.find(entry.job);
    const std::uint32_t attempt = entry.ended->attempt;
    if (job == nullptr || attempt + kAttemptsKept <= job->attempt) {
      return;
    }
    const std::string key = attempt_key(job->key, attempt);
    const auto record = storage_.read_checkpoint(key);
    if (!record || encode_record(decode_record<Attempt>(*record)) != encode_record(*entry.ended)) {
      fail_record(key, "is not what the journal tells of attempt " + number(attempt));
    }
  }

  // What the checkpoint knows too.
  void compare(const Entry& entry) {
    const Job* job = entry.job.sequence == 0 ? nullptr : checkpoint_.find(entry.job);
    if (std::holds_alternative<Removed>(entry.change) && job != nullptr) {
      fail_record(job_key(job->key), "the journal has removed it");
    }
    if (!traits_of(entry.change).is_event) {
      return;
    }
    first_events_.try_emplace(entry.job.datasource, entry.sequence);
    if (job != nullptr && job->changed < entry.sequence) {
      fail_record(job_key(job->key), "does not know its event " + number(entry.sequence));
    }
    if (job != nullptr && job->changed == entry.sequence) {
      ends_.insert(job->key);
    }
    if (entry.sequence >= checkpoint_.datasource(entry.job.datasource).oldest_event) {
      const Event* event = pages_.find(entry.job.datasource, entry.sequence);
      if (event == nullptr || event->job != entry.job || event->time != time_) {
        fail_record(event_page_key(entry.job.datasource, entry.sequence),
                    "event " + number(entry.sequence) + " is not the one that the journal has");
      }
      ++compared_;
    }
  }

  void fold(Entry& entry) {
    folded_->apply(time_, entry);
    if (entry.ended) {
      compare_history(entry);
    }
    if (entry.sequence >= 1 && traits_of(entry.change).is_event) {
      const Event* event = pages_.find(entry.job.datasource, entry.sequence);
      if (event != nullptr &&
          *event != event_of(*folded_, time_, entry, *folded_->find(entry.job))) {
        fail_record(event_page_key(entry.job.datasource, entry.sequence),
                    "event " + number(entry.sequence) + " is not what the journal makes of it");
      }
    }
  }

  const Storage& storage_;
  EventPages pages_;
  const State& checkpoint_;
  const TurnNumber checkpoint_turn_;
  std::size_t datasources_;      // as of the turn, or of the checkpoint if that is later
  std::optional<State> folded_;  // of a journal that has all turns
  bool is_folded_ = false;
  TurnNumber last_ = 0;
  Time time_{};
  std::uint64_t turns_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t compared_ = 0;
  std::map<DatasourceIndex, Sequence> first_events_;
  std::map<DatasourceIndex, Sequence> last_events_;
  std::set<JobKey> ends_;  // jobs whose last event was met
};

std::string count_text(const State& state) {
  return number(state.datasource_count()) + " datasources, " + number(state.jobs.live_count()) +
         " live and " + number(state.jobs.finished_count()) + " finished jobs";
}

// The start that a store would make, and what is read of the jobs that have changed by it.
std::string verify_start(Storage& storage, const State& before) {
  State state(kHashSeed);
  // Nothing is due ever, so that all stays in memory.
  CheckpointOptions options;
  options.writes = false;
  CheckpointWriter checkpoint(storage, state, options);
  const Recovered recovered = recover(storage, state, checkpoint);
  verify_counters(state, "after all turns");
  for (DatasourceIndex i = 0; i < state.datasource_count(); ++i) {
    const Sequence known = i < before.datasource_count() ? before.datasource(i).last_sequence : 0;
    state.datasource(i).jobs.walk(0, [&](Slot slot) {
      const Job& job = state.jobs.at(slot);
      if (job.changed > known) {
        checkpoint.texts().texts(job.key);
        checkpoint.texts().log(job.key, 0, job.log_lines);
        if (checkpoint.texts().payload(job.key).request.size() != job.request_bytes) {
          throw StorageError("the request of job " + job.id + " is not the one that it says");
        }
      }
      return true;
    });
  }
  return "start       " + number(recovered.turns_replayed) +
         " turns replayed: " + count_text(state) + "; counters equal a recount";
}

}  // namespace

void verify(Storage& storage, const std::function<void(const std::string&)>& tell) {
  State state(kHashSeed);
  restore_checkpoint(storage, state);
  const std::uint64_t records = verify_records(storage, state);
  verify_counters(state, "as of the checkpoint");
  tell("checkpoint  turn " + number(storage.checkpoint_turn()) + ": " + number(records) +
       " records, " + count_text(state));
  tell("events      " + number(verify_events(storage, state)) +
       ", without gaps; the index of clients equals them");

  JournalWalk walk(storage, state, storage.checkpoint_turn());
  storage.read_journal(0, [&](TurnNumber turn, std::string_view record) {
    read_doubting([&] { walk.take(turn, record); },
                  [&](const std::string& problem) { fail_turn(turn, problem); });
  });
  walk.finish();
  tell(walk.report());
  tell(verify_start(storage, state));
}

}  // namespace store

// A store without sockets and disk, and the model of it side by side: steps go into both, and what
// comes out is compared. A step is data, so that a run can be repeated and shortened.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint_writer.h"
#include "clock.h"
#include "engine.h"
#include "faulty_storage.h"
#include "ledger.h"
#include "model.h"
#include "words.h"

namespace store::sim {

// Of a store's life.
inline constexpr Time kStart{std::chrono::hours(24 * 365 * 50)};

struct Request {
  std::uint64_t number = 0;
  Command command;
  std::string token = {};  // its identifier
};

// One turn of the store, and perhaps its end and next start.
struct Step {
  static constexpr std::uint64_t kPeers = 7;  // each has every seventh request

  enum class End { kNone, kStop, kCrash, kCrashBeforeCommit, kCrashInCommit };

  Span advance{};  // time that passes before
  std::vector<Request> requests;
  std::uint64_t chance = 0;
  bool peers_are_gone = false;  // leases given in this turn cannot be delivered
  // Of the events of which datasource how many percent are forgotten; none in most steps.
  DatasourceIndex forgets_of = 0;
  unsigned forgets_percent = 0;
  std::string retires_key = {};  // the tokens of that root key end
  bool writes_checkpoint = false;
  bool flushes_checkpoint = false;
  bool trims_journal = false;
  End end = End::kNone;
  unsigned lost_percent = 0;  // of the checkpoint's batches that a crash can lose
  Span down{};                // until the next start
  // Faults that only some lives have.
  bool is_sync_slow = false;      // the next turn is decided while this one's commit is under way
  bool keeps_commit = false;      // a crash does, of one that is under way
  bool restarts_machine = false;  // at the end: nothing tells how long it was off
  Span clock_jump{};              // somebody sets the clock
  std::vector<std::string> gone = {};         // workers; leases cannot be delivered to them
  bool is_outage = false;                     // nobody was served while the time before passed
  bool gives_leases_back = false;             // at the next start
  bool sync_fails = false;                    // of a slow commit
  std::vector<std::uint64_t> vanished = {};   // peers: nobody hears the answers they wait for
  std::optional<unsigned> torn_percent = {};  // of the last record that is left, for a look
};

std::string text_of(const Step& step);

// Broken on purpose, to see that the simulator notices.
struct Defects {
  Rules rules;
  // The last entry of such a turn is not written, and the power fails after it.
  unsigned skip_write_percent = 0;
  // The index of clients' events does not reach the disk.
  bool loses_event_index = false;
};

class WorldClock : public Clock {
 public:
  void pass(Span span) { elapsed_ += span; }
  void jump(Span span) { wrong_ += span; }
  Span wrong() const { return wrong_; }
  Time now() const override { return kStart + elapsed_ + wrong_; }
  Span elapsed() const override { return elapsed_; }

 private:
  Span elapsed_{};
  Span wrong_{};
};

class World {
 public:
  // The events of its first datasource, "d0", go on behind `last_event`.
  explicit World(const Limits& limits, Defects defects = {}, Sequence last_event = 0);

  // Throws Mismatch when the store and the model differ.
  void run(const Step& step);

  // Throws Mismatch when all turns since the first do not lead to the state. Slow.
  void check_whole_journal() const;

  Time now() const { return now_; }
  const WorldClock& clock() const { return clock_; }
  Time next_deadline() const { return engine_->next_deadline(); }
  const Model& model() const { return *model_; }
  Model& model() { return *model_; }
  const Engine& engine() const { return *engine_; }
  const FaultyStorage& storage() const { return storage_; }
  CheckpointWriter& checkpoint() { return *checkpoint_; }
  TurnNumber last_turn() const { return last_turn_; }
  const Ledger& ledger() const { return ledger_; }
  // How often each command was answered in which way, and what else happened.
  const std::map<std::string, std::size_t>& seen() const { return seen_; }

 private:
  // To go back to when a turn has not come to disk.
  struct Before {
    std::unique_ptr<Model> model;
    std::uint64_t digest = 0;
    Ledger ledger;
    TurnNumber last_turn = 0;
  };

  void start(std::optional<LastAlive> alive);
  void pass(const Step& step);
  void run_turn(const Step& step);
  void begin_turn(const Step& step);
  void fail_sync(const Step& step);
  void check() const;
  void check_torn(unsigned percent) const;
  Before before_turn() const;
  void go_back(Before before);
  void run_timers(const Step& step);
  void forget_events(const Step& step);
  void retire_key(const Step& step);
  void ask(const Request& request, std::uint64_t chance);
  void commit(const Step& step);
  void compare_answers();
  void end(const Step& step);
  void look_around();
  bool is_gone(const Step& step, const AcceptedView& lease);
  std::vector<AcceptedView> leases_in(const std::vector<Outbound>& replies) const;

  const Limits& limits_;
  const Defects defects_;
  WorldClock clock_;
  std::optional<StoreTime> time_;
  Time now_ = kStart;
  FaultyStorage storage_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<CheckpointWriter> checkpoint_;
  std::unique_ptr<Model> model_;
  std::optional<Before> before_turn_;
  std::optional<Before> before_commit_;  // that is under way
  std::uint64_t committed_digest_ = 0;
  Effects effects_;
  TurnNumber last_turn_ = 0;
  std::vector<CheckpointBatch> first_batches_;
  std::map<TurnNumber, std::string> turns_;  // all since then
  std::vector<AcceptedView> undelivered_;
  std::optional<Time> out_since_;           // nobody has been served
  std::map<std::uint64_t, Command> asked_;  // not answered yet
  Ledger ledger_;
  std::map<std::string, std::size_t> seen_;
  std::size_t starts_ = 0;
  bool power_fails_ = false;
};

}  // namespace store::sim

// Whatever happens and whenever the store is killed: no job of a flow is lost, none is made twice,
// and none runs before what it waits for. Judged by the journal alone, which says what was decided.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "engine.h"

namespace store {
namespace {

using namespace std::chrono_literals;

constexpr int kSteps = 250;
constexpr int kFlows = 150;
const std::vector<std::string> kGroups = {"", "", "g", "h"};

// A store that is killed at times: what it decided in a turn is then lost as a whole.
class KilledStore {
 public:
  explicit KilledStore(std::uint32_t seed) : random_(seed) { start(); }

  // Makes and runs jobs at random; then has all that are left run.
  void live() {
    for (int i = 0; i < kSteps; ++i) {
      step();
    }
    may_be_killed_ = false;
    for (int i = 0; i < 100'000 && has_live(); ++i) {
      now_ += 1h;
      accept(100);
      end_one();
    }
    REQUIRE_FALSE(has_live());
  }

  struct Told {
    Time time;
    Entry entry;
  };
  const std::vector<Told>& journal() const { return journal_; }

 private:
  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_() % end); }

  void start() {
    engine_ = std::make_unique<Engine>(limits_, 7);
    for (const Told& told : journal_) {
      Entry entry = told.entry;
      engine_->state_to_restore().apply(told.time, entry);
    }
    engine_->state_to_restore().forget_what_is_not_durable();
  }

  // One turn, which may be the last of this start.
  void turn(std::vector<Command> commands) {
    Effects effects;
    engine_->tick(now_, random_(), effects);
    for (Command& command : commands) {
      engine_->apply(now_, random_(), {0, "peer", true, ++requests_, "k1.a", {}},
                     std::move(command), effects);
    }
    if (may_be_killed_ && below(8) == 0) {
      return start();
    }
    for (Entry& entry : effects.entries) {
      journal_.push_back({now_, std::move(entry)});
    }
  }

  void step() {
    now_ += Span(below(3) == 0 ? below(5'000) : 0);
    switch (below(6)) {
      case 0:
      case 1: return submit();
      case 2: return accept(1 + below(4));
      case 3:
      case 4: return end_one();
      default: return turn({Cancel{"scan", any_job(), "alice"}});
    }
  }

  std::string any_job() {
    return made_.empty() ? "none" : made_[below(static_cast<std::uint32_t>(made_.size()))];
  }

  void submit() {
    Submit submit{.datasource = "scan", .jobs = {}};
    const std::uint32_t count = 1 + below(3);
    for (std::uint32_t i = 0; i < count; ++i) {
      NewJob job{.job = "j" + std::to_string(made_.size()), .request = "1", .client = "alice"};
      std::set<std::string> after;
      for (std::uint32_t k = below(4); k > 0 && !made_.empty(); --k) {
        after.insert(any_job());
      }
      for (const std::string& other : after) {
        job.after.push_back({.datasource = {}, .job = other, .any_end = below(2) == 0});
      }
      job.group = kGroups[below(4)];
      job.after_group = below(5) == 0 ? (job.group == "g" ? "h" : "g") : "";
      for (std::uint32_t k = below(3); k > 0; --k) {
        job.then.push_back({.on = static_cast<jobq::FollowOn>(below(3)), .function = "followed"});
      }
      job.turn_key = below(4) == 0 ? "k" : "";
      made_.push_back(job.job);
      submit.jobs.emplace_back(std::move(job));
    }
    submit.is_atomic = below(2) == 0;
    turn({std::move(submit)});
  }

  void accept(std::size_t max) {
    turn({Accept{"scan", "w" + std::to_string(++workers_), 1, max, 5s, 0ms, {}}});
  }

  // Some of the running jobs.
  void end_one() {
    const State& state = engine_->state();
    Update update{"scan", {}};
    for (const auto& [due, slot] : state.jobs.leases().rows()) {
      const Job& job = state.jobs.at(slot);
      if (may_be_killed_ && below(2) == 0) {
        continue;
      }
      Outcome outcome{{job.id, job.attempt}, Completed{"1"}};
      switch (below(6)) {
        case 0: outcome.report = Failed{{"failed", "", ""}}; break;
        case 1: outcome.report = Retry{{"again", "", ""}, 1s}; break;
        case 2: outcome.report = Release{1s, ""}; break;
        default: break;
      }
      update.outcomes.emplace_back(std::move(outcome));
    }
    turn({std::move(update)});
  }

  bool has_live() const {
    const auto datasource = engine_->state().find_datasource("scan");
    return datasource && (engine_->state().datasource(*datasource).waiting > 0 ||
                          engine_->state().datasource(*datasource).running > 0);
  }

  std::mt19937 random_;
  Limits limits_ = [] {
    Limits limits;
    limits.flow_steps_per_turn_max = 3;  // so that much is left for later turns
    limits.defaults.terms.keep_for = std::chrono::hours(24 * 300);
    return limits;
  }();
  std::unique_ptr<Engine> engine_;
  std::vector<Told> journal_;
  std::vector<std::string> made_;
  Time now_{1'000'000s};
  std::uint64_t requests_ = 0;
  int workers_ = 0;
  bool may_be_killed_ = true;
};

// How a job ends by the change; empty: it goes on.
std::optional<Status> end_of(const Change& change) {
  if (std::holds_alternative<Completed>(change)) {
    return Status::kComplete;
  }
  if (std::holds_alternative<Cancelled>(change)) {
    return Status::kCancelled;
  }
  if (std::holds_alternative<Forbidden>(change) || std::holds_alternative<NotAdmitted>(change)) {
    return Status::kForbidden;
  }
  const bool is_failed =
      std::holds_alternative<Failed>(change) || std::holds_alternative<Unmet>(change) ||
      std::holds_alternative<Expired>(change) || std::holds_alternative<RetriedLast>(change) ||
      std::holds_alternative<ReleasedLast>(change) || std::holds_alternative<LeaseLostLast>(change);
  return is_failed ? std::optional(Status::kFailed) : std::nullopt;
}

struct Seen {
  Submitted made;
  std::optional<Status> end;
  std::size_t followed = 0;
};

}  // namespace

TEST_CASE("no job of a flow is lost, made twice or run too early, over any kill", "[flow]") {
  const auto seed = static_cast<std::uint32_t>(GENERATE(range(1, kFlows + 1)));
  CAPTURE(seed);
  KilledStore store(seed);
  store.live();
  std::map<Sequence, Seen> jobs;
  std::map<std::string, Sequence> by_id;
  std::size_t started = 0;
  for (const auto& [time, entry] : store.journal()) {
    if (const auto* made = std::get_if<Submitted>(&entry.change)) {
      CAPTURE(made->id);
      REQUIRE(jobs.emplace(entry.job.sequence, Seen{*made, {}, 0}).second);
      REQUIRE(by_id.emplace(made->id, entry.job.sequence).second);
      if (!made->extras.or_nothing().follows.empty()) {
        ++jobs.at(by_id.at(made->extras.or_nothing().follows.substr(std::string("scan/").size())))
              .followed;
      }
      continue;
    }
    if (entry.job.sequence == 0) {
      continue;
    }
    Seen& job = jobs.at(entry.job.sequence);
    CAPTURE(job.made.id);
    if (std::holds_alternative<Accepted>(entry.change)) {
      ++started;
      for (const Dependency& after : job.made.extras.or_nothing().after) {
        const std::optional<Status> end = jobs.at(after.sequence).end;
        REQUIRE(end);
        REQUIRE((after.any_end || *end == Status::kComplete));
      }
    }
    if (std::holds_alternative<GroupEnded>(entry.change)) {
      for (const auto& [sequence, other] : jobs) {
        REQUIRE((sequence > entry.job.sequence ||
                 other.made.extras.or_nothing().group != job.made.extras.or_nothing().after_group ||
                 other.end));
      }
    }
    if (const auto end = end_of(entry.change)) {
      REQUIRE_FALSE(job.end);
      job.end = end;
    }
  }
  REQUIRE(started > 0);
  for (const auto& [sequence, job] : jobs) {
    CAPTURE(job.made.id);
    REQUIRE(job.end);
    std::size_t due = 0;
    for (const jobq::FollowUp& one : job.made.extras.or_nothing().then
                                         ? job.made.extras.or_nothing().then->then
                                         : std::vector<jobq::FollowUp>()) {
      due += is_made_at(one.on, *job.end) ? 1 : 0;
    }
    REQUIRE(job.followed == due);
  }
}

}  // namespace store

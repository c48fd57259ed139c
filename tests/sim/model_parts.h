// What the model keeps in its lists.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "effects.h"
#include "texts.h"

namespace store::sim {

// When what was counted is written is left open, and the generator adds no code.
struct OpenTexts : TextSource {
  jobq::HistoryPage history(const HistoryReply&) override { return {}; }
  std::string code(DatasourceIndex, const std::string&) override { return {}; }
};

// A job that another one waits for, or waited for.
struct ModelAfter {
  JobKey job;
  std::string id;
  bool any_end = false;
  Status end = Status::kSubmitted;  // final: it is waited for no more
  bool admits = false;
};

// A rate of starts, and what it is counted under.
using NamedRate = std::optional<std::pair<std::string, RateLimit>>;
// Until when what is used at `at` counts: time is cut into fiftieths of the span, and all of one
// counts for a span after its end.
Time counts_until(Time at, Span span);
// Whether it counts what begins.
inline bool is_of_starts(const Entry& entry) {
  const auto* charged = std::get_if<Charged>(&entry.change);
  return charged != nullptr && charged->token.starts_with('\n');
}

std::size_t bytes_of_after(const std::vector<ModelAfter>& after);
// Whether it tells a job of the end of one that it waits for.
bool is_of_flows(const Entry& entry);

// Broken on purpose, to see that the simulator notices.
struct Rules {
  bool release_is_failure = false;
  bool refused_submit_counts = false;  // against the rates of its token
};

// When a job that is refused for its token's rate may come, where nobody is told.
inline constexpr Span kNotTold = Span::max();

// How a job is submitted.
struct ModelBy {
  bool admits = false;                // it decides about another one, and is not decided about
  std::string admits_in = {};         // where that one is to be
  std::size_t name_bytes = 0;         // that it will take
  bool is_in_list = false;            // all or none
  std::set<std::string> unique = {};  // names that others of the list have
  std::string caveats = {};
};

struct ModelJob {
  NewJob content;        // what it was made of
  std::string imported;  // instead: by what the import says that a repeated submit is recognised
  JobView facts;         // always true, also those that are only shown at times
  std::string request;
  std::vector<ModelAfter> after;
  FollowPlan plan;                    // empty: nothing follows it
  std::vector<FollowResult> results;  // of what does
  bool is_delayed = false;
  bool is_put_off = false;    // for the rate of its key
  bool is_held_back = false;  // for as many of its token run as may
  std::uint32_t running_max = 0;
  bool is_held = false;  // by others of its key
  std::string caveats;   // that are kept for who does it
  std::string after_group;
  bool awaits_group = false;
  Time could_run_at{};
  std::uint64_t request_number = 0;  // of the accept that gave it last
  bool is_out_of_turn = false;       // its worker named it
  std::string submit_token;
  std::string accept_token;         // of the latest attempt
  std::optional<std::string> said;  // the word that ended the latest attempt
  Time leased_until{};              // if nothing ends the attempt before
  Time slow_at{};                   // when it is flagged, if at all
  Time stall_at{};
  bool fails_now = false;  // for it has stalled
  std::string last_flag;
  Sequence cancel_sequence = 0;
  Time cancelled_at{};     // when the cancel was requested
  Sequence child = 0;      // its sequence
  std::uint32_t told = 0;  // the greatest number of a log line in this attempt
  Texts texts;
  std::vector<Attempt> attempts;
  std::vector<LogLine> log;

  Sequence sequence() const { return facts.key.sequence; }
  Status status() const { return facts.status; }
  // Nothing but its key holds it back.
  bool is_free() const {
    return is_waiting(facts.status) && !is_delayed && awaited() == 0 && !is_held_back;
  }
  bool is_ready() const { return is_free() && !is_held; }
  // It has a place among those of its key.
  bool is_in_lane(std::size_t key_running_max) const {
    return is_waiting(facts.status) &&
           (key_running_max == 0 || is_free() || is_put_off || is_held_back);
  }
  std::size_t awaited() const {
    const auto count = std::count_if(after.begin(), after.end(),
                                     [](const ModelAfter& any) { return !is_final(any.end); });
    return is_waiting(facts.status) ? static_cast<std::size_t>(count) + (awaits_group ? 1 : 0) : 0;
  }
};

struct ModelWorker {
  std::string name;
  std::string token;  // that it was given jobs with
  std::uint64_t request_number = 0;
  Time given_at{};
  Time heard_at{};
  std::vector<std::pair<Sequence, std::uint32_t>> leases;  // with that number: job, attempt
  // Of its last accept, unless the store has started since.
  jobq::WorkerAbout about = {};
  std::vector<std::string> functions = {};
  std::vector<std::string> labels = {};
};

// Of all copies of a token.
struct ModelToken {
  struct Use {
    Time at{};
    std::uint64_t cost = 0;
  };
  // By RateSpan: all there have been since the first that was limited so.
  std::array<std::optional<std::vector<Use>>, kRateSpanCount> counted;
  std::optional<Revocation> revoked;
};

struct ModelSchedule {
  DatasourceIndex datasource = 0;
  jobq::Schedule schedule;
  Allowance allowance;
  std::string token;
  Time token_until{};
  bool is_token_over = false;
  Time first{};                // from which on its times are so much apart
  Time slot{};                 // the next of them
  Time due{};                  // when its job is made
  JobKey last;                 // the job that was made last
  jobq::ScheduleStatus facts;  // without the schedule and nextAt
};

// Of every token: what the leases that are accepted with it keep.
inline std::string caveats_of(const std::string& token) {
  return token.ends_with('b') ? "\ntime < 4102444800" : "";
}

// Whose turn it is among those with ready jobs of one priority: the first one.
struct Turn {
  std::string client;
  std::uint32_t served = 0;
};

// What a function keeps between runs.
struct ModelState {
  std::map<std::string, std::string> values;
  Time changed_at{};
  std::string payer;
};

// How many attempts took how long, as docs/protocol-admin.md has it.
struct ModelTimes {
  jobq::SpanCounts waits, runs;

  static void count(jobq::SpanCounts& counts, Span span) {
    jobq::SpanCounts one{1};
    for (std::int64_t bound = 1; span.count() >= bound; bound *= 2) {
      one.insert(one.begin(), 0);
    }
    add(counts, one);
  }
  static void add(jobq::SpanCounts& sum, const jobq::SpanCounts& counts) {
    sum.resize(std::max(sum.size(), counts.size()));
    for (std::size_t i = 0; i < counts.size(); ++i) {
      sum[i] += counts[i];
    }
  }
};

struct ModelDatasource {
  DatasourceIndex index = 0;
  std::string name;
  std::string maker;  // the token that it came to be with
  DatasourceConfig config;
  Mode mode = Mode::kRunning;
  Sequence last_sequence = 0;
  Sequence oldest_event = 1;
  Sequence last_at_start = 0;  // of the store
  std::vector<ModelJob> jobs;  // by sequence
  Span ageing{};               // by which they stand in the rings
  std::map<std::int64_t, std::vector<Turn>, std::greater<>> rings;
  std::vector<ModelWorker> workers;
  std::map<std::string, jobq::WorkerOrder> orders;        // of "": for all
  std::map<std::string, Counters> counters;               // by function
  std::map<std::string, ModelTimes> times;                // by function
  std::map<std::string, jobq::FunctionStatus> functions;  // that are registered
  std::map<std::string, ModelState> states;               // by function; none that is empty

  template <typename Predicate>
  std::size_t count(Predicate predicate) const {
    return static_cast<std::size_t>(std::count_if(jobs.begin(), jobs.end(), predicate));
  }
  // Whether a job of the client's group that was submitted before has not ended.
  bool has_live(const std::string& client, const std::string& group, Sequence before) const {
    return !group.empty() && 0 < count([&](const ModelJob& any) {
                               return any.content.client == client && any.content.group == group &&
                                      any.sequence() < before && !is_final(any.status());
                             });
  }
  bool is_paused() const { return mode == Mode::kPaused || mode == Mode::kPausedAndDraining; }
  // With how many steps that were over when it began to wait less than its priority.
  std::int64_t level_of(const ModelJob& job) const {
    return job.facts.priority -
           (ageing == Span::zero() ? 0 : job.could_run_at.time_since_epoch() / ageing);
  }
  std::size_t running() const {
    return count([](const ModelJob& job) { return job.status() == Status::kAccepted; });
  }
};

void leave_ring(ModelDatasource& datasource, const ModelJob& job);
void leave_ring(ModelDatasource& datasource, std::int64_t level, const std::string& client);
void serve_turn(ModelDatasource& datasource, const ModelJob& job);
// How many jobs of the function run, if they are as many as may.
std::optional<std::size_t> limit_reached(const ModelDatasource& datasource,
                                         const std::string& function);
// Whether the worker may have the job but for rates: its function, its labels.
bool fits(const ModelDatasource& datasource, const ModelJob& job, const Accept& accept);
// Rates of starts: of the datasource, of a function, of a key.
NamedRate start_rate(const ModelDatasource& datasource);
NamedRate start_rate_of_function(const ModelDatasource& datasource, const std::string& function);
NamedRate start_rate_of_key(const ModelDatasource& datasource, const std::string& key);

// What a store decided in one step.
struct Told {
  std::span<const Entry> entries;
  const Reply* reply = nullptr;            // to the command, if it was answered at once
  std::span<const Outbound> replies = {};  // of a tick
  std::size_t retries_read = 0;
  std::size_t restarts_read = 0;
  std::set<std::size_t> forgotten_read = {};
  std::set<std::size_t> put_off_read = {};  // and held back

  const Reply* to(std::uint64_t request) const {
    const auto found = std::find_if(replies.begin(), replies.end(), [&](const Outbound& any) {
      return any.origin.request_id == request;
    });
    return found == replies.end() ? nullptr : &found->reply;
  }
};

struct Answer {
  std::uint64_t request = 0;
  Reply reply;
};

// Somebody who waits for an answer.
enum class Awaited { kJobs, kCancels, kNews, kEvents, kRemoval };
struct Waiter {
  Awaited awaited = Awaited::kJobs;
  std::uint64_t request = 0;
  std::string token = {};
  Time until = Time::max();
  DatasourceIndex datasource = 0;
  std::string name = {};  // the worker, or the client
  Accept accept = {};
  RenewReply renewed = {};
  JobReply asked = {};  // with the job's key
  bool until_final = false;
  EventsReply query = {};
  Command removal = ListConfigs();  // Remove or Bulk
};

// What a page of a list is about. Where it ends is left to the store, within bounds: there is
// more, and the page is full, or as many were looked at as may be.
template <typename Item>
struct Page {
  struct Listed {
    Sequence sequence = 0;
    bool is_match = false;
    std::size_t bytes = 0;  // that fill the page
    Item item;
  };
  Sequence after = 0;
  Sequence cursor = 0;  // as told
  std::size_t limit = 0;
  std::size_t scan_max = 0;
  std::vector<Listed> scope;  // all of the list, in order
};

// Parts of what the model does that need nothing else of it.

// In the pattern "*" stands for any text, "?" for one byte.
bool fits(std::string_view text, std::string_view pattern);
// Whether a job is one of those asked for; empty: any.
bool matches(const ModelJob& job, const std::string& client, const std::string& function,
             const std::string& tag);

Time bounded_lease(const ModelJob& job);
void plan_follow_ups(ModelJob& job, FollowPlan plan);
std::vector<jobq::FollowUp> shown_then(const ModelJob& job);
std::size_t waiting_bytes(const Waiter& waiter);
jobq::StateOfFunction told_state(const ModelDatasource& datasource, const std::string& function,
                                 bool with_values);
void require_allowed_then(const Allowance& allowance, const std::vector<jobq::FollowUp>& then);

}  // namespace store::sim

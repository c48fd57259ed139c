// An engine on a manual clock, with words that make a test read as a sentence.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "engine.h"

namespace store {

constexpr Backoff kNoBackoff{.initial = {}, .max = {}, .factor_percent = 100, .jitter_percent = 0};

using namespace std::chrono_literals;

struct SubmitOptions {
  std::string job = {};  // empty: the next of j1, j2, ...
  std::string client = "alice";
  std::string request = "{}";
  std::uint8_t priority = 0;
  Span keep_for{};
  std::string function = {};
  std::vector<std::string> tags = {};
  Time not_before{};
  Span delay{};
  Span valid_for{};
  Span timeout{};
  std::uint32_t failures_max = 0;
  std::uint32_t lost_leases_max = 0;
  std::uint32_t releases_max = 0;
  std::optional<Backoff> backoff = {};
  std::string datasource = "scan";
  std::string turn_key = {};
  std::string unique = {};
  jobq::IfUnique if_unique = jobq::IfUnique::kAnswer;
  std::string group = {};
  Allowance allowance = {};
  Span slow_after{};
  Span stall_after{};
  bool stall_fails = false;
  Span defer_max{};
  std::vector<std::string> labels = {};
  std::string after_group = {};
  std::string grants = {};
  std::string code = {};
  std::string method = {};
};

using Ids = std::vector<std::string>;
inline Ids ids(const std::vector<JobView>& jobs) {
  Ids ids;
  for (const JobView& job : jobs) {
    ids.push_back(job.job);
  }
  return ids;
}
inline Ids ids(const std::vector<AcceptedView>& jobs) {
  Ids ids;
  for (const AcceptedView& job : jobs) {
    ids.push_back(job.lease.job);
  }
  return ids;
}

using Report = decltype(Outcome::report);
using UpdateItem = std::variant<UpdateReply::Result, Refused>;

class EngineFixture {
 public:
  Limits limits;
  Engine engine{limits, 7};
  Time now = Time(1'000'000s);
  Effects effects;
  std::vector<Entry> journal;  // everything recorded so far
  std::vector<Event> events;   // what watchers see of it
  std::uint64_t next_request = 1;
  std::string token;    // of whoever asks next
  std::string caveats;  // of it, that leases keep

  // Applies a command, asked over the connection of the peer; the reply if there was one at once.
  std::optional<Reply> apply(Command command, const std::string& peer = "peer") {
    const Origin origin{0, peer, true, next_request++, token, caveats};
    engine.apply(now, chance(), origin, std::move(command), effects);
    return reply_to(origin.request_id);
  }
  void tick() { engine.tick(now, chance(), effects); }
  std::uint64_t chance() { return random(); }
  void advance(Span span) {
    now += span;
    tick();
    collect();
  }

  // The reply to a command that is answered at once, and not refused.
  template <typename Expected>
  Expected ask(Command command) {
    std::optional<Reply> reply = apply(std::move(command));
    REQUIRE(reply);
    const auto* refused = std::get_if<Refused>(&*reply);
    INFO((refused == nullptr ? "" : refused->detail));
    REQUIRE(std::holds_alternative<Expected>(*reply));
    return std::get<Expected>(std::move(*reply));
  }
  // Asks what is not answered yet; the number to ask reply_to() with.
  std::uint64_t park(Command command) {
    const std::uint64_t request = next_request;
    REQUIRE_FALSE(apply(std::move(command)));
    return request;
  }
  // What is refused, or only read, changes nothing.
  template <typename Act>
  auto unchanged(Act act) {
    collect();
    const auto digest = engine.digest();
    const auto recorded = journal.size();
    auto result = act();
    collect();
    REQUIRE(engine.digest() == digest);
    REQUIRE(journal.size() == recorded);
    return result;
  }

  // The reply to a request made before; taken out.
  std::optional<Reply> reply_to(std::uint64_t request_id) {
    collect();
    for (auto it = replies.begin(); it != replies.end(); ++it) {
      if (it->origin.request_id == request_id) {
        Reply reply = std::move(it->reply);
        replies.erase(it);
        return reply;
      }
    }
    return std::nullopt;
  }

  Submit submit_command(SubmitOptions options) {
    if (options.job.empty()) {
      options.job = "j" + std::to_string(++jobs_made);
    }
    NewJob job{.job = options.job,
               .request = options.request,
               .client = options.client,
               .priority = options.priority,
               .function = options.function,
               .not_before = options.not_before,
               .delay = options.delay,
               .terms = {.keep_for = options.keep_for,
                         .valid_for = options.valid_for,
                         .timeout = options.timeout,
                         .failures_max = options.failures_max,
                         .lost_leases_max = options.lost_leases_max,
                         .releases_max = options.releases_max,
                         .backoff = options.backoff,
                         .slow_after = options.slow_after,
                         .stall_after = options.stall_after,
                         .stall_fails = options.stall_fails,
                         .defer_max = options.defer_max,
                         .labels = options.labels},
               .tags = options.tags,
               .turn_key = options.turn_key,
               .unique = options.unique,
               .if_unique = options.if_unique,
               .group = options.group,
               .after_group = options.after_group,
               .grants = options.grants,
               .code = options.code,
               .method = options.method};
    return {.datasource = options.datasource,
            .jobs = {std::move(job)},
            .no_tickets = false,
            .allowance = options.allowance};
  }
  std::variant<SubmitReply::Result, Refused> try_submit(SubmitOptions options) {
    return std::get<SubmitReply>(*apply(submit_command(std::move(options)))).items.at(0);
  }
  std::string submit(SubmitOptions options = {}) {
    return std::get<SubmitReply::Result>(try_submit(std::move(options))).job.job;
  }

  // Several jobs, one after the other.
  void submit_all(const Ids& jobs, SubmitOptions options = {}) {
    for (const std::string& job : jobs) {
      options.job = job;
      submit(options);
    }
  }

  Accept accept_command(std::size_t max = 1, const std::string& worker = "w") {
    return {"scan", worker, next_number++, max, 30s, 0ms, {}};
  }
  std::vector<AcceptedView> accept(std::size_t max = 1, const std::string& worker = "w") {
    return std::get<AcceptReply>(*apply(accept_command(max, worker))).jobs;
  }
  Lease accept_one(const std::string& worker = "w") {
    const auto jobs = accept(1, worker);
    REQUIRE(jobs.size() == 1);
    return jobs[0].lease;
  }

  std::vector<AcceptedView> accept_of(std::vector<std::string> functions, std::size_t max = 1,
                                      const std::string& worker = "w") {
    Accept command = accept_command(max, worker);
    command.functions = std::move(functions);
    return ask<AcceptReply>(std::move(command)).jobs;
  }
  // An accept that waits.
  std::uint64_t park_accept(const std::string& worker = "w", Span wait = 60s,
                            std::vector<std::string> functions = {}) {
    Accept command = accept_command(1, worker);
    command.wait = wait;
    command.functions = std::move(functions);
    return park(std::move(command));
  }
  // The jobs that an accept which waited got; none while it waits.
  Ids given(std::uint64_t request) {
    const auto reply = reply_to(request);
    return reply ? ids(std::get<AcceptReply>(*reply).jobs) : Ids{};
  }
  // Submits a job, and has a worker take it.
  Lease submit_and_accept(SubmitOptions options = {}, const std::string& worker = "w") {
    submit(std::move(options));
    return accept_one(worker);
  }

  UpdateItem update(const Lease& lease, Report word) {
    Update command{"scan", {Outcome{lease, std::move(word)}}};
    return std::get<UpdateReply>(*apply(std::move(command))).items.at(0);
  }
  UpdateItem complete(const Lease& lease, const std::string& response = "1") {
    return update(lease, Completed{response});
  }
  UpdateItem retry(const Lease& lease, Span delay = {}, const std::string& code = "broken") {
    return update(lease, Retry{{code, "message", "detail"}, delay});
  }
  UpdateItem release(const Lease& lease, Span delay = {}) {
    return update(lease, Release{delay, "draining"});
  }
  UpdateItem fail(const Lease& lease, const std::string& code = "exit-1") {
    return update(lease, Failed{{code, "message", "detail"}});
  }
  UpdateItem forbid(const Lease& lease) { return update(lease, Forbidden{{"no", "message", ""}}); }
  UpdateItem acknowledge_cancel(const Lease& lease) { return update(lease, AckCancel{}); }
  UpdateItem take(const std::string& job, const std::string& worker = "w") {
    return update({job, 0}, AcceptOne{worker, next_number++, 30s});
  }
  std::optional<Time> renew(const Lease& lease, Span span) {
    const auto held =
        std::get<RenewReply>(*apply(Renew{"scan", {lease}, span, {}, {}, 0})).leases.at(0);
    return held ? std::optional(held->deadline) : std::nullopt;
  }
  JobView cancel(const std::string& job) {
    return std::get<JobReply>(*apply(Cancel{"scan", job, "alice"})).job;
  }

  static GetJob question(const std::string& job, std::optional<std::string> client = "alice") {
    GetJob command;
    command.datasource = "scan";
    command.job = job;
    command.client = std::move(client);
    return command;
  }
  // One that waits for the next change, or for the end.
  static GetJob patient(const std::string& job, Span wait, bool until_final = false,
                        std::optional<std::string> client = "alice") {
    GetJob command = question(job, std::move(client));
    command.wait = wait;
    command.until_final = until_final;
    return command;
  }
  // Of one client, or of all.
  static ListJobs list_command(std::optional<std::string> client, Sequence cursor = 0,
                               std::size_t limit = 100) {
    ListJobs command;
    command.datasource = "scan";
    command.client = std::move(client);
    command.cursor = cursor;
    command.limit = limit;
    command.statuses = 0xff;
    return command;
  }
  JobView view(const std::string& job) { return ask<JobReply>(question(job, std::nullopt)).job; }
  DatasourceConfig configure(DatasourceConfig config) {
    return ask<DatasourceConfig>(Configure{"scan", std::move(config)});
  }
  DatasourceConfig set_mode(Mode mode) { return ask<DatasourceConfig>(SetMode{"scan", mode}); }

  const Job* find(const std::string& job) const {
    const auto datasource = engine.state().find_datasource("scan");
    return datasource ? engine.state().find(*datasource, job) : nullptr;
  }
  Status status(const std::string& job) const {
    REQUIRE(find(job) != nullptr);
    return find(job)->status;
  }

  // The latest change of this kind.
  template <typename Kind>
  const Entry& last() const {
    for (auto entry = journal.rbegin(); entry != journal.rend(); ++entry) {
      if (std::holds_alternative<Kind>(entry->change)) {
        return *entry;
      }
    }
    FAIL("there was no such change");
    return journal.front();
  }

  // What a restart from the journal alone would give.
  std::uint64_t replayed_digest() const {
    State jobs(99);
    for (std::size_t i = 0; i < journal.size(); ++i) {
      Entry entry = journal[i];
      jobs.apply(journal_times[i], entry);
    }
    return jobs.digest();
  }

  std::vector<Outbound> replies;
  std::vector<Time> journal_times;

  void collect() {
    for (Entry& entry : effects.entries) {
      journal.push_back(std::move(entry));
      journal_times.push_back(now);
    }
    for (Event& event : effects.events) {
      events.push_back(std::move(event));
    }
    for (Outbound& outbound : effects.replies) {
      replies.push_back(std::move(outbound));
    }
    effects.clear();
  }

 private:
  std::mt19937_64 random{1};
  int jobs_made = 0;
  std::uint64_t next_number = 1;
};

// One that is asked at the end of each test whether its journal says all that happened.
class ReplayedEngine : public EngineFixture {
 public:
  ~ReplayedEngine() {
    collect();
    CHECK(engine.digest() == replayed_digest());
  }
};

// The status after a worker's word that was taken.
inline Status taken(const UpdateItem& item) {
  const auto* refused = std::get_if<Refused>(&item);
  INFO((refused == nullptr ? "" : refused->detail));
  REQUIRE(refused == nullptr);
  return std::get<UpdateReply::Result>(item).status;
}

template <typename Good>
std::optional<Code> refusal(const std::variant<Good, Refused>& result) {
  const auto* refused = std::get_if<Refused>(&result);
  return refused == nullptr ? std::nullopt : std::optional(refused->code);
}
inline std::optional<Code> refusal(const std::optional<Reply>& reply) {
  REQUIRE(reply.has_value());
  const auto* refused = std::get_if<Refused>(&*reply);
  return refused == nullptr ? std::nullopt : std::optional(refused->code);
}

// How much of the token's rate over the unit is used; empty: it is not counted.
inline std::optional<std::uint64_t> used(const jobq::TokenUse& use, const std::string& unit) {
  for (const auto& rate : use.rates) {
    if (rate.unit == unit) {
      return rate.used;
    }
  }
  return std::nullopt;
}

}  // namespace store

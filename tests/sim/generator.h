// Makes steps at random, the same for the same seed: commands of every kind over few names, so that
// they meet each other; repetitions; stale leases; leaps in time; ends of the store.
#pragma once

#include <string>
#include <vector>

#include "random.h"
#include "world.h"

namespace store::sim {

// So small that each limit is met; they differ from seed to seed.
Limits small_limits(std::uint64_t seed);

const ModelDatasource* find(const Model& model, const std::string& datasource);

// Who asks. Several may have copies of one token, that allow different things.
struct Caller {
  std::string token;
  Allowance allowance;
};

// What the cron expression of its schedules means.
inline constexpr Span kCronStep = std::chrono::minutes(5);

// Whether attempts and functions keep something.
struct Keeping {
  explicit Keeping(std::uint64_t of)
      : seed(of), random(of ^ 0x57a7e), is_on(of % 11 >= 6 && of % 11 <= 8) {}
  void set_limits(Limits& limits) const;

  std::uint64_t seed;
  Random random;
  bool is_on;
};

class Generator {
 public:
  // What else there is beside requests, time, and ends of the store.
  enum class Faults {
    kNone,
    kSome,  // of syncs, clocks and workers
    kAll,   // outages, syncs that fail, peers that vanish and torn records too
  };
  Generator(std::uint64_t seed, const Limits& limits, Faults faults = Faults::kNone);

  // What happens comes from these bytes instead, but for faults; they must outlive this.
  void feed(std::string_view bytes) { random_.feed(bytes); }
  bool is_fed() const { return random_.is_fed(); }

  // What happens next in the world.
  Step next(const World& world);

 private:
  Span advance(const World& world);
  void add_faults(Step& step, const World& world);
  void add_more_faults(Step& step);
  std::vector<Caller> callers();
  Allowance allowance();
  // The next request; from one of the callers, mostly.
  Request request(const Model& model);
  Command command(const Model& model);

  Submit submit(const Model& model);
  NewJob new_job(const std::string& datasource, const Model& model);
  GetJob get(const Model& model);
  ListJobs list(const Model& model);
  Command cancel(const Model& model);
  ReadLog read_log(const Model& model);
  Accept accept(const Model& model);
  Renew renew(const Model& model);
  Update update(const Model& model);
  Outcome outcome(const ModelDatasource* datasource);
  Log write_log(const ModelJob* job);
  ReadRequests read_requests(const Model& model);
  Configure configure();
  SetMode set_mode(const Model& model);
  Peek peek();
  GetDatasourceStats stats();
  Remove remove(const Model& model);
  // In lives that have some: sorted lists, what is done to all that match, pauses of the store.
  std::optional<Command> about_lists(const Model& model);
  OrderWorkers order_workers();
  void add_about(Accept& accept);
  jobq::WorkerOrder known_order();
  ListJobs filter(const Model& model);
  Bulk bulk(const Model& model);
  Restart restart(const Model& model);
  Edit edit(const Model& model);
  Redrive redrive();
  Command import(const Model& model);
  Subscribe subscribe(const Model& model);
  ReadEvents read_events(const Model& model);
  PutSchedule put_schedule();
  GetSchedule get_schedule();
  ListSchedules list_schedules();
  ChangeSchedule change_schedule();
  std::string schedule() { return "s" + std::to_string(scheduling_.below(3u)); }
  std::optional<std::string> asking_client();
  // In lives that have some.
  void add_after(Submit& made, const Model& model);
  void add_then(Submit& made);
  std::vector<jobq::FollowUp> some_follow_ups(int depth);
  // Of schedules, in lives that have some.
  std::optional<Command> about_schedules();
  PutFunction put_function();
  ListFunctions list_functions();
  std::string function();
  // Of functions, in lives that have some.
  std::optional<Command> about_functions();
  // Of what is kept, in lives where something is.
  std::optional<Command> about_state();
  jobq::StateChange state_change();
  void add_left(Outcome& outcome);
  void add_soft_limits(Terms& terms);
  void add_groups(NewJob& job);
  // Functions that somebody admits, or that call, and what goes to a worker alone.
  void add_calls(PutFunction& made);
  void add_grants(Submit& made);
  std::vector<std::string> labels();
  std::vector<std::string> maybe_labels();
  void add_rates(DatasourceConfig& config);
  ListTokens list_tokens();
  RevokeToken revoke_token();

  // Asks for a job, as its client mostly.
  template <typename Asking>
  Asking asking(const Model& model);
  std::string datasource() { return random_.one_of(datasources_); }
  // One where jobs run, mostly.
  std::string busy_datasource(const Model& model);
  std::string job_id() { return "j" + std::to_string(random_.below(job_ids_)); }
  std::string client() { return random_.one_of(clients_); }
  std::string worker() { return random_.one_of(workers_); }
  std::string maybe_function();
  std::string maybe_tag();
  std::vector<std::string> some(const std::vector<std::string>& names, std::size_t most);
  std::string text();
  Terms said_terms(unsigned percent);
  Backoff backoff();
  JobError failure();
  std::uint64_t request_number(const ModelDatasource* datasource, const std::string& worker);
  Lease lease(const ModelDatasource* datasource);

  Random random_;
  Random faults_;
  Random more_faults_;
  Random scheduling_;
  Random flows_;
  const bool has_schedules_;
  Random registering_;
  const bool has_functions_;
  Random admitting_;
  const bool has_admissions_;
  const bool has_flows_;
  Keeping keeping_;
  Random listing_;
  const bool has_lists_;
  const Faults has_;
  std::vector<std::string> gone_;  // workers
  int gone_for_ = 0;               // steps
  const Limits& limits_;
  std::vector<std::string> datasources_;
  std::vector<std::string> clients_;
  std::vector<std::string> workers_;
  std::vector<std::string> functions_;
  std::vector<std::string> tokens_;
  std::vector<Caller> callers_;
  int job_ids_;
  Time now_{};
  bool is_long_lived_;  // jobs are handed back and retried, and seldom end
  std::uint64_t requests_ = 0;
  std::vector<Command> earlier_;
};

template <typename Asking>
Asking Generator::asking(const Model& model) {
  Asking asked{.datasource = datasource(), .job = job_id(), .client = {}};
  const ModelDatasource* found = find(model, asked.datasource);
  std::string owner = client();
  if (found != nullptr && !found->jobs.empty() && random_.percent(90)) {
    const ModelJob& job = found->jobs[random_.below(found->jobs.size())];
    asked.job = job.facts.job;
    owner = job.facts.client;
  }
  if (random_.percent(70)) {
    asked.client = random_.percent(92) ? owner : client();
  }
  return asked;
}

}  // namespace store::sim

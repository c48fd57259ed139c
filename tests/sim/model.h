// What a store has to answer, said as simply as possible: lists that are walked from end to end,
// written from the protocol's documents and not from the engine. What the documents leave to the
// store (chance, the order of timers that are over at the same time, where a page ends) it is told,
// and checks that it is within what they allow.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "mismatch.h"
#include "model_parts.h"
#include "store_limits.h"

namespace store::sim {

class Model : public OpenTexts {
 public:
  // `limits` must outlive the model.
  explicit Model(const Limits& limits, Rules rules = {}) : limits_(limits), rules_(rules) {}

  // As the engine's. They throw Mismatch when what they are told cannot be.
  void tick(Time now, Told told);
  void apply(Time now, std::uint64_t request, const std::string& token, const Command& command,
             Told told);
  // Nobody was served from `since` on.
  void extend_leases(Time now, Time since, Span grace, Told told);
  void take_back(Time now, const std::vector<AcceptedView>& accepted, Told told);
  void give_up_waiting(const Refused& refused);
  // Whoever waits for these answers is gone. Returns those that wait.
  std::vector<std::uint64_t> forget_waiters(const std::function<bool(std::uint64_t)>& is_gone);
  void end_tokens_of(Time now, const std::string& key, Told told);
  void forget_events(DatasourceIndex datasource, Sequence oldest);
  void begin_behind(const std::string& datasource, Sequence last_event);
  // The store has started again at `now`: who waited is forgotten.
  void restart(Time now);

  // When the next timer is over; Time::max() if never.
  Time next_deadline();
  // By all jobs; where they may not bring much.
  std::optional<std::size_t> bytes_brought() const;
  bool may_open_at(Time time) const;  // a rate of starts lets more begin then
  Time next_opening() const;
  // What has been answered since this was emptied.
  std::vector<Answer> answers;

  const std::deque<ModelDatasource>& datasources() const { return datasources_; }
  // Jobs that may go in the next tick because somebody asked for it.
  std::size_t removals_asked() const;
  std::size_t waiter_count() const;
  bool is_revoked(Time now, const std::string& token) const;
  // As an export has it.
  jobq::JobStatus exported(const ModelJob& job) const;
  // When something that counts against a rate counts no more; the past if nothing does.
  Time next_room() const;

  // Checks events that were just made, and what was found for a query at the end of a turn.
  void check_made(const std::vector<Event>& events) const;
  void check_found(const EventsReply& query, const FoundEvents& found) const;

  const Texts& texts(JobKey job) override;
  const Payload& payload(JobKey job) override;
  std::vector<Attempt> attempts(JobKey job) override;
  std::vector<LogLine> log(JobKey job, std::uint32_t after, std::uint32_t last) override;
  FoundEvents events(const EventsReply& query) override;

 private:
  using Answered = std::optional<Reply>;
  // What the page has to tell, all of it up to where it ends.
  template <typename Item>
  std::vector<Item> told_by(const Page<Item>& page) const;

  Answered on(const Submit& submit);
  Answered on(const GetJob& get);
  Answered on(const ListJobs& list);
  Answered on(const CountJobs& count);
  Answered on(const Cancel& cancel);
  Answered on(const ReadLog& read);
  Answered on(const Explain& explain);
  Answered on(const Accept& accept);
  Answered on(const Renew& renew);
  Answered on(const Update& update);
  Answered on(const Peek& peek);
  Answered on(const ReadRequests& read);
  Answered on(const GetConfig& get);
  Answered on(const ListConfigs& list);
  Answered on(const Configure& configure);
  Answered on(const SetMode& set);
  Answered on(const DropDatasource& drop);
  Answered on(const GetDatasourceStats& get);
  Answered on(const ListWorkers& list), on(const GetHistory& get);
  Answered on(const Remove& remove), on(const Restart& restart);
  Answered on(const Edit& edit), on(const Redrive& redrive);
  Answered on(const Bulk& bulk);
  Answered on(const SetStorePause&set), on(const OrderWorkers&command);
  Answered on(const Import& import);
  Answered on(const Subscribe& subscribe);
  Answered on(const ReadEvents& read);
  Answered on(const PutSchedule& put);
  Answered on(const GetSchedule& get);
  Answered on(const ListSchedules& list);
  Answered on(const ChangeSchedule& change);
  Answered on(const PutFunction& put);
  Answered on(const ListFunctions& list);
  Answered on(const RemoveFunction& remove);
  Answered on(const ReadState& read);
  Answered on(const ChangeState& change);
  Answered on(const ListTokens& list);
  Answered on(const RevokeToken& revoke);

  // Finding.
  ModelDatasource* find(const std::string& datasource);
  ModelJob* find(ModelDatasource& datasource, const std::string& id);
  ModelJob* find(JobKey key);
  ModelJob& known(JobKey key);
  ModelWorker* find_worker(ModelDatasource& datasource, const std::string& name);
  // These throw the refusal: what is asked for is unknown, another client's, or one too many.
  template <typename Asked>
  ModelJob& asked_for(const Asked& asked);
  ModelDatasource& asked_datasource(const std::string& name);
  ModelDatasource& found_or_made(const std::string& name);
  ModelDatasource& of(const ModelJob& job) { return datasources_[job.facts.key.datasource]; }
  Counters& counters_of(const ModelJob& job) { return of(job).counters[job.content.function]; }
  ModelTimes& times_of(const ModelJob& job) { return of(job).times[job.content.function]; }
  // What all share. These throw the refusal, or say whether there is room.
  struct Thing {
    std::string what;
    std::size_t bytes = 0;
    std::string payer;
  };
  bool may_make_datasource() const;
  void require_room_for_config(const ModelDatasource* datasource,
                               const DatasourceConfig& config) const;
  // `token`: that the job is submitted with.
  static std::vector<Thing> things_of(const NewJob& job, DatasourceIndex datasource,
                                      const Terms& terms, const std::string& token,
                                      const std::vector<ModelAfter>& after,
                                      const std::string& caveats);
  static std::vector<Thing> things_of_attempt(const std::string& worker, const std::string& token,
                                              const std::string& submit_token);
  std::size_t new_bytes_of(const std::vector<Thing>& things) const;
  void require_room_for(const std::vector<Thing>& things, const std::string& token,
                        std::size_t ahead = 0) const;
  void settle_brought();

  std::vector<std::variant<SubmitReply::Result, Refused>> submit_all(const Submit& command);

  // The same as require_room(), behind what the job names to wait for where a datasource has none.
  template <typename Named>
  void require_room_behind(const ModelDatasource* datasource, const std::string& name,
                           const std::string& client, const std::vector<Named>& after,
                           const ModelBy& by = {});

  // A job's life.
  void require_room_for_child(const ModelJob& parent, const std::string& id) const;
  void require_room(const ModelDatasource* datasource, const std::string& client,
                    const ModelBy& by = {}) const;
  static const ModelJob* find_unique(const ModelDatasource& datasource, const std::string& unique);
  SubmitReply::Result submit_again(const Allowance& allowance, ModelJob& live, const NewJob& said);
  Terms settle(const NewJob& job, const ModelDatasource& datasource) const;
  ModelJob& make_job(ModelDatasource& datasource, ModelJob job);
  SubmitReply::Result submit(const std::string& datasource, const Allowance& allowance,
                             const NewJob& said, Span told_retry_after, const ModelBy& by = {});
  static NewJob admission_job(const std::string& datasource, const NewJob& said,
                              const jobq::Function& function);
  void require_admission(const ModelDatasource* datasource, const NewJob& said,
                         std::size_t name_bytes, bool is_in_list) const;
  void ask_for_admission(const ModelDatasource& datasource, ModelJob& job);
  std::string told_admission(const ModelDatasource& datasource, const std::string& job);
  SubmitReply::Result import(const std::string& datasource, jobq::JobStatus job);
  void require_room_for_imported(const ModelDatasource* datasource, const NewJob& content,
                                 const jobq::JobStatus& job,
                                 const std::vector<ModelAfter>& after) const;
  void finish_imported(ModelJob& job);
  SubmitReply::Result make_child(ModelJob& parent, const std::string& new_id);
  ModelJob& removable(const Remove& remove);
  void remove_asked(const ModelJob& job);
  void remove_live(ModelJob& job);
  Reply removal(const Remove& remove);
  Reply removal(const DropDatasource& drop);
  void cancel(ModelJob& job);
  static bool has_new_terms(const ModelJob& job, const Edit& edit);
  void require_room_for_edit(const ModelJob& job, const Edit& edit) const;
  void edit(ModelJob& job, const Edit& edit);
  // All that match. `told`: where the step ends.
  BulkReply bulk_step(const Bulk& bulk, const BulkReply* told);
  bool is_meant(const ModelJob& job, const Bulk& bulk);
  void require_bulk(const ModelJob& job, const Bulk& bulk);
  JobView change_one(JobKey key, const Bulk& bulk);
  void wait_again(ModelJob& job, Status status, Time not_before);
  // Who of each key may go now.
  void settle_keys(ModelDatasource& datasource);
  void stop_delay(ModelJob& job);
  void enter_ring(const ModelJob& job);
  void lease(ModelJob& job, Span wanted);
  void begin_soft_limits(ModelJob& job) const;
  std::string flag(ModelJob& job, const Entry& entry);
  void start_attempt(ModelJob& job, const std::string& worker, std::uint64_t number, Span lease);
  Attempt end_attempt(ModelJob& job, Ending ending, const JobError& failure);
  void try_again(ModelJob& job, Attempt ended, Status status, Time not_before);
  // As if the attempt had not been, at no cost but its time.
  void hand_back(ModelJob& job, Attempt ended, Time not_before);
  void finish(ModelJob& job, Status status);
  void fail(ModelJob& job, JobError failure);
  void retry(ModelJob& job, JobError failure, Ending ending, Span delay);
  void cancel_now(ModelJob& job);
  // An event about the job: it gets a number, and those who wait for it are answered.
  void event(ModelJob& job, Event::Kind kind);
  Event make_event(const ModelJob& job, Event::Kind kind) const;
  void wake_for_event(const Event& event);
  template <typename Asked>
  EventScope scope_of(const Asked& asked);
  bool may_answer_early(const EventScope& scope, Sequence after) const;
  // `told`: where the page of jobs ends.
  Snapshot snapshot_of(const EventScope& scope, std::size_t limit, Sequence told);
  ListReply list_page(const ListJobs& list, Sequence told);
  std::vector<Sequence> in_service(const ModelDatasource& datasource) const;
  std::vector<std::pair<Sequence, const ModelJob*>> walk_of(const ModelDatasource& datasource,
                                                            const ListJobs& list);
  Sequence number_of(const ModelDatasource& datasource, const ListJobs& list,
                     Sequence cursor) const;

  // Workers. `accept`: nullptr: whatever holds jobs back that are ready.
  ModelJob* best(ModelDatasource& datasource, const std::vector<std::string>& functions,
                 const Accept* accept);
  ModelJob* next_to_give(ModelDatasource& datasource, const Accept& accept);
  std::uint64_t begun(const NamedRate& rate, Time at) const;
  Time opens_at(const NamedRate& rate) const;
  void count_start(const ModelJob& job);
  void put_off(ModelJob& job, Time until);
  void add_rates(const ModelDatasource& datasource, const ModelJob& job, Explanation& reply) const;
  std::size_t job_running_with(const std::string& token) const;
  bool is_full(const ModelJob& job) const;
  void hold_back(ModelJob& job);
  void let_go(ModelJob& job, const Entry& entry);
  void hear_put_off();
  bool runs_as_many_as_may(const ModelDatasource& datasource) const;
  bool may_run_more(const ModelDatasource& datasource) const;
  std::vector<AcceptedView> take_jobs(ModelDatasource& datasource, const Accept& accept);
  // The worker was given a job.
  ModelWorker& remember(ModelDatasource& datasource, const std::string& name);
  // `datasource`: nullptr, of any.
  void forget_worker(const ModelDatasource* datasource, std::size_t max);
  void heard(ModelDatasource& datasource, const std::string& name);
  AcceptReply leases_given(const ModelDatasource& datasource, const ModelWorker& worker) const;
  bool is_held(const ModelJob& job, std::uint32_t attempt) const;
  std::vector<CancelRequest> cancels_of(const ModelDatasource& datasource,
                                        const std::string& worker, Sequence seen) const;
  UpdateReply::Result take(const std::string& datasource, const Outcome& outcome);
  UpdateReply::Result take_one(ModelDatasource* datasource, const std::string& id,
                               const AcceptOne& accept);
  UpdateReply::Result taken(const ModelJob& job) const;
  void take_word(ModelJob& job, const Outcome& outcome);
  void release(ModelJob& job, const Release& released, bool may_fail = true);
  void write_log(ModelJob& job, const Log& written);
  std::size_t count_ahead(const ModelDatasource& datasource, const ModelJob& job) const;

  // Jobs that wait for others.
  std::vector<ModelAfter> awaited_by(const std::string& name, const std::string& client,
                                     const auto& named);
  jobq::AwaitedJob shown(const ModelJob& job, const ModelAfter& after) const;
  std::size_t tell_responses(const ModelJob& job, AcceptedView& view) const;
  bool has_news(const ModelJob& job, const ModelAfter& after);
  bool has_flows_left();
  bool is_waited_for(const ModelJob& job);
  void run_flows();
  void let_go_on(ModelJob& job, JobKey ended, const Entry& entry);
  void forbid_as(ModelJob& job, const ModelJob& decision);
  void begin_to_wait(ModelJob& job);

  // What follows jobs.
  std::string told_of(const ModelJob& job);
  void run_follow_ups();
  void follow(JobKey key, std::size_t place, const FollowResult& told);
  void end_follow_ups_of(const std::function<bool(const std::string&)>& is_over);

  // Schedules.
  ModelSchedule* find_schedule(const std::string& datasource, const std::string& name);
  template <typename Asked>
  ModelSchedule& asked_schedule(const Asked& asked);
  jobq::ScheduleStatus shown(const ModelSchedule& schedule);
  const ScheduleRun& told_run(const ModelSchedule& schedule);
  void wait_for_slot(ModelSchedule& schedule, Time slot, Time told_due) const;
  void note_made(ModelSchedule& schedule, const JobView& job, Time slot);
  void note_end_of_run(const ModelJob& job);
  Time next_schedule() const;
  // Whether the entry is of what schedules do when they are due.
  bool is_of_schedules(const Entry& entry);
  void run_schedules();
  void run_schedule(ModelSchedule& schedule, const ScheduleRun& told);
  void end_schedules_of(const std::function<bool(const std::string&)>& is_over);

  // How long a job stays that has ended so.
  static Span kept(const Terms& terms, Status status);

  // Functions. What is registered of that name, or nothing that it says.
  static const jobq::Function& function_of(const ModelDatasource* datasource,
                                           const std::string& name);
  jobq::FunctionStatus told(const ModelDatasource& datasource, const std::string& name) const;
  jobq::Quota quota_of(const Allowance& allowance, std::uint64_t cost) const;

  // What is kept. These throw the refusal.
  std::vector<jobq::StateValue> state_of(const ModelJob& job) const;
  std::size_t kept_bytes(const ModelJob& job) const;
  void leave_out(const ModelJob& job, std::size_t& bytes, AcceptedView& view) const;
  void require_room_for_state(const ModelState* gone, std::size_t bytes,
                              const std::string& payer) const;
  void require_room_for_checkpoint(const ModelJob* gone, const std::string& token,
                                   std::size_t bytes) const;
  void change_state(ModelDatasource& datasource, const std::string& function,
                    const std::vector<jobq::StateChange>& changes, bool removes_all,
                    const std::string& payer);
  void take_left(ModelDatasource& datasource, ModelJob& job, const Outcome& outcome);

  // Tokens.
  static std::uint64_t cost_of(const ModelDatasource* datasource, const std::string& function);
  std::uint64_t used(const ModelToken& token, RateSpan span, Time at) const;
  std::size_t waiting_with(const std::string& token) const;
  // Whether the caller's token forbids the job; and whether what is told of when it will not is so.
  void require_allowed(const Allowance& allowance, const NewJob& job, std::uint64_t cost,
                       Span told_retry_after) const;
  void charge(const Allowance& allowance, std::uint64_t cost);
  void charge_as(const std::string& token, const std::vector<RateLimit>& rates, std::uint64_t cost);
  jobq::TokenUse shown(const std::string& token) const;
  void end_tokens(const std::function<bool(const std::string&)>& is_over);
  void hear_forgotten_tokens(const std::function<bool(const std::string&)>& is_heard = {});
  void check_actors();

  // Those who wait.
  Answered park(Waiter waiter);
  void answer(std::uint64_t request, const Reply& reply);
  bool is_full(Awaited awaited, const ModelDatasource* datasource, const std::string& name) const;
  void give_up(Awaited awaited, const ModelDatasource& datasource, const std::string& worker);
  void serve_waiters();
  void expire_waiters();
  void answer_removals();
  void wake_for_cancel(const ModelJob& job);
  jobq::WorkerOrder order_for(const ModelDatasource& there, const std::string& worker) const;
  void wake_for_order(const ModelDatasource& datasource, const std::string& worker);
  void ask_about(ModelDatasource&there, const Accept&accept), hear_silent_workers();

  // Time.
  Time due_at(const ModelJob& job) const;
  bool is_overdue(const ModelJob& job) const;
  bool makes_room(const ModelJob& job);
  void fire(const Entry& entry);
  // Which change that is.
  std::string end_lease(ModelJob& job);
  void remove(JobKey key);

  // What is shown.
  JobView view(const ModelJob&job) const, whole_view(const ModelJob&job) const;
  AcceptedView accepted_view(const ModelJob& job) const;
  bool has_worker(const ModelDatasource& datasource, const ModelJob& job) const;
  DatasourceStats stats_of(const ModelDatasource& datasource, bool with_functions) const;
  static void add_to(Counters& sum, const Counters& counters);
  Time told_retry(const ModelJob& job, Span least, Span most);
  // Of a failure that the store declares: its words are for people.
  JobError told_failure(const ModelJob& job, const std::string& code) const;
  std::string told_id();
  std::string new_guid(const std::string& told);

  const Limits& limits_;
  const Rules rules_;
  Time now_{};
  std::string token_;  // whoever does what happens; empty: time
  std::uint64_t request_ = 0;
  Told* told_ = nullptr;
  std::deque<ModelDatasource> datasources_;
  std::deque<ModelSchedule> schedules_;
  std::size_t schedules_read_ = 0;  // of the entries that are told
  std::uint64_t cost_ahead_ = 0;    // of a list that is taken whole or not at all
  std::size_t flow_steps_ = 0;      // of this turn
  std::string follows_;             // of the job that is submitted
  std::vector<JobKey> finished_;    // in the order of finishing
  std::vector<Waiter> waiters_;     // in the order of arrival
  // Since somebody asked, with that token, and not yet told of.
  std::map<JobKey, std::string> removed_;
  std::map<JobKey, std::string> forced_;            // the same of those that had not ended
  std::map<DatasourceIndex, std::string> dropped_;  // the same of datasources
  jobq::StoreMode mode_;                            // of the store as a whole
  std::map<std::string, ModelToken> tokens_;
  std::map<std::string, Thing> brought_;  // what jobs have
  // Events that are not yet told of, with the tokens that they were made with.
  std::map<std::pair<DatasourceIndex, Sequence>, std::string> done_with_;
  std::set<std::string> ids_made_;
  std::map<DatasourceIndex, std::vector<Event>> events_;  // all that there have been
  Payload payload_;
};

}  // namespace store::sim

#include "model_asked.h"  // what its templates do

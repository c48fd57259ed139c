// Makes a State from what a start finds on disk besides the entries: datasources in the order of
// their indexes; then their configs, counters and rotations; then jobs in the order of (datasource,
// sequence); then workers and tokens; then finish(). The client of a job that may go must have a
// rotation.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "state.h"

namespace store {

struct StoredJob {
  // Without client, worker, function, tags, terms, tokens, links, what it waits for, index places.
  Job job;
  std::string client;
  std::string worker;
  std::string function;
  std::vector<std::string> tags;
  Terms terms;
  std::string turn_key;
  std::string unique;
  std::string group;
  std::string after_group;
  std::string caveats;
  Links links;
  std::vector<Dependency> after;
  FollowUps::Followed then = {};  // a plan that is nullptr: nothing follows it
  std::string follows;
  CodeOfJob code = {};
  std::string submit_token;
  std::string accept_token;
};

class Restore {
 public:
  explicit Restore(State& state) : state_(state) {}

  void store(bool is_paused, jobq::WorkerOrder order) {
    state_.is_paused = is_paused;
    state_.order = std::max(order, jobq::WorkerOrder::kWork);
  }
  void datasource(std::string name, Sequence last_sequence, Stamp last_stamp, Sequence oldest_event,
                  std::string maker);
  void config(DatasourceIndex datasource, DatasourceConfig config, Mode mode,
              std::vector<WorkerOrdered> orders);
  // Without those that wait and run.
  void counters(DatasourceIndex datasource, std::string_view function, FunctionCounts counts);
  void rotations(DatasourceIndex datasource, std::string_view client,
                 const std::vector<Rotation>& rotations);
  void job(StoredJob stored);
  void worker(DatasourceIndex datasource, std::string name, Worker worker);
  void token(std::string token, TokenUse use);
  void function(DatasourceIndex datasource, FunctionState function);
  // Before the jobs.
  void code(DatasourceIndex datasource, std::string hash, CodeState code);
  void function_state(DatasourceIndex datasource, std::string function, FunctionValues values);
  void schedule(DatasourceIndex datasource, std::string name, ScheduleState schedule);
  void finish();

 private:
  void add_ready(Datasource& datasource, Slot slot);

  State& state_;
  // Of clients whose waiting jobs are still to come.
  std::map<std::tuple<DatasourceIndex, Level, std::string>, Rotation> rotations_;
  // By the sequence of the cancel's request.
  std::map<std::pair<DatasourceIndex, Sequence>, Slot> cancelled_;
  std::vector<Slot> accepted_;
  // That wait for others.
  std::vector<Slot> held_;
};

}  // namespace store

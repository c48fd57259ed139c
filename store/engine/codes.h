// Code that clients have added, of all datasources, and the jobs that name it. Its bytes pass
// through the store unread, as the texts of jobs do. A part of the State.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "job.h"
#include "shares.h"

namespace store {

struct CodeState {
  std::string runtime;
  std::uint64_t bytes = 0;
  Time added_at{};
  Time used_at{};          // added last, or named by a new job
  std::string token = {};  // that it was added with first; it pays
  std::uint64_t uses = 0;  // jobs and functions that name it
};

// What a job names; an empty hash: none.
struct CodeOfJob {
  std::string hash = {};
  std::string method = {};
};

class Codes {
 public:
  using OfDatasource = std::map<std::string, CodeState, std::less<>>;

  const CodeState* find(DatasourceIndex datasource, std::string_view hash) const;
  const OfDatasource& of(DatasourceIndex datasource) const;
  const std::map<DatasourceIndex, OfDatasource>& all() const { return all_; }
  const Shares& shares() const { return shares_; }
  const CodeOfJob& of(const Job& job) const;

  // When the first of those that nothing names has not been used for so long; Time::max(): none.
  Time next_idle(Span idle_max) const;
  // REQUIRES: there is one.
  const std::pair<DatasourceIndex, std::string>& first_idle() const {
    return idle_.begin()->second;
  }

  // As it was stored, without uses; none of the hash is there.
  void add(DatasourceIndex datasource, std::string hash, CodeState code);
  void note_use(DatasourceIndex datasource, std::string_view hash, Time now);
  // REQUIRES: nothing names it.
  void remove(DatasourceIndex datasource, std::string_view hash);

  // A new job names that code, and a job that is removed. REQUIRES: it is there.
  void begin(Job& job, CodeOfJob code);
  void end(const Job& job);
  // The same of a function; an empty hash: it names none.
  void begin_function(DatasourceIndex datasource, std::string_view hash);
  void end_function(DatasourceIndex datasource, std::string_view hash);

 private:
  using Idle = std::set<std::pair<Time, std::pair<DatasourceIndex, std::string>>>;

  // Applies `change` to one that is there, and keeps its place among those that nothing names.
  template <typename Change>
  void change(DatasourceIndex datasource, std::string_view hash, const Change& change);

  std::map<DatasourceIndex, OfDatasource> all_;  // none that is empty
  std::map<JobKey, CodeOfJob> of_jobs_;
  Idle idle_;  // by the time of their last use
  Shares shares_;
};

// Of memory, about, beyond what every job takes.
std::size_t bytes_of(const CodeOfJob& code);

// The label that a job gets with code of the runtime, so that workers alone get it which run it;
// and the function of one that says none.
inline constexpr std::string_view kRunCode = "run-code:";
std::string label_of_runtime(std::string_view runtime);

}  // namespace store

// Jobs that wait for others, by docs/flows.md. In which order the store tells those that waited is
// its choice; that it tells all of them, and what, is not.
#include <algorithm>
#include <utility>

#include "dependencies.h"
#include "field_tables.h"
#include "model.h"
#include "words.h"

namespace store::sim {

std::vector<ModelAfter> Model::awaited_by(const std::string& name, const std::string& client,
                                          const auto& named) {
  std::vector<ModelAfter> after;
  for (const auto& one : named) {
    ModelDatasource* datasource = find(one.datasource.empty() ? name : one.datasource);
    const ModelJob* job = datasource == nullptr ? nullptr : find(*datasource, one.job);
    if (job == nullptr) {
      throw Refused{Code::kConflict, "after", {}};
    }
    if (!client.empty() && job->facts.client != client) {
      throw Refused{Code::kForbidden, "after", {}};
    }
    for (const ModelAfter& other : after) {
      if (other.job == job->facts.key) {
        throw Refused{Code::kBadRequest, "after", {}};
      }
    }
    const bool is_over =
        is_final(job->status()) && (one.any_end || job->status() == Status::kComplete);
    after.push_back({job->facts.key, job->facts.job, one.any_end,
                     is_over ? job->status() : Status::kSubmitted});
  }
  return after;
}
template std::vector<ModelAfter> Model::awaited_by(const std::string&, const std::string&,
                                                   const std::vector<jobq::After>&);
template std::vector<ModelAfter> Model::awaited_by(const std::string&, const std::string&,
                                                   const std::vector<jobq::AwaitedJob>&);

std::size_t bytes_of_after(const std::vector<ModelAfter>& after) {
  std::vector<Dependency> same;
  for (const ModelAfter& one : after) {
    same.push_back({.id = one.id});
  }
  return store::bytes_of(same);
}

jobq::AwaitedJob Model::shown(const ModelJob& job, const ModelAfter& after) const {
  const ModelDatasource& there = datasources_[after.job.datasource];
  Status status = after.end;
  for (const ModelJob& any : there.jobs) {
    if (any.facts.key == after.job && !is_final(status)) {
      status = any.status();
    }
  }
  return {.datasource = after.job.datasource == job.facts.key.datasource ? "" : there.name,
          .job = after.id,
          .any_end = after.any_end,
          .status = status};
}

std::size_t Model::tell_responses(const ModelJob& job, AcceptedView& view) const {
  std::size_t bytes = 0;
  for (const ModelAfter& after : job.after) {
    view.after.push_back(shown(job, after));
    view.responses.emplace_back();
    if (after.end != Status::kComplete) {
      continue;
    }
    std::size_t more = 0;
    for (const ModelJob& any : datasources_[after.job.datasource].jobs) {
      more = any.facts.key == after.job ? any.texts.response.size() : more;
    }
    if (more == 0 || bytes + more > limits_.after_response_bytes_max) {
      view.after.back().left_out = true;
    } else {
      bytes += more;
      view.responses.back() = after.job;
    }
  }
  return bytes;
}

bool Model::has_news(const ModelJob& job, const ModelAfter& after) {
  return job.awaited() > 0 && !is_final(after.end) && is_final(known(after.job).status());
}

bool group_has_ended(const ModelDatasource& datasource, const ModelJob& job) {
  return job.awaits_group && is_waiting(job.status()) &&
         !datasource.has_live(job.content.client, job.after_group, job.sequence());
}

// Somebody waits for a job that has ended, and was not told yet.
bool Model::has_flows_left() {
  for (ModelDatasource& datasource : datasources_) {
    for (const ModelJob& job : datasource.jobs) {
      const bool is_news = std::any_of(job.after.begin(), job.after.end(),
                                       [&](const auto& after) { return has_news(job, after); });
      if (is_news || group_has_ended(datasource, job)) {
        return true;
      }
    }
  }
  return false;
}

bool Model::is_waited_for(const ModelJob& job) {
  for (ModelDatasource& datasource : datasources_) {
    for (const ModelJob& any : datasource.jobs) {
      for (const ModelAfter& after : any.after) {
        if (after.job == job.facts.key && any.awaited() > 0 && !is_final(after.end)) {
          return true;
        }
      }
    }
  }
  return false;
}

bool is_of_flows(const Entry& entry) {
  return std::holds_alternative<AwaitedEnded>(entry.change) ||
         std::holds_alternative<Unmet>(entry.change) ||
         std::holds_alternative<NotAdmitted>(entry.change) ||
         std::holds_alternative<GroupEnded>(entry.change) ||
         std::holds_alternative<LetGo>(entry.change) ||
         std::holds_alternative<Followed>(entry.change);
}

void Model::run_flows() {
  const std::string before = std::exchange(token_, "");
  for (const Entry& entry : told_->entries) {
    if (!is_of_flows(entry) || std::holds_alternative<Followed>(entry.change)) {
      continue;
    }
    if (!entry.token.empty()) {
      throw Mismatch("nobody did this: " + describe(entry));
    }
    ++flow_steps_;
    ModelJob& job = known(entry.job);
    if (std::holds_alternative<LetGo>(entry.change)) {
      let_go(job, entry);
      continue;
    }
    if (const auto* ended = std::get_if<AwaitedEnded>(&entry.change)) {
      let_go_on(job, ended->ended, entry);
    } else if (std::holds_alternative<GroupEnded>(entry.change)) {
      if (!group_has_ended(of(job), job)) {
        throw Mismatch("its group has not ended: " + describe(entry));
      }
      job.awaits_group = false;
      begin_to_wait(job);
    } else {
      const bool is_denied = std::holds_alternative<NotAdmitted>(entry.change);
      const auto after = std::find_if(job.after.begin(), job.after.end(), [&](const auto& any) {
        return has_news(job, any) && !any.any_end && any.admits == is_denied &&
               known(any.job).status() != Status::kComplete;
      });
      if (after == job.after.end()) {
        throw Mismatch("nothing that it waits for ended otherwise: " + describe(entry));
      }
      if (is_denied) {
        forbid_as(job, known(after->job));
      } else {
        fail(job, told_failure(job, "dependency"));
      }
    }
  }
  token_ = before;
  if (has_flows_left() && flow_steps_ < limits_.flow_steps_per_turn_max) {
    throw Mismatch("a job that waited for one that has ended was not told");
  }
  run_follow_ups();
}

// With what was said by the one that was to admit it, if that had an error.
void Model::forbid_as(ModelJob& job, const ModelJob& decision) {
  const bool has_error =
      decision.status() != Status::kCancelled && !jobq::says_nothing(decision.texts.failure);
  job.texts.failure = has_error ? decision.texts.failure : told_failure(job, "not-admitted");
  finish(job, Status::kForbidden);
}

void Model::let_go_on(ModelJob& job, JobKey ended, const Entry& entry) {
  const auto after = std::find_if(job.after.begin(), job.after.end(),
                                  [&](const ModelAfter& any) { return any.job == ended; });
  if (after == job.after.end() || !has_news(job, *after) ||
      (!after->any_end && known(ended).status() != Status::kComplete)) {
    throw Mismatch("should not go on: " + describe(entry));
  }
  after->end = known(ended).status();
  begin_to_wait(job);
}

// If there is nothing any more that has to end before.
void Model::begin_to_wait(ModelJob& job) {
  if (job.awaited() > 0) {
    return;
  }
  JobView& facts = job.facts;
  job.is_delayed = facts.not_before > now_;
  job.could_run_at = std::max(now_, facts.not_before);
  if (facts.terms->valid_for != Span::zero() && facts.expires_at == Time()) {
    facts.expires_at = job.could_run_at + facts.terms->valid_for;
  }
  if (job.is_ready()) {
    enter_ring(job);
  }
  settle_keys(of(job));
}

}  // namespace store::sim

// What an operator does to single jobs.
#include <algorithm>
#include <utility>

#include "interned.h"
#include "model.h"
#include "words.h"

namespace store::sim {

ModelJob& Model::removable(const Remove& remove) {
  ModelJob& job = asked_for(remove);
  const bool may_go = is_final(job.status()) && !is_waited_for(job);
  return may_go ? job : throw Refused{Code::kConflict, "not final, or waited for", {}};
}

// Answered at the next tick, since other replies of the turn may still speak of the job.
Model::Answered Model::on(const Remove& remove) {
  return park({.awaited = Awaited::kRemoval, .request = request_, .removal = remove});
}

void Model::remove_asked(const ModelJob& job) {
  removed_.emplace(job.facts.key, token_);
  remove(JobKey(job.facts.key));
}

// It is cancelled now, and forgotten a millisecond later.
void Model::remove_live(ModelJob& job) {
  cancel_now(job);
  Terms& terms = *job.facts.terms;
  terms.keep_for = terms.keep_failed_for = terms.keep_cancelled_for = terms.keep_forbidden_for =
      Span(1);
  settle_brought();
  forced_.emplace(job.facts.key, token_);
}

Reply Model::removal(const Remove& remove) {
  ModelJob& asked = asked_for(remove);
  if (remove.is_forced && !is_final(asked.status())) {
    remove_live(asked);
    return JobReply{.job = whole_view(asked)};
  }
  const ModelJob& job = removable(remove);
  JobReply reply{.job = whole_view(job), .is_gone = true};
  remove_asked(job);
  return reply;
}

void Model::require_room_for_child(const ModelJob& parent, const std::string& id) const {
  const DatasourceIndex datasource = parent.facts.key.datasource;
  if (find_unique(datasources_[datasource], parent.content.unique) != nullptr) {
    throw Refused{Code::kConflict, "unique", {}};
  }
  try {
    require_room(&datasources_[datasource], parent.facts.client);
  } catch (Refused& refused) {
    // 503 would say that the store is about to end.
    refused.code = refused.code == Code::kUnavailable ? Code::kConflict : refused.code;
    throw;
  }
  NewJob content = parent.content;
  content.job = id;
  content.after_group.clear();
  require_room_for(things_of(content, datasource, *parent.facts.terms, token_, {}, {}), token_);
}

// A new job with all that a final one was submitted with.
SubmitReply::Result Model::make_child(ModelJob& parent, const std::string& new_id) {
  ModelDatasource& datasource = of(parent);
  require_room_for_child(parent, new_id);
  const JobKey parent_key = parent.facts.key;
  ModelJob child;
  child.content = parent.content;
  child.imported = parent.imported;
  child.content.job = new_id.empty() ? told_id() : new_id;
  child.request = parent.request;
  plan_follow_ups(child, parent.plan);
  child.facts.priority = parent.facts.priority;
  child.facts.terms = parent.facts.terms;
  child.facts.parent = parent.facts.job;
  const JobView made = view(make_job(datasource, std::move(child)));
  ModelJob& linked = known(parent_key);
  linked.facts.child = made.job;
  linked.child = made.key.sequence;
  return {made, true};
}

Model::Answered Model::on(const Restart& restart) {
  ModelJob& job = asked_for(restart);
  ModelDatasource& datasource = of(job);
  if (job.status() == Status::kAccepted) {
    throw Refused{Code::kConflict, "a worker has it", {}};
  }
  if (is_waiting(job.status())) {
    if (job.is_delayed) {
      stop_delay(job);
      event(job, Event::Kind::kEdited);
    }
    return SubmitReply{{SubmitReply::Result{view(job), false}}};
  }
  try {
    if (job.child != 0) {
      const ModelJob* child = find(JobKey{datasource.index, job.child});
      return child != nullptr ? SubmitReply{{SubmitReply::Result{view(*child), false}}}
                              : throw Refused{Code::kConflict, "the child is forgotten", {}};
    }
    if (!restart.new_id.empty() && find(datasource, restart.new_id) != nullptr) {
      throw Refused{Code::kConflict, "the id is taken", {}};
    }
    return SubmitReply{{make_child(job, restart.new_id)}};
  } catch (const Refused& refused) {
    return SubmitReply{{refused}};
  }
}

bool Model::has_new_terms(const ModelJob& job, const Edit& edit) {
  return edit.valid_for != Span::zero() && job.facts.failures == 0 && job.facts.lost_leases == 0;
}

void Model::require_room_for_edit(const ModelJob& job, const Edit& edit) const {
  if (has_new_terms(job, edit)) {
    Terms terms = *job.facts.terms;
    terms.valid_for = edit.valid_for;
    require_room_for({{"terms " + describe(terms), store::bytes_of(terms), {}}}, job.submit_token);
  }
}

Model::Answered Model::on(const Edit& edit) {
  ModelJob& job = asked_for(edit);
  if (!is_waiting(job.status())) {
    throw Refused{Code::kConflict, "does not wait", {}};
  }
  this->edit(job, edit);
  return JobReply{.job = whole_view(job)};
}

void Model::edit(ModelJob& job, const Edit& edit) {
  require_room_for_edit(job, edit);
  JobView& facts = job.facts;
  if (edit.priority != 0 && edit.priority != facts.priority) {
    const bool was_ready = job.is_ready();
    const std::int64_t before = of(job).level_of(job);
    facts.priority = edit.priority;
    if (was_ready) {
      leave_ring(of(job), before, facts.client);
      enter_ring(job);
    }
    settle_keys(of(job));
  }
  if (edit.valid_for != Span::zero()) {
    facts.expires_at = now_ + edit.valid_for;
    if (has_new_terms(job, edit)) {
      facts.terms->valid_for = edit.valid_for;
      settle_brought();
    }
  }
  if (!edit.request.empty()) {
    job.request = edit.request;
    facts.request_bytes = static_cast<std::uint32_t>(edit.request.size());
  }
  event(job, Event::Kind::kEdited);
}

Model::Answered Model::on(const Redrive& redrive) {
  const ModelDatasource& datasource = asked_datasource(redrive.datasource);
  const auto* told = told_->reply == nullptr ? nullptr : std::get_if<RedriveReply>(told_->reply);
  RedriveReply reply{.jobs = {}, .cursor = told == nullptr ? 0 : told->cursor};
  Page<JobKey> page{redrive.cursor, reply.cursor, redrive.limit, limits_.list_scan_max, {}};
  for (const ModelJob& job : datasource.jobs) {
    const bool is_match = (redrive.statuses >> static_cast<unsigned>(job.status()) & 1) != 0 &&
                          job.child == 0 &&
                          matches(job, redrive.client, redrive.function, redrive.tag);
    page.scope.push_back({job.sequence(), is_match, job.request.size(), job.facts.key});
  }
  // The page may end where there is no room for more.
  for (const auto& [sequence, is_match, bytes, key] : page.scope) {
    if (!is_match || sequence <= redrive.cursor || reply.jobs.size() == redrive.limit) {
      continue;
    }
    if (page.cursor != 0 && sequence > page.cursor) {
      try {
        require_room_for_child(known(key), "");
      } catch (const Refused&) {
        page.limit = reply.jobs.size();
      }
      break;
    }
    try {
      reply.jobs.push_back(make_child(known(key), "").job);
    } catch (const Refused&) {
      if (reply.jobs.empty()) {
        throw;
      }
      break;
    }
  }
  told_by(page);
  return reply;
}

void Model::answer_removals() {
  const auto first = [&] {
    return std::find_if(waiters_.begin(), waiters_.end(),
                        [](const Waiter& any) { return any.awaited == Awaited::kRemoval; });
  };
  // Each may answer other waiters too.
  for (auto next = first(); next != waiters_.end(); next = first()) {
    const Waiter waiter = *next;
    waiters_.erase(next);
    token_ = waiter.token;
    try {
      if (const auto* bulk = std::get_if<Bulk>(&waiter.removal)) {
        const auto* told = told_->to(waiter.request);
        answer(waiter.request,
               bulk_step(*bulk, told == nullptr ? nullptr : std::get_if<BulkReply>(told)));
      } else if (const auto* drop = std::get_if<DropDatasource>(&waiter.removal)) {
        answer(waiter.request, removal(*drop));
      } else {
        answer(waiter.request, removal(std::get<Remove>(waiter.removal)));
      }
    } catch (const Refused& refused) {
      answer(waiter.request, refused);
    }
  }
  token_.clear();
}

std::size_t Model::removals_asked() const {
  std::size_t count = 0;
  for (const Waiter& waiter : waiters_) {
    const auto* bulk = std::get_if<Bulk>(&waiter.removal);
    count += waiter.awaited != Awaited::kRemoval ? 0 : bulk != nullptr ? bulk->where.limit : 1;
  }
  return count;
}

}  // namespace store::sim

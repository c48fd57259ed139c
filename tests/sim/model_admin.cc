// What an operator does to single jobs.
#include "model.h"
#include "words.h"

namespace store::sim {

std::optional<Refused> Model::not_removable(const Remove& remove) {
  ModelDatasource* datasource = find(remove.datasource);
  const ModelJob* job = datasource == nullptr ? nullptr : find(*datasource, remove.job);
  if (job == nullptr) {
    return Refused{Code::kNotFound, "job", {}};
  }
  return is_final(job->status()) ? std::nullopt
                                 : std::optional(Refused{Code::kConflict, "not final", {}});
}

// Answered at the next tick, since other replies of the turn may still speak of the job.
Model::Answered Model::on(const Remove& remove) {
  Waiter waiter{.awaited = Awaited::kRemoval, .request = request_};
  waiter.remove = remove;
  waiters_.push_back(std::move(waiter));
  return std::nullopt;
}

// A new job with all that a final one was submitted with.
std::variant<SubmitReply::Taken, Refused> Model::make_child(ModelJob& parent,
                                                            const std::string& new_id) {
  ModelDatasource& datasource = of(parent);
  if (auto refused = no_room(&datasource, parent.facts.client)) {
    // 503 would say that the store is about to end.
    refused->code = refused->code == Code::kUnavailable ? Code::kConflict : refused->code;
    return *refused;
  }
  const JobKey parent_key = parent.facts.key;
  ModelJob child;
  child.content = parent.content;
  child.content.id = new_id.empty() ? told_id() : new_id;
  child.request = parent.request;
  child.facts.priority = parent.facts.priority;
  child.facts.terms = parent.facts.terms;
  child.facts.parent = parent.facts.id;
  const JobView made = view(make_job(datasource, std::move(child)));
  ModelJob& linked = known(parent_key);
  linked.facts.child = made.id;
  linked.child = made.key.sequence;
  return SubmitReply::Taken{made, true};
}

Model::Answered Model::on(const Restart& restart) {
  ModelDatasource* datasource = find(restart.datasource);
  ModelJob* job = datasource == nullptr ? nullptr : find(*datasource, restart.job);
  if (job == nullptr) {
    return Refused{Code::kNotFound, "job", {}};
  }
  if (job->status() == Status::kAccepted) {
    return Refused{Code::kConflict, "a worker has it", {}};
  }
  if (is_waiting(job->status())) {
    if (job->is_delayed) {
      job->is_delayed = false;
      job->could_run_at = now_;
      enter_ring(*job);
      event(*job, Event::Kind::kEdited);
    }
    return SubmitReply{{SubmitReply::Taken{view(*job), false}}};
  }
  if (job->child != 0) {
    const ModelJob* child = find(JobKey{datasource->index, job->child});
    if (child == nullptr) {
      return SubmitReply{{Refused{Code::kConflict, "the child is forgotten", {}}}};
    }
    return SubmitReply{{SubmitReply::Taken{view(*child), false}}};
  }
  if (!restart.new_id.empty() && find(*datasource, restart.new_id) != nullptr) {
    return SubmitReply{{Refused{Code::kConflict, "the id is taken", {}}}};
  }
  return SubmitReply{{make_child(*job, restart.new_id)}};
}

Model::Answered Model::on(const Edit& edit) {
  ModelDatasource* datasource = find(edit.datasource);
  ModelJob* job = datasource == nullptr ? nullptr : find(*datasource, edit.job);
  if (job == nullptr) {
    return Refused{Code::kNotFound, "job", {}};
  }
  if (!is_waiting(job->status())) {
    return Refused{Code::kConflict, "does not wait", {}};
  }
  JobView& facts = job->facts;
  if (edit.priority != 0 && edit.priority != facts.priority) {
    const std::uint8_t before = facts.priority;
    facts.priority = edit.priority;
    if (job->is_ready()) {
      leave_ring(*datasource, before, facts.client);
      enter_ring(*job);
    }
  }
  if (edit.valid_for != Span::zero()) {
    facts.expires_at = now_ + edit.valid_for;
  }
  if (!edit.request.empty()) {
    job->request = edit.request;
    facts.request_bytes = static_cast<std::uint32_t>(edit.request.size());
  }
  event(*job, Event::Kind::kEdited);
  return JobReply{.job = view(*job)};
}

Model::Answered Model::on(const Redrive& redrive) {
  ModelDatasource* datasource = find(redrive.datasource);
  if (datasource == nullptr) {
    return Refused{Code::kNotFound, "datasource", {}};
  }
  const auto* told = told_->reply == nullptr ? nullptr : std::get_if<RedriveReply>(told_->reply);
  Page page{
      redrive.cursor, told == nullptr ? 0 : told->cursor, redrive.limit, limits_.list_scan_max, {}};
  std::vector<JobKey> matching;
  for (const ModelJob& job : datasource->jobs) {
    const bool is_match = (redrive.statuses >> static_cast<unsigned>(job.status()) & 1) != 0 &&
                          job.child == 0 &&
                          matches(job, redrive.client, redrive.function, redrive.tag);
    page.scope.push_back({job.sequence(), is_match, job.request.size()});
    if (is_match && job.sequence() > redrive.cursor) {
      matching.push_back(job.facts.key);
    }
  }
  RedriveReply reply;
  for (const JobKey& key : matching) {
    if (reply.jobs.size() == redrive.limit) {
      break;
    }
    if (page.cursor != 0 && key.sequence > page.cursor) {
      // The page may end where there is no room for more.
      page.limit = no_room(datasource, known(key).facts.client) ? reply.jobs.size() : page.limit;
      break;
    }
    const auto made = make_child(known(key), "");
    if (const auto* refused = std::get_if<Refused>(&made)) {
      if (reply.jobs.empty()) {
        return *refused;
      }
      break;
    }
    reply.jobs.push_back(std::get<SubmitReply::Taken>(made).job);
  }
  page_end(page);
  reply.cursor = page.cursor;
  return reply;
}

}  // namespace store::sim

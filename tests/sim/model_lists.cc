// Lists of jobs: which, in what order, and what an operator does to all that match.
#include <algorithm>

#include "model.h"
#include "words.h"

namespace store::sim {
namespace {

bool is_within(Time time, Time since, Time before) {
  const bool is_late_enough = since == Time() || time >= since;
  return is_late_enough && (before == Time() || (time != Time() && time < before));
}

jobq::ListPlace place(const ModelJob& job, jobq::ListOrder order) {
  using Order = jobq::ListOrder;
  const auto ms = [](Time time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
  };
  const JobView& facts = job.facts;
  const std::uint64_t value =
      order == Order::kStarted || order == Order::kStartedDown   ? ms(facts.accepted_at)
      : order == Order::kEnded || order == Order::kEndedDown     ? ms(facts.finished_at)
      : order == Order::kChanged || order == Order::kChangedDown ? facts.changed
                                                                 : facts.priority;
  return {value, job.sequence()};
}

bool is_first(const jobq::ListPlace& a, const jobq::ListPlace& b, jobq::ListOrder order) {
  return jobq::to_string(order).ends_with("-down") ? b < a : a < b;
}

bool is_listed(const ModelJob& job, const ListJobs& list) {
  const JobView& facts = job.facts;
  const std::vector<std::string>& tags = job.content.tags;
  const bool has_tag =
      list.tag.empty() || std::any_of(tags.begin(), tags.end(),
                                      [&](const std::string& tag) { return fits(tag, list.tag); });
  const auto& times = list.times;
  return (list.statuses >> static_cast<unsigned>(job.status()) & 1) != 0 && has_tag &&
         (list.function.empty() || fits(facts.function, list.function)) &&
         (list.turn_key.empty() || list.turn_key == job.content.turn_key) &&
         (list.unique.empty() || list.unique == job.content.unique) &&
         (list.group.empty() || list.group == job.content.group) &&
         (!list.flagged || facts.is_slow || facts.is_stalled) &&
         is_within(facts.submitted_at, times.submitted_since, times.submitted_before) &&
         is_within(facts.accepted_at, times.started_since, times.started_before) &&
         is_within(facts.finished_at, times.ended_since, times.ended_before) &&
         (!list.behind || is_first(*list.behind, place(job, list.order), list.order)) &&
         (!list.ahead_of || is_first(place(job, list.order), *list.ahead_of, list.order));
}

bool is_of_client(const ModelJob& job, const ListJobs& list) {
  return !list.client || *list.client == job.facts.client;
}

}  // namespace

Model::Answered Model::on(const ListJobs& list) {
  const auto* told = told_->reply == nullptr ? nullptr : std::get_if<ListReply>(told_->reply);
  return list_page(list, told == nullptr ? 0 : told->cursor);
}

Model::Answered Model::on(const CountJobs& count) {
  const auto* told = told_->reply == nullptr ? nullptr : std::get_if<CountReply>(told_->reply);
  ListJobs list = count.list;
  list.limit = SIZE_MAX;
  const ListReply page = list_page(list, told == nullptr ? 0 : told->cursor);
  CountReply reply{.count = 0, .cursor = page.cursor, .text = page.text, .jobs = {}};
  for (const JobView& job : page.jobs) {
    page.text.empty() ? void(++reply.count) : reply.jobs.push_back(job.key);
  }
  return reply;
}

// Those that may run, as they would be served one after the other.
std::vector<Sequence> Model::in_service(const ModelDatasource& datasource) const {
  Model copy(limits_, rules_);
  copy.datasources_ = datasources_;
  ModelDatasource& same = copy.datasources_[datasource.index];
  std::vector<Sequence> order;
  while (ModelJob* next = copy.best(same, {}, nullptr)) {
    order.push_back(next->sequence());
    serve_turn(same, *next);
    next->facts.status = Status::kAccepted;
    leave_ring(same, *next);
  }
  return order;
}

// The jobs of a list that the store walks, each with its number in that walk.
std::vector<std::pair<Sequence, const ModelJob*>> Model::walk_of(const ModelDatasource& datasource,
                                                                 const ListJobs& list) {
  std::vector<std::pair<Sequence, const ModelJob*>> walk;
  for (const ModelJob& job : datasource.jobs) {
    if (is_of_client(job, list)) {
      walk.emplace_back(job.sequence(), &job);
    }
  }
  if (list.order == jobq::ListOrder::kSubmittedDown) {
    std::reverse(walk.begin(), walk.end());
    for (auto& [number, job] : walk) {
      number = ~number;
    }
  } else if (list.order == jobq::ListOrder::kService) {
    walk.clear();
    const std::vector<Sequence> order = in_service(datasource);
    for (std::size_t i = 0; i < std::min(order.size(), limits_.ahead_counted_max); ++i) {
      if (const ModelJob& job = known({datasource.index, order[i]}); is_of_client(job, list)) {
        walk.emplace_back(i + 1, &job);
      }
    }
  }
  return walk;
}

// Where the cursor stands in the walk; 0 at its beginning, or where it names no job of the walk.
Sequence Model::number_of(const ModelDatasource& datasource, const ListJobs& list,
                          Sequence cursor) const {
  if (cursor == 0 || list.order != jobq::ListOrder::kService) {
    return cursor != 0 && list.order == jobq::ListOrder::kSubmittedDown ? ~cursor : cursor;
  }
  const std::vector<Sequence> order = in_service(datasource);
  const auto found = std::find(order.begin(), order.end(), cursor);
  return found == order.end() ? 0 : static_cast<Sequence>(found - order.begin()) + 1;
}

ListReply Model::list_page(const ListJobs& list, Sequence told) {
  ListReply reply{.jobs = {}, .cursor = told, .text = list.text, .limit = list.limit};
  reply.is_by_value = jobq::is_by_value(list.order);
  const ModelDatasource* datasource = find(list.datasource);
  if (datasource == nullptr) {
    reply.cursor = 0;
    return reply;
  }
  const std::size_t scan_max = list.text.empty() ? limits_.list_scan_max : limits_.search_scan_max;
  // Whoever searches the requests keeps to the limit.
  const std::size_t limit = list.text.empty() ? list.limit : SIZE_MAX;
  Page<JobView> page{number_of(*datasource, list, list.cursor),
                     number_of(*datasource, list, told),
                     reply.is_by_value ? SIZE_MAX : limit,
                     scan_max,
                     {}};
  for (const auto& [number, job] : walk_of(*datasource, list)) {
    JobView shown = list.is_export ? whole_view(*job) : view(*job);
    if (list.is_export) {
      const jobq::JobStatus whole = exported(*job);
      shown.content = whole.content;
      shown.after = whole.after;
      shown.then = whole.then;
      shown.after_group = whole.after_group;
    }
    page.scope.push_back({number, is_listed(*job, list), 0, std::move(shown)});
  }
  reply.jobs = told_by(page);
  if (reply.is_by_value) {
    std::sort(reply.jobs.begin(), reply.jobs.end(), [&](const JobView& a, const JobView& b) {
      return is_first(place(known(a.key), list.order), place(known(b.key), list.order), list.order);
    });
    reply.jobs.resize(std::min(reply.jobs.size(), limit));
  }
  reply.is_export = list.is_export;
  reply.last = reply.is_export ? datasource->last_sequence : 0;
  return reply;
}

// ----------------------------------------------------------------------------------- all that
// match

bool Model::is_meant(const ModelJob& job, const Bulk& bulk) {
  const JobView& facts = job.facts;
  switch (bulk.how) {
    case Bulk::How::kCancel:
      return is_waiting(facts.status) ||
             (facts.status == Status::kAccepted && facts.cancel_until == Time());
    case Bulk::How::kEdit:
      return is_waiting(facts.status) &&
             (bulk.edit.priority != facts.priority || bulk.edit.valid_for != Span::zero());
    case Bulk::How::kRemove: return is_final(facts.status) ? !is_waited_for(job) : bulk.is_forced;
    case Bulk::How::kRestart: return is_final(facts.status) && job.child == 0;
  }
  return false;
}

// What keeps it from being done to the job.
void Model::require_bulk(const ModelJob& job, const Bulk& bulk) {
  if (bulk.how == Bulk::How::kRestart) {
    require_room_for_child(job, "");
  } else if (bulk.how == Bulk::How::kEdit) {
    require_room_for_edit(job, bulk.edit);
  }
}

JobView Model::change_one(JobKey key, const Bulk& bulk) {
  ModelJob& job = known(key);
  switch (bulk.how) {
    case Bulk::How::kRestart: return make_child(job, "").job;
    case Bulk::How::kRemove: {
      const JobView before = view(job);
      is_final(job.status()) ? remove_asked(job) : remove_live(job);
      return before;
    }
    case Bulk::How::kCancel: cancel(job); break;
    case Bulk::How::kEdit: edit(job, bulk.edit); break;
  }
  return view(known(key));
}

Model::Answered Model::on(const Bulk& bulk) {
  if (bulk.how == Bulk::How::kRemove) {
    return park({.awaited = Awaited::kRemoval, .request = request_, .removal = bulk});
  }
  return bulk_step(bulk, told_->reply == nullptr ? nullptr : std::get_if<BulkReply>(told_->reply));
}

BulkReply Model::bulk_step(const Bulk& bulk, const BulkReply* told) {
  constexpr std::size_t kShown = 10;
  const ModelDatasource& datasource = asked_datasource(bulk.datasource);
  BulkReply reply{.last = datasource.last_sequence, .is_dry = bulk.is_dry};
  reply.cursor = told == nullptr ? 0 : told->cursor;
  const std::size_t limit = bulk.is_dry ? SIZE_MAX : bulk.where.limit;
  Page<JobKey> page{bulk.where.cursor, reply.cursor, limit, limits_.list_scan_max, {}};
  for (const auto& [number, job] : walk_of(datasource, bulk.where)) {
    const bool copies = bulk.how == Bulk::How::kRestart && !bulk.is_dry;
    page.scope.push_back({number, is_listed(*job, bulk.where) && is_meant(*job, bulk),
                          copies ? job->request.size() : 0, job->facts.key});
  }
  for (const auto& [sequence, is_match, bytes, key] : page.scope) {
    if (!is_match || sequence <= bulk.where.cursor) {
      continue;
    }
    const bool is_over = page.cursor != 0 && sequence > page.cursor;
    if (bulk.is_dry && !is_over && ++reply.count <= kShown) {
      reply.jobs.push_back(view(known(key)));
    }
    if (bulk.is_dry) {
      continue;
    }
    if (reply.jobs.size() == limit) {
      break;
    }
    try {
      require_bulk(known(key), bulk);
    } catch (const Refused&) {
      // The step may end before what cannot be done, and its refusal is the answer to the first.
      page.limit = is_over ? reply.jobs.size() : page.limit;
      if (!is_over && reply.jobs.empty()) {
        throw;
      }
      break;
    }
    if (is_over) {
      break;
    }
    reply.jobs.push_back(change_one(key, bulk));
  }
  reply.count = bulk.is_dry ? reply.count : reply.jobs.size();
  told_by(page);
  return reply;
}

Model::Answered Model::on(const GetHistory& get) {
  return HistoryReply{asked_datasource(get.datasource).index, now_, get.query};
}

Model::Answered Model::on(const SetStorePause& set) {
  mode_.is_paused = set.is_paused;
  return mode_;
}

}  // namespace store::sim

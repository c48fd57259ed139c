#include "generator.h"

namespace store::sim {

using namespace std::chrono_literals;

std::optional<Command> Generator::about_lists(const Model& model) {
  if (!has_lists_ || !listing_.percent(8)) {
    return std::nullopt;
  }
  const unsigned kind = listing_.below(100u);
  if (kind < 45) {
    return filter(model);
  }
  if (kind < 50) {
    return CountJobs{filter(model)};
  }
  if (kind < 85) {
    return bulk(model);
  }
  if (kind < 90) {
    return order_workers();
  }
  if (kind < 92) {
    auto remove = asking<Cancel>(model);
    return Remove{remove.datasource, remove.job, true};
  }
  if (kind < 96) {
    return DropDatasource{listing_.one_of(datasources_)};
  }
  if (kind < 97) {
    return GetHistory{listing_.one_of(datasources_)};
  }
  // Little happens while it is paused.
  return SetStorePause{kind < 98};
}

OrderWorkers Generator::order_workers() {
  using jobq::WorkerOrder;
  // Little happens while workers take no jobs.
  OrderWorkers made{listing_.percent(30) ? std::string() : listing_.one_of(datasources_),
                    {},
                    listing_.one_of({WorkerOrder::kWork, WorkerOrder::kWork, WorkerOrder::kDrain,
                                     WorkerOrder::kHalt})};
  if (!made.datasource.empty() && listing_.percent(60)) {
    made.worker = worker();
  }
  return made;
}

// That a worker says it knows of.
jobq::WorkerOrder Generator::known_order() {
  using jobq::WorkerOrder;
  return has_lists_ ? listing_.one_of({WorkerOrder::kUnsaid, WorkerOrder::kWork, WorkerOrder::kWork,
                                       WorkerOrder::kDrain, WorkerOrder::kHalt})
                    : WorkerOrder::kUnsaid;
}

// Of those that know of orders, and of themselves.
void Generator::add_about(Accept& accept) {
  accept.labels = maybe_labels();
  if (!has_lists_ || !listing_.percent(50)) {
    return;
  }
  accept.order = known_order();
  accept.least_priority = listing_.percent(20) ? listing_.one_of({1u, 51u, 100u}) : 0;
  accept.about = {"host", listing_.below(3u), Time(Span(1)), "1.0", 2};
}

ListJobs Generator::filter(const Model& model) {
  ListJobs made{.datasource = listing_.one_of(datasources_),
                .client = {},
                .function = {},
                .tag = {},
                .text = {}};
  const ModelDatasource* found = find(model, made.datasource);
  made.statuses = listing_.percent(70) ? 0xff : static_cast<std::uint8_t>(1 + listing_.below(127u));
  made.limit = listing_.one_of({1u, 2u, 5u, 1000u});
  if (listing_.percent(30)) {
    made.client = listing_.one_of(clients_);
  }
  made.function = listing_.one_of<std::string>({"", "", "", "f*", "?0", "*1", "f0"});
  made.tag = listing_.one_of<std::string>({"", "", "", "t?", "*0", "t1"});
  made.turn_key = listing_.percent(10) ? "k" : "";
  made.unique = listing_.percent(10) ? "u" : "";
  made.group = listing_.percent(20) ? "g" : "";
  made.text = listing_.percent(10) ? "a" : "";
  for (Time* time :
       {&made.times.submitted_since, &made.times.submitted_before, &made.times.started_since,
        &made.times.started_before, &made.times.ended_since, &made.times.ended_before}) {
    *time =
        listing_.percent(10) ? now_ - listing_.one_of<Span>({0ms, 1ms, 1000ms, 60'000ms}) : Time();
  }
  made.order = static_cast<jobq::ListOrder>(listing_.below(11u));
  const Sequence last = found == nullptr ? 0 : found->last_sequence;
  made.cursor = listing_.percent(40) ? listing_.below(last + 2) : 0;
  if (jobq::is_by_value(made.order) && found != nullptr && !found->jobs.empty()) {
    const auto place = [&] {
      const ModelJob& job = found->jobs[listing_.below(found->jobs.size())];
      return jobq::place_of(job.facts, made.order);
    };
    made.behind = listing_.percent(50) ? std::optional(place()) : std::nullopt;
    made.ahead_of = listing_.percent(20) ? std::optional(place()) : std::nullopt;
  }
  return made;
}

Bulk Generator::bulk(const Model& model) {
  Bulk made{.where = filter(model)};
  made.datasource = made.where.datasource;
  made.where.text.clear();
  made.where.order = jobq::ListOrder::kSubmitted;
  made.where.behind = made.where.ahead_of = std::nullopt;
  made.how = static_cast<Bulk::How>(listing_.below(4u));
  made.is_dry = listing_.percent(30);
  made.is_forced = made.how == Bulk::How::kRemove && listing_.percent(40);
  if (made.how == Bulk::How::kEdit) {
    made.edit.priority = listing_.one_of({std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{50}});
    made.edit.valid_for =
        made.edit.priority == 0 ? 1000ms : listing_.one_of<Span>({0ms, 0ms, 1ms, 1000ms});
  }
  if (made.how == Bulk::How::kRestart) {
    made.where.statuses = 1u << static_cast<unsigned>(Status::kFailed) |
                          1u << static_cast<unsigned>(Status::kCancelled);
  }
  return made;
}

}  // namespace store::sim

#include "context.h"

#include <algorithm>
#include <utility>

#include "dropping.h"
#include "hand_out.h"
#include "job_view.h"
#include "room.h"
#include "start_rates.h"
#include "text_rules.h"

namespace store {

void Context::record(JobKey job, Change change) {
  Entry& entry = effects_.entries.emplace_back();
  entry.job = job;
  entry.change = std::move(change);
  entry.token = token();
  const ChangeTraits& traits = traits_of(entry.change);
  if (traits.is_event) {
    entry.sequence = state.datasource(job.datasource).last_sequence + 1;
    if (brings_job(entry.change)) {
      entry.job.sequence = entry.sequence;
    }
  }
  changing_.apply(now, entry);
  if (traits.is_event) {
    const Job& about = *state.find(entry.job);
    const Event& event = effects_.events.emplace_back(event_of(state, now, entry, about));
    for (const auto& waiter : waiters.take_for_news(entry.job, is_final(about.status))) {
      answer(waiter.origin, JobReply{whole_view_of(state, about), waiter.with_attempts,
                                     waiter.with_request, waiter.with_checkpoint()});
    }
    for (auto& waiter : waiters.take_for_events(event.job, event.client)) {
      answer(waiter.origin, std::move(waiter.reply));
    }
  }
  if (traits.frees_work && (changed_.empty() || changed_.back() != job.datasource)) {
    changed_.push_back(job.datasource);
  }
}

void Context::hand_out() {
  std::sort(changed_.begin(), changed_.end());
  changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
  const Origin* const before = asker_;
  for (const DatasourceIndex datasource : std::exchange(changed_, {})) {
    while (auto waiter = waiters.take_first_for_jobs(datasource, [&](const auto& wanted) {
      return has_job_for(*this, datasource, wanted);
    })) {
      asker_ = &waiter->origin;
      answer(waiter->origin, give_jobs(*this, datasource, waiter->accept));
    }
    note_opening(datasource);
  }
  asker_ = before;
  changed_.clear();
}

void Context::tell_orders(DatasourceIndex datasource, const std::string& worker) {
  const auto is_meant = [&](const std::string& one) { return worker.empty() || one == worker; };
  std::vector<std::string> asking;
  for (const Accept* accept : waiters.accepts(datasource)) {
    if (is_meant(accept->worker)) asking.push_back(accept->worker);
  }
  std::sort(asking.begin(), asking.end());
  for (const std::string& name : asking) {
    const auto parked = waiters.take_for_jobs(datasource, name);
    answer(parked->origin, AcceptReply{{}, {}, order_for(state, datasource, name)});
  }
  for (const std::string& name : waiters.listening(datasource)) {
    if (!is_meant(name)) continue;
    auto parked = waiters.take_for_cancels(datasource, name);
    parked->reply.order = order_for(state, datasource, name);
    answer(parked->origin, std::move(parked->reply));
  }
}

void Context::note_opening(DatasourceIndex datasource) {
  const Time opens =
      waiters.has_for_jobs(datasource) ? next_opening(*this, state.datasource(datasource)) : Time{};
  if (opens != Time{}) {
    progression.openings[datasource] = opens;
  } else {
    progression.openings.erase(datasource);
  }
}

void Context::note_opened() {
  for (const auto& [datasource, opens] : progression.openings) {
    if (opens <= now) {
      note_changed(datasource);
    }
  }
}

std::optional<DatasourceIndex> Context::find_or_add_datasource(const std::string& name) {
  if (const auto found = state.find_datasource(name)) {
    return found;
  }
  if (no_room_for_datasource(*this)) {
    return std::nullopt;
  }
  const DatasourceIndex index = next_place(state);
  record({.datasource = index}, DatasourceAdded{name});
  return index;
}

std::uint64_t Context::chance() {
  chance_ += 0x9e3779b97f4a7c15;
  std::uint64_t bits = chance_;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

std::string Context::new_guid() {
  const std::uint64_t first = chance();
  return jobq::guid_of(first, chance());
}

std::size_t Context::take_scans(std::size_t max) {
  constexpr std::size_t kMin = 100;
  std::size_t& left = progression.scans_left;
  const std::size_t taken = std::min(max, std::max(left, kMin));
  left -= std::min(left, taken);
  return taken;
}

}  // namespace store

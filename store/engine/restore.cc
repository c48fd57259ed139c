#include "restore.h"

#include <utility>

#include "dropping.h"
#include "invariant.h"

namespace store {

void Restore::datasource(std::string name, Sequence last_sequence, Stamp last_stamp,
                         Sequence oldest_event, std::string maker) {
  Datasource& datasource = state_.add_datasource(std::move(name), std::move(maker));
  datasource.last_sequence = last_sequence;
  datasource.last_stamp = last_stamp;
  datasource.oldest_event = oldest_event;
  if (is_dropped(datasource)) {
    drop(state_, datasource);
  }
}

void Restore::config(DatasourceIndex datasource, DatasourceConfig config, Mode mode,
                     std::vector<WorkerOrdered> orders) {
  state_.configure(*state_.datasources[datasource], std::move(config));
  state_.datasources[datasource]->mode = mode;
  for (WorkerOrdered& one : orders) {
    state_.datasources[datasource]->orders.emplace(std::move(one.worker), one.order);
  }
}

void Restore::counters(DatasourceIndex datasource, std::string_view function,
                       FunctionCounts counts) {
  FunctionCounts& restored = state_.counts_of(*state_.datasources[datasource], function);
  restored.total = counts.total;
  restored.waits = std::move(counts.waits);
  restored.runs = std::move(counts.runs);
}

void Restore::rotations(DatasourceIndex datasource, std::string_view client,
                        const std::vector<Rotation>& rotations) {
  for (const Rotation& rotation : rotations) {
    rotations_[{datasource, rotation.level, std::string(client)}] = rotation;
  }
}

void Restore::job(StoredJob stored) {
  const std::uint32_t checkpoint_bytes = std::exchange(stored.job.checkpoint_bytes, 0);
  const Slot slot = state_.add_job(std::move(stored.job), stored.client, stored.function,
                                   stored.tags, stored.terms, stored.submit_token);
  Job& job = state_.jobs.at(slot);
  state_.set_keys(
      slot, {stored.turn_key, stored.unique, stored.group, stored.after_group, stored.caveats},
      stored.submit_token);
  set_checkpoint(state_, job, checkpoint_bytes);
  if (job.attempt > 0) {
    state_.tokens.set_accept_token(job, stored.accept_token);
    state_.names.set_worker(job, stored.worker, state_.payer_of_worker(job));
  }
  state_.links.restore(job, std::move(stored.links));
  state_.add_dependencies(job, std::move(stored.after));
  add_follow_ups(state_, job, std::move(stored.then), std::move(stored.follows));
  begin_code(state_, job, std::move(stored.code));
  if (job.awaited > 0) {
    held_.push_back(slot);
  }
  if (job.awaits_group) {
    state_.group_waits.begin(job, first_awaited(state_, job));  // older ones are there already
  }
  state_.jobs.set_timer(slot);
  Datasource& datasource = state_.datasource_of(job);
  if (job.cancel_sequence != 0) {
    cancelled_[{job.key.datasource, job.cancel_sequence}] = slot;
  }
  if (!is_final(job.status)) {
    datasource.begin_unique(slot);
  }
  if (is_final(job.status)) {
    note_live(state_, job, false);
    state_.jobs.append_finished(slot);
  } else if (job.status == Status::kAccepted) {
    accepted_.push_back(slot);
    datasource.begin_run(job);
    state_.held_back.count_running(job, 1);
    ++state_.counts_of(job).running;
    if (job.cancel_sequence != 0) {
      datasource.workers.open_cancel(stored.worker, job.cancel_sequence, slot);
    }
  } else {
    state_.count_waiting(job, 1);
    if (job.is_held_back) {
      state_.held_back.begin(job);
    }
    if (is_ready(job) && job.turn_key == kNoSlot) {
      add_ready(datasource, slot);
    }
  }
}

void Restore::worker(DatasourceIndex datasource, std::string name, Worker worker) {
  state_.datasources[datasource]->workers.restore(std::move(name), std::move(worker));
}

void Restore::token(std::string token, TokenUse use) {
  state_.tokens.restore(std::move(token), std::move(use));
}

void Restore::schedule(DatasourceIndex datasource, std::string name, ScheduleState schedule) {
  state_.schedules.set({datasource, std::move(name)}, std::move(schedule));
}

void Restore::function(DatasourceIndex datasource, FunctionState function) {
  set_function(state_, datasource, std::move(function));
}

void Restore::code(DatasourceIndex datasource, std::string hash, CodeState code) {
  state_.codes.add(datasource, std::move(hash), std::move(code));
}

void Restore::function_state(DatasourceIndex datasource, std::string function,
                             FunctionValues values) {
  state_.function_states.set(datasource, std::move(function), std::move(values));
}

void Restore::add_ready(Datasource& datasource, Slot slot) {
  const Job& job = state_.jobs.at(slot);
  const std::string& client = state_.names.client_of(job);
  const auto found = rotations_.find({job.key.datasource, datasource.ready.level_of(job), client});
  INVARIANT(found != rotations_.end(), job.id, client);
  datasource.ready.restore(slot, found->second);
}

void Restore::finish() {
  state_.jobs.sort_finished();
  for (const auto& datasource : state_.datasources) {
    if (datasource->keyed > 0) {
      datasource->enter_lanes([&](Slot slot) { add_ready(*datasource, slot); });
    }
  }
  for (const Slot slot : accepted_) {
    const Job& job = state_.jobs.at(slot);
    if (!job.is_out_of_turn) {
      state_.datasource_of(job).workers.restore_lease(state_.names.worker_of(job),
                                                      job.request_number, slot);
    }
  }
  for (const Slot slot : held_) {
    for (const Dependency& dependency : state_.dependencies.of(state_.jobs.at(slot))) {
      const Job* awaited = is_final(dependency.end) ? nullptr : state_.find(dependency.key());
      INVARIANT(awaited != nullptr || is_final(dependency.end), state_.jobs.at(slot).id,
                dependency.id);
      if (awaited != nullptr && is_final(awaited->status)) {
        state_.dependencies.note_end(awaited->key, awaited->status);
      }
    }
  }
  state_.held_back.open_all();
  for (const auto& [key, slot] : cancelled_) {
    state_.datasources[key.first]->cancels.append(key.second, slot);
  }
}

}  // namespace store

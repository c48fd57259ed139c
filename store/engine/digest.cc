#define XXH_STATIC_LINKING_ONLY  // for the size of XXH3_state_t
#include <xxhash.h>

#include <bit>

#include "commands.h"
#include "field_tables.h"
#include "state.h"

namespace store {
namespace {

class Digest {
 public:
  Digest() { XXH3_64bits_reset(&state_); }
  void add(std::uint64_t number) { XXH3_64bits_update(&state_, &number, sizeof number); }
  void add(Time time) { add(static_cast<std::uint64_t>(time.time_since_epoch().count())); }
  void add(Span span) { add(static_cast<std::uint64_t>(span.count())); }
  void add(std::string_view text) {
    add(text.size());
    XXH3_64bits_update(&state_, text.data(), text.size());
  }
  template <typename Value>
  void add(const std::optional<Value>& value) {
    add(std::uint64_t{value.has_value()});
    value ? add(*value) : void();
  }
  template <typename Value>
  void add(const std::vector<Value>& values) {
    add(values.size());
    for (const Value& value : values) {
      add(value);
    }
  }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void add(Enum value) { add(static_cast<std::uint64_t>(value)); }
  template <jobq::HasFields Value>
  void add(const Value& value) {
    jobq::each_field(value, [this](const auto& field, auto&&) { this->add(field); });
  }
  void add(const Hash& hash) { XXH3_64bits_update(&state_, hash.data(), hash.size()); }
  std::uint64_t result() const { return XXH3_64bits_digest(&state_); }

 private:
  XXH3_state_t state_;
};

void feed_job(Digest& digest, const Job& job) {
  digest.add(job.id);
  for (const std::uint64_t number : {job.key.sequence,
                                     job.changed,
                                     std::uint64_t(job.status),
                                     std::uint64_t{job.priority},
                                     std::uint64_t{job.is_out_of_turn},
                                     std::uint64_t{job.is_delayed},
                                     std::uint64_t{job.is_put_off},
                                     std::uint64_t{job.has_failure},
                                     std::uint64_t{job.has_message},
                                     std::uint64_t{job.attempt},
                                     std::uint64_t{job.failures},
                                     std::uint64_t{job.lost_leases},
                                     std::uint64_t{job.releases},
                                     std::uint64_t{job.request_bytes},
                                     std::uint64_t{job.response_bytes},
                                     std::uint64_t{job.checkpoint_bytes},
                                     std::uint64_t{job.awaited},
                                     std::uint64_t{job.awaits_group},
                                     std::uint64_t{job.has_grants},
                                     std::uint64_t{job.running_max},
                                     std::uint64_t{job.is_held_back},
                                     std::uint64_t{job.is_slow},
                                     std::uint64_t{job.is_stalled},
                                     std::uint64_t{job.log_lines},
                                     std::uint64_t{job.attempt_log_lines},
                                     std::uint64_t{std::bit_cast<std::uint32_t>(job.progress)},
                                     job.cancel_sequence,
                                     job.request_number}) {
    digest.add(number);
  }
  for (const Time time :
       {job.started_at, job.slow_at, job.stall_at, job.submitted_at, job.not_before, job.expires_at,
        job.accepted_at, job.deadline, job.attempt_until, job.cancel_until, job.cancel_requested_at,
        job.finished_at}) {
    digest.add(time);
  }
  digest.add(job.keep_for);
  digest.add(job.content);
  digest.add(job.outcome);
}

void feed_datasource(Digest& digest, const Datasource& datasource) {
  digest.add(datasource.name);
  digest.add(datasource.last_sequence);
  digest.add(datasource.oldest_event);
  digest.add(datasource.last_stamp);
  digest.add(std::uint64_t(datasource.mode));
  for (const auto& [worker, order] : datasource.orders) {
    digest.add(worker);
    digest.add(std::uint64_t(order));
  }
  digest.add(datasource.config);
  for (const std::uint64_t number :
       {datasource.ready.size(), datasource.waiting, datasource.running}) {
    digest.add(number);
  }
  for (const auto& [name, worker] : datasource.workers.all()) {
    digest.add(name);
    digest.add(worker.request_number);
    digest.add(worker.heard_at);
  }
  for (const auto& [function, counts] : datasource.functions) {
    digest.add(function);
    digest.add(counts.total);
    digest.add(counts.waiting);
    digest.add(counts.running);
    for (const Distribution* spans : {&counts.waits, &counts.runs}) {
      for (const Distribution::Class& one : spans->classes()) {
        digest.add(std::uint64_t{one.number});
        digest.add(one.count);
      }
    }
  }
}

void feed_use(Digest& digest, const TokenUse& use) {
  for (const auto& window : use.windows) {
    digest.add(std::uint64_t{window ? window->parts().size() + 1 : 0});
    for (const UseWindow::Part& part : window ? window->parts() : std::vector<UseWindow::Part>()) {
      digest.add(part.number);
      digest.add(part.count);
    }
  }
  digest.add(std::uint64_t{use.revoked.has_value()});
  digest.add(use.revoked ? use.revoked->until : Time{});
}

void feed_allowance(Digest& digest, const Allowance& allowance) {
  for (const std::uint64_t number :
       {std::uint64_t{allowance.priority_max.value_or(UINT8_MAX)},
        allowance.bytes_max.value_or(UINT64_MAX), allowance.waiting_max.value_or(UINT64_MAX),
        std::uint64_t(allowance.valid_for_max.count()), std::uint64_t{allowance.running_max}}) {
    digest.add(number);
  }
  digest.add(allowance.functions);
  for (const RateLimit& rate : allowance.rates) {
    digest.add(rate.count);
    digest.add(std::uint64_t(rate.span));
    digest.add(rate.budget);
  }
}

void feed_follow_ups(Digest& digest, const FollowUps::Followed& followed) {
  const FollowPlan& plan = *followed.plan;
  digest.add(hash_of(NewJob{.then = plan.then}));
  feed_allowance(digest, plan.allowance);
  digest.add(plan.token_until);
  digest.add(plan.token);
  for (const FollowResult& result : followed.results) {
    digest.add(result.id);
    digest.add(result.refused);
  }
}

void feed_schedule(Digest& digest, const ScheduleState& schedule) {
  const auto& [plan, token, run] = schedule;
  digest.add(hash_of(plan->schedule));
  digest.add(token);
  feed_allowance(digest, plan->allowance);
  for (const std::uint64_t number :
       {run.runs, run.last_sequence, std::uint64_t(run.last_status), std::uint64_t{run.is_paused},
        std::uint64_t{run.is_token_over}}) {
    digest.add(number);
  }
  for (const Time time : {plan->token_until, run.added_at, run.slot, run.due, run.last_slot,
                          run.last_at, run.last_ended_at, run.skipped_at}) {
    digest.add(time);
  }
  for (const std::string_view text :
       {std::string_view(run.paused_why), std::string_view(run.last_job),
        std::string_view(run.skipped_why)}) {
    digest.add(text);
  }
}

void feed_values(Digest& digest, const FunctionStates& states) {
  for (const auto& [datasource, functions] : states.all()) {
    digest.add(std::uint64_t{datasource});
    for (const auto& [name, state] : functions) {
      digest.add(name);
      digest.add(state.values);
      digest.add(state.changed_at);
      digest.add(state.payer);
    }
  }
}

void feed_after(Digest& digest, const std::vector<Dependency>& after) {
  for (const Dependency& dependency : after) {
    digest.add(std::uint64_t{dependency.datasource});
    digest.add(dependency.sequence);
    digest.add(dependency.id);
    digest.add(std::uint64_t{dependency.any_end});
    digest.add(std::uint64_t{dependency.admits});
    digest.add(dependency.end);
  }
}

void feed_code(Digest& digest, const CodeOfJob& code) {
  if (!code.hash.empty()) {
    digest.add(code.hash);
    digest.add(code.method);
  }
}

void feed_codes(Digest& digest, const Codes& codes) {
  for (const auto& [datasource, of_datasource] : codes.all()) {
    digest.add(std::uint64_t{datasource});
    for (const auto& [hash, code] : of_datasource) {
      digest.add(hash);
      digest.add(code.runtime);
      digest.add(code.bytes);
      digest.add(code.added_at);
      digest.add(code.used_at);
      digest.add(code.token);
      digest.add(code.uses);
    }
  }
}

void feed_function(Digest& digest, const FunctionState& function) {
  digest.add(*function.function);
  digest.add(function.registered_at);
  digest.add(function.changed_at);
  digest.add(function.token);
}

}  // namespace

std::uint64_t State::digest() const {
  Digest digest;
  digest.add(std::uint64_t{is_paused});
  digest.add(std::uint64_t(order));
  for (const auto& [key, schedule] : schedules.all()) {
    digest.add(std::uint64_t{key.first});
    digest.add(key.second);
    feed_schedule(digest, schedule);
  }
  for (const auto& [datasource, functions] : registered.all()) {
    digest.add(std::uint64_t{datasource});
    for (const auto& [name, function] : functions) {
      feed_function(digest, function);
    }
  }
  feed_values(digest, function_states);
  feed_codes(digest, codes);
  for (const auto& [token, use] : tokens.uses()) {
    digest.add(token);
    feed_use(digest, use);
  }
  for (const auto& datasource : datasources) {
    feed_datasource(digest, *datasource);
    datasource->jobs.walk(0, [&](Slot slot) {
      const Job& job = jobs.at(slot);
      feed_job(digest, job);
      for (const std::string_view name :
           {std::string_view(names.client_of(job)), names.worker_of(job), names.function_of(job),
            tokens.submit_token_of(job), tokens.accept_token_of(job), names.turn_key_of(job),
            names.unique_of(job), names.group_of(job), names.after_group_of(job),
            names.caveats_of(job), std::string_view(links.of(job).parent),
            std::string_view(links.of(job).child)}) {
        digest.add(name);
      }
      digest.add(names.tags_of(job));
      digest.add(names.terms_of(job));
      feed_after(digest, dependencies.of(job));
      digest.add(follow_ups.follows(job));
      if (const FollowUps::Followed* followed = follow_ups.of(job)) {
        feed_follow_ups(digest, *followed);
      }
      feed_code(digest, codes.of(job));
      return true;
    });
    datasource->cancels.walk(0, [&](Slot slot) {
      digest.add(jobs.at(slot).key.sequence);
      return true;
    });
    datasource->ready.walk_rings([&](NameIndex client, const Rotation& rotation) {
      digest.add(names.client(client));
      digest.add(static_cast<std::uint64_t>(rotation.level));
      digest.add(rotation.stamp);
      digest.add(std::uint64_t{rotation.served});
    });
    for (const auto& [worker, open] : datasource->workers.all_open_cancels()) {
      digest.add(worker);
      for (const auto& [sequence, slot] : open) {
        digest.add(sequence);
      }
    }
  }
  return digest.result();
}

}  // namespace store

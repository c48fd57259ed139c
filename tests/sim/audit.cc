#include "audit.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "mismatch.h"
#include "record.h"

namespace store::sim {
namespace {

struct Count {
  std::size_t waiting = 0;
  std::size_t running = 0;
};

void require_equal(const std::string& what, std::size_t counted, std::size_t there_are) {
  if (counted != there_are) {
    throw Mismatch("the store counts " + std::to_string(counted) + " " + what + ", there are " +
                   std::to_string(there_are));
  }
}

void require_at_most(const std::string& what, std::size_t most, std::size_t there_are) {
  if (there_are > most) {
    throw Mismatch("there are " + std::to_string(there_are) + " " + what + ", the limit is " +
                   std::to_string(most));
  }
}

}  // namespace

void check_counts(const State& state, const Limits& limits) {
  std::size_t finished = 0;
  std::size_t leases = 0;
  std::size_t all = 0;
  std::map<std::string, std::size_t, std::less<>> waiting_of_token;
  for (const auto& datasource : state.datasources) {
    Count count;
    std::map<NameIndex, std::size_t> waiting_of_client;
    std::map<std::string_view, Count> of_function;
    datasource->jobs.walk(0, [&](Slot slot) {
      const Job& job = state.jobs.at(slot);
      const std::size_t waits = is_waiting(job.status) ? 1 : 0;
      const std::size_t runs = job.status == Status::kAccepted ? 1 : 0;
      count.waiting += waits;
      count.running += runs;
      waiting_of_client[job.client] += waits;
      of_function[state.counted_as(job)].waiting += waits;
      of_function[state.counted_as(job)].running += runs;
      waiting_of_token[std::string(state.tokens.submit_token_of(job))] += waits;
      finished += is_final(job.status) ? 1 : 0;
      ++all;
      return true;
    });
    leases += count.running;
    require_equal("waiting jobs of " + datasource->name, datasource->waiting, count.waiting);
    require_equal("running jobs of " + datasource->name, datasource->running, count.running);
    for (const auto& [client, jobs] : datasource->jobs_of_client) {
      require_equal("waiting jobs of a client", jobs.waiting, waiting_of_client[client]);
    }
    for (const auto& [function, counted] : datasource->functions) {
      require_equal("waiting jobs of " + function, counted.waiting, of_function[function].waiting);
      require_equal("running jobs of " + function, counted.running, of_function[function].running);
    }
    require_at_most("workers", limits.workers_max, datasource->workers.all().size());
  }
  for (const auto& [token, waiting] : waiting_of_token) {
    if (!token.empty()) {
      require_equal("waiting jobs of " + token, state.tokens.waiting_of(token), waiting);
    }
  }
  require_equal("finished jobs", state.jobs.finished_count(), finished);
  require_equal("live jobs", state.jobs.live_count(), all - finished);
  require_equal("leases with a timer", state.jobs.leases().size(), leases);
  require_at_most("live jobs", limits.jobs_live_max, all - finished);
  require_at_most("datasources", limits.datasources_max, state.datasource_count());
}

void check_shared(const State& state) {
  std::set<std::string_view> clients;
  std::set<std::string_view> workers;
  std::set<std::string_view> functions;
  std::set<std::string_view> keys;
  std::set<std::vector<std::string>> tags;
  std::set<TermsIndex> terms;
  std::set<KindIndex> kinds;
  std::set<TokenIndex> tokens;
  std::set<std::string_view> token_names;
  std::size_t links = 0;
  std::size_t waiters = 0;
  std::size_t brought = 0;
  for (const auto& datasource : state.datasources) {
    brought += datasource->jobs_of_client.size() * kBytesOfClientRow +
               datasource->groups.size() * kBytesOfGroupRow;
    datasource->jobs.walk(0, [&](Slot slot) {
      const Job& job = state.jobs.at(slot);
      brought += bytes_of_id(job.id) + bytes_of(state.dependencies.of(job)) +
                 bytes_of_follows(state.follow_ups.follows(job));
      if (const FollowUps::Followed* followed = state.follow_ups.of(job)) {
        brought += bytes_of(followed->plan->then);
      }
      waiters += job.has_after ? 1 : 0;
      token_names.insert({state.tokens.submit_token_of(job), state.tokens.accept_token_of(job)});
      clients.insert(state.names.client_of(job));
      workers.insert(state.names.worker_of(job));
      functions.insert(state.names.function_of(job));
      keys.insert({state.names.turn_key_of(job), state.names.unique_of(job),
                   state.names.group_of(job), state.names.after_group_of(job),
                   state.names.caveats_of(job)});
      tags.insert(state.names.tags_of(job));
      brought += terms.insert(job.terms).second ? bytes_of(state.names.terms_of(job)) : 0;
      if (is_labelled(job.kind) && kinds.insert(job.kind).second) {
        brought += bytes_of(state.names.labels_of(job.kind));
      }
      tokens.insert({job.submit_token, job.accept_token});
      links += job.has_links ? 1 : 0;
      return true;
    });
  }
  workers.erase(std::string_view());
  functions.erase(std::string_view());
  keys.erase(std::string_view());
  tags.erase(std::vector<std::string>());
  tokens.erase(kNoSlot);
  require_equal("names, tags and terms of jobs", state.names.count(),
                clients.size() + workers.size() + functions.size() + tags.size() + terms.size() +
                    keys.size() + kinds.size());
  require_equal("tokens of jobs", state.tokens.count(), tokens.size());
  require_equal("jobs that have to do with a restart", state.links.count(), links);
  require_equal("jobs that wait for others, or did", state.dependencies.count(), waiters);
  token_names.erase(std::string_view());
  const auto add = [&](const auto& held) {
    for (const auto& name : held) {
      brought += bytes_of(name);
    }
  };
  add(clients);
  add(workers);
  add(functions);
  add(keys);
  add(tags);
  add(token_names);
  require_equal("bytes that jobs brought", state.brought.all().bytes, brought);
}

void check_shares(const State& state, const Limits& limits) {
  Share made;
  Share listed;
  std::size_t workers = 0;
  std::size_t functions = 0;
  std::map<std::string, std::size_t> workers_of_token;
  for (const auto& datasource : state.datasources) {
    made.count += datasource->name.empty() ? 0 : 1;  // or it was dropped
    made.bytes += bytes_of(datasource->config);
    listed.count += datasource->config.item.empty() ? 0 : 1;
    listed.bytes += datasource->config.item.size();
    for (const auto& [name, worker] : datasource->workers.all()) {
      ++workers;
      ++workers_of_token[worker.token];
    }
    for (const auto& [name, counts] : datasource->functions) {
      functions += name.empty() || name == jobq::kOtherFunctions ? 0 : 1;
    }
  }
  require_equal("datasources made", state.made.all().count, made.count);
  require_equal("bytes of configurations", state.made.all().bytes, made.bytes);
  require_equal("items of the catalogue", state.listed.all().count, listed.count);
  require_equal("bytes of items", state.listed.all().bytes, listed.bytes);
  require_equal("workers", state.worker_rows.all().count, workers);
  for (const auto& [token, count] : workers_of_token) {
    if (!token.empty()) {
      require_equal("workers of " + token, state.worker_rows.of(token).count, count);
    }
  }
  require_equal("functions with a name", state.function_rows.all().count, functions);
  std::size_t revoked = 0;
  std::size_t budgets = 0;
  for (const auto& [name, use] : state.tokens.uses()) {
    revoked += use.revoked ? 1 : 0;
    budgets += token_id_of(name) != name && !name.starts_with('\n') ? 1 : 0;
  }
  require_equal("budgets", state.tokens.budgets().all().count, budgets);
  require_at_most("budgets", limits.budgets_max, budgets);
  require_equal("revocations", state.tokens.revoked_count(), revoked);
  require_at_most("bytes of configurations", limits.config_bytes_max, made.bytes);
  require_at_most("bytes of items", limits.catalogue_bytes_max, listed.bytes);
  require_at_most("workers of all datasources", limits.workers_of_all_max, workers);
  require_at_most("revocations", limits.revocations_max, revoked);
}

void check_journal(const Storage& storage, TurnNumber last_turn) {
  if (storage.first_turn() > storage.checkpoint_on_disk() + 1) {
    throw Mismatch("the journal begins behind what the checkpoint is sure to have");
  }
  TurnNumber next = storage.first_turn();
  if (next == 0) {
    require_equal("turns", last_turn, 0);
    return;
  }
  storage.read_journal(0, [&](TurnNumber turn, std::string_view) {
    require_equal("turns up to the next one", turn, next);
    ++next;
  });
  require_equal("turns", last_turn, next - 1);
}

void check_nothing_is_left_behind(const State& state, const Storage& storage) {
  const auto require = [&](const char* prefix, auto is_known) {
    storage.scan_checkpoint(prefix, [&](std::string_view key, std::string_view) {
      if (!is_known(key)) {
        throw Mismatch("what is forgotten has left a record on disk, of kind " +
                       std::string(prefix));
      }
    });
  };
  require("t", [&](auto key) { return state.tokens.use_of(name_of_key(key)) != nullptr; });
  require("c", [&](auto key) {
    return !state.rotations_of(datasource_of_key(key), name_of_key(key)).empty();
  });
  require("k", [&](auto key) {
    return state.function_states.find(datasource_of_key(key), name_of_key(key)) != nullptr;
  });
  for (const char* const prefix : {"j", "r", "h", "l"}) {
    require(prefix, [&](auto key) { return state.find(job_of_key(key)) != nullptr; });
  }
}

}  // namespace store::sim

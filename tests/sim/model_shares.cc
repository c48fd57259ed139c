// What each token may hold of what all share.
#include <algorithm>

#include "interned.h"
#include "model.h"
#include "state.h"
#include "waiters.h"
#include "words.h"

namespace store::sim {
namespace {

// Beyond what is the token's own, or beyond what is all's.
template <typename Held>
bool is_reached(const Held& own, const Held& own_max, const Held& all, const Held& all_max) {
  return own >= own_max || all >= all_max;
}

}  // namespace

bool Model::may_make_datasource() const {
  const auto own = std::count_if(
      datasources_.begin(), datasources_.end(),
      [&](const ModelDatasource& any) { return !token_.empty() && any.maker == token_; });
  const auto all = std::count_if(datasources_.begin(), datasources_.end(),
                                 [](const ModelDatasource& any) { return !any.name.empty(); });
  return !is_reached(static_cast<std::size_t>(own), limits_.datasources_per_token_max,
                     static_cast<std::size_t>(all), limits_.datasources_max);
}

// A configuration counts for whoever made its datasource, and so does its item besides.
void Model::require_room_for_config(const ModelDatasource* datasource,
                                    const DatasourceConfig& config) const {
  const std::string& maker = datasource == nullptr ? token_ : datasource->maker;
  const auto require = [&](const char* what, const auto& bytes, std::size_t own_max,
                           std::size_t all_max) {
    const std::size_t before = datasource == nullptr ? 0 : bytes(datasource->config);
    const std::size_t after = bytes(config);
    std::size_t own = 0;
    std::size_t all = 0;
    for (const ModelDatasource& any : datasources_) {
      own += !maker.empty() && any.maker == maker ? bytes(any.config) : 0;
      all += bytes(any.config);
    }
    if (after > before && (own + after - before > own_max || all + after - before > all_max)) {
      throw Refused{Code::kFull, what, {}};
    }
  };
  require(
      "config", [](const DatasourceConfig& any) { return store::bytes_of(any); },
      limits_.config_bytes_per_token_max, limits_.config_bytes_max);
  require(
      "item", [](const DatasourceConfig& any) { return any.item.size(); },
      limits_.catalogue_bytes_per_token_max, limits_.catalogue_bytes_max);
}

// A new request of the worker takes the place of the one that it ends. `datasource`: nullptr where
// none is ended.
bool Model::is_full(Awaited awaited, const ModelDatasource* datasource,
                    const std::string& name) const {
  Share own;
  Share all;
  std::size_t of_client = 0;
  const auto is_of_client = [](Awaited any) {
    return any == Awaited::kNews || any == Awaited::kEvents;
  };
  for (const Waiter& waiter : waiters_) {
    const bool is_ended = !is_of_client(awaited) && waiter.awaited == awaited &&
                          waiter.name == name && datasource != nullptr &&
                          waiter.datasource == datasource->index;
    if (waiter.awaited == Awaited::kRemoval || is_ended) {
      continue;
    }
    of_client += is_of_client(waiter.awaited) && waiter.name == name ? 1 : 0;
    const std::size_t bytes = waiting_bytes(waiter);
    all.count += 1;
    all.bytes += bytes;
    if (!token_.empty() && waiter.token == token_) {
      own.count += 1;
      own.bytes += bytes;
    }
  }
  return is_reached(own.count, limits_.waiters_per_token_max, all.count, limits_.waiters_max) ||
         is_reached(own.bytes, limits_.waiter_bytes_per_token_max, all.bytes,
                    limits_.waiter_bytes_max) ||
         (is_of_client(awaited) && of_client >= limits_.waiters_per_client_max);
}

std::size_t waiting_bytes(const Waiter& waiter) {
  const Origin origin{0, "peer", true, waiter.request, waiter.token, caveats_of(waiter.token)};
  switch (waiter.awaited) {
    case Awaited::kJobs: return Waiters::bytes_of(Waiters::ForJobs{origin, 0, waiter.accept});
    case Awaited::kCancels:
      return Waiters::bytes_of(Waiters::ForCancels{origin, 0, waiter.name, waiter.renewed});
    case Awaited::kNews:
    case Awaited::kEvents:
    case Awaited::kRemoval: break;
  }
  return Waiters::bytes_of(Waiters::ForNews{.origin = origin, .job = {}, .client = {}});
}

// ------------------------------------------------------------------------------ what jobs bring

std::vector<Model::Thing> Model::things_of(const NewJob& job, DatasourceIndex datasource,
                                           const Terms& terms, const std::string& token,
                                           const std::vector<ModelAfter>& after,
                                           const std::string& caveats) {
  std::vector<Thing> things = {
      {"client " + job.client, store::bytes_of(job.client), token},
      {"terms " + describe(terms), store::bytes_of(terms), token},
      {"row " + std::to_string(datasource) + " " + job.client, kBytesOfClientRow, token}};
  const auto add = [&](const std::string& what, std::size_t bytes, const std::string& payer) {
    things.push_back({what, bytes, payer});
  };
  if (!job.function.empty()) {
    add("function " + job.function, store::bytes_of(job.function), token);
  }
  if (!terms.labels.empty()) {
    add("kind " + job.function + " " + describe(terms.labels), store::bytes_of(terms.labels),
        token);
  }
  if (!job.tags.empty()) {
    add("tags " + describe(job.tags), store::bytes_of(job.tags), token);
  }
  for (const std::string& key : {job.turn_key, job.unique, job.group, job.after_group, caveats}) {
    if (!key.empty()) {
      add("key " + key, store::bytes_of(key), token);
    }
  }
  if (!job.group.empty()) {
    add("group " + std::to_string(datasource) + " " + job.client + " " + job.group,
        kBytesOfGroupRow, token);
  }
  if (const std::size_t bytes = bytes_of_id(job.job); bytes > 0) {
    add("id " + std::to_string(datasource) + " " + job.job, bytes, token);
  }
  if (!after.empty()) {
    add("after " + std::to_string(datasource) + " " + job.job, bytes_of_after(after), token);
  }
  if (!token.empty()) {
    add("token " + token, store::bytes_of(token), token);
  }
  return things;
}

std::vector<Model::Thing> Model::things_of_attempt(const std::string& worker,
                                                   const std::string& token,
                                                   const std::string& submit_token) {
  std::vector<Thing> things = {
      {"worker " + worker, store::bytes_of(worker), token.empty() ? submit_token : token}};
  if (!token.empty()) {
    const std::string kept = token + caveats_of(token);
    things.push_back({"token " + kept, store::bytes_of(kept), token});
  }
  return things;
}

// What no job has is forgotten; what is new is paid for by the first of those who have it.
void Model::settle_brought() {
  if (limits_.name_bytes_max >= Limits().name_bytes_max) {
    return;
  }
  std::set<std::string> had;
  const auto settle = [&](const std::vector<Thing>& things) {
    for (const Thing& thing : things) {
      had.insert(thing.what);
      brought_.try_emplace(thing.what, thing);
    }
  };
  for (const ModelDatasource& datasource : datasources_) {
    for (const ModelJob& job : datasource.jobs) {
      NewJob content = job.content;
      content.job = job.facts.job;
      content.after_group = job.after_group;
      settle(things_of(content, datasource.index, *job.facts.terms, job.submit_token, job.after,
                       job.caveats));
      if (job.facts.attempt > 0) {
        settle(things_of_attempt(job.facts.worker, job.accept_token, job.submit_token));
      }
    }
  }
  std::erase_if(brought_, [&](const auto& thing) { return !had.contains(thing.first); });
}

std::optional<std::size_t> Model::bytes_brought() const {
  if (limits_.name_bytes_max >= Limits().name_bytes_max) {
    return std::nullopt;
  }
  std::size_t bytes = 0;
  for (const auto& [what, thing] : brought_) {
    bytes += thing.bytes;
  }
  return bytes;
}

std::size_t Model::new_bytes_of(const std::vector<Thing>& things) const {
  std::size_t bytes = 0;
  for (const Thing& thing : things) {
    bytes += brought_.contains(thing.what) ? 0 : thing.bytes;
  }
  return bytes;
}

void Model::require_room_for(const std::vector<Thing>& things, const std::string& token,
                             std::size_t ahead) const {
  std::size_t own = ahead;
  std::size_t all = ahead;
  for (const auto& [what, thing] : brought_) {
    own += !token.empty() && thing.payer == token ? thing.bytes : 0;
    all += thing.bytes;
  }
  const std::size_t more = new_bytes_of(things);
  if (more > 0 &&
      (own + more > limits_.name_bytes_per_token_max || all + more > limits_.name_bytes_max)) {
    throw Refused{Code::kFull, "names", {}};
  }
}

}  // namespace store::sim

// What jobs share, held once: names of clients, workers and functions, tags and terms.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "interned.h"
#include "job.h"
#include "terms.h"

namespace store {

// Further names that a job may have; empty: it has none.
struct KeysOfJob {
  std::string_view turn_key;
  std::string_view unique;
  std::string_view group;
  std::string_view after_group = {};
  std::string_view caveats = {};
};

// Of jobs with labels.
struct LabelledKind {
  NameIndex function = kNoSlot;
  std::vector<std::string> labels;
  auto operator<=>(const LabelledKind&) const = default;
};
inline std::size_t bytes_of(const LabelledKind& kind) { return bytes_of(kind.labels); }

class JobNames {
 public:
  // `shares` must outlive this.
  JobNames(Shares& shares, std::uint64_t hash_seed)
      : clients_(shares, hash_seed),
        workers_(shares, hash_seed),
        functions_(shares, hash_seed),
        tags_(shares),
        terms_(shares),
        keys_(shares, hash_seed),
        kinds_(shares) {}

  // Good as long as the job is known.
  const std::string& client_of(const Job& job) const { return clients_[job.client]; }
  // Empty before the first attempt.
  std::string_view worker_of(const Job& job) const { return name(workers_, job.worker); }
  // Empty when it has none.
  std::string_view function_of(const Job& job) const { return name(functions_, job.function); }
  const std::vector<std::string>& tags_of(const Job& job) const {
    static const std::vector<std::string> kNone;
    return job.tags == kNoSlot ? kNone : tags_[job.tags];
  }
  const Terms& terms_of(const Job& job) const { return terms_[job.terms]; }
  // Empty when it has none, here and below.
  std::string_view turn_key_of(const Job& job) const { return name(keys_, job.turn_key); }
  std::string_view unique_of(const Job& job) const { return name(keys_, job.unique); }
  std::string_view group_of(const Job& job) const { return name(keys_, job.group); }
  std::string_view after_group_of(const Job& job) const { return name(keys_, job.after_group); }
  // Each behind a line feed.
  std::string_view caveats_of(const Job& job) const { return name(keys_, job.caveats); }
  // But the group that it waited for, and caveats.
  KeysOfJob keys_of(const Job& job) const {
    return {turn_key_of(job), unique_of(job), group_of(job)};
  }

  // kNoSlot when no job is of such a client.
  NameIndex find_client(std::string_view client) const { return clients_.find(client); }
  const std::string& client(NameIndex client) const { return clients_[client]; }
  // Empty: none.
  std::string_view function(NameIndex function) const { return name(functions_, function); }
  // kNoSlot: none.
  NameIndex function_of(KindIndex kind) const {
    return is_labelled(kind) ? kinds_[kind - kLabelled].function : kind;
  }
  const std::vector<std::string>& labels_of(KindIndex kind) const {
    static const std::vector<std::string> kNone;
    return is_labelled(kind) ? kinds_[kind - kLabelled].labels : kNone;
  }
  // Of what a job is unique by, its key, or its group.
  NameIndex find_key(std::string_view key) const { return keys_.find(key); }
  // Of those functions that jobs have, with no labels; sorted.
  std::vector<KindIndex> find_functions(const std::vector<std::string>& functions) const {
    std::vector<KindIndex> found;
    for (const std::string& function : functions) {
      if (const NameIndex index = functions_.find(function); index != kNoSlot) {
        found.push_back(index);
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  // How many there are, of all kinds.
  std::size_t count() const {
    return clients_.all().size() + workers_.all().size() + functions_.all().size() +
           tags_.all().size() + terms_.all().size() + keys_.all().size() + kinds_.all().size();
  }

  // What they would take of memory more than is held.
  std::size_t new_bytes(std::string_view client, std::string_view function,
                        const std::vector<std::string>& tags, const Terms& terms) const {
    return clients_.new_bytes(client) + (function.empty() ? 0 : functions_.new_bytes(function)) +
           (tags.empty() ? 0 : tags_.new_bytes(tags)) + new_bytes(terms) +
           (terms.labels.empty() ? 0 : new_bytes_of_kind(function, terms.labels));
  }
  std::size_t new_bytes(const Terms& terms) const { return terms_.new_bytes(terms); }
  std::size_t new_bytes_of_key(std::string_view key) const {
    return key.empty() ? 0 : keys_.new_bytes(key);
  }
  std::size_t new_bytes_of_worker(std::string_view worker) const {
    return workers_.new_bytes(worker);
  }

  // Of a new job. `token`, here and below: who brings it.
  void acquire(Job& job, std::string_view client, std::string_view function,
               const std::vector<std::string>& tags, const Terms& terms, std::string_view token) {
    job.client = clients_.acquire(client, token);
    job.function = function.empty() ? kNoSlot : functions_.acquire(function, token);
    job.tags = tags.empty() ? kNoSlot : tags_.acquire(tags, token);
    job.terms = terms_.acquire(terms, token);
    job.kind = terms.labels.empty()
                   ? job.function
                   : kLabelled + kinds_.acquire(LabelledKind{job.function, terms.labels}, token);
  }
  void acquire_keys(Job& job, const KeysOfJob& keys, std::string_view token) {
    const auto acquire = [&](std::string_view key) {
      return key.empty() ? kNoSlot : keys_.acquire(key, token);
    };
    job.turn_key = acquire(keys.turn_key);
    job.unique = acquire(keys.unique);
    job.group = acquire(keys.group);
    job.after_group = acquire(keys.after_group);
    job.caveats = acquire(keys.caveats);
  }
  void set_terms(Job& job, const Terms& terms, std::string_view token) {
    const TermsIndex before = std::exchange(job.terms, terms_.acquire(terms, token));
    terms_.release(before);
  }
  void set_worker(Job& job, std::string_view worker, std::string_view token) {
    const NameIndex before = std::exchange(job.worker, workers_.acquire(worker, token));
    release(workers_, before);
  }

  // For a start: nobody pays for anything; then those do who hold it first.
  void forget_payers() {
    clients_.forget_payers();
    workers_.forget_payers();
    functions_.forget_payers();
    tags_.forget_payers();
    terms_.forget_payers();
    keys_.forget_payers();
    kinds_.forget_payers();
  }
  void pay(const Job& job, std::string_view token, std::string_view worker_token) {
    const auto pay_of = [](auto& held, std::uint32_t index, std::string_view payer) {
      index == kNoSlot ? void() : held.pay(index, payer);
    };
    pay_of(clients_, job.client, token);
    pay_of(functions_, job.function, token);
    pay_of(tags_, job.tags, token);
    pay_of(terms_, job.terms, token);
    pay_of(workers_, job.worker, worker_token);
    pay_of(keys_, job.turn_key, token);
    pay_of(keys_, job.unique, token);
    pay_of(keys_, job.group, token);
    pay_of(keys_, job.after_group, token);
    pay_of(keys_, job.caveats, token);
    pay_of(kinds_, labelled_index(job.kind), token);
  }
  void release(const Job& job) {
    clients_.release(job.client);
    release(workers_, job.worker);
    release(functions_, job.function);
    release(tags_, job.tags);
    terms_.release(job.terms);
    release(keys_, job.turn_key);
    release(keys_, job.unique);
    release(keys_, job.group);
    release(keys_, job.after_group);
    release(keys_, job.caveats);
    release(kinds_, labelled_index(job.kind));
  }

 private:
  std::size_t new_bytes_of_kind(std::string_view function,
                                const std::vector<std::string>& labels) const {
    const LabelledKind kind{functions_.find(function), labels};
    // With a function that no job has, which is not to be taken for none, the kind is new too.
    return kind.function == kNoSlot && !function.empty() ? bytes_of(kind) : kinds_.new_bytes(kind);
  }

  // Among those with labels; kNoSlot: it has none.
  static std::uint32_t labelled_index(KindIndex kind) {
    return is_labelled(kind) ? kind - kLabelled : kNoSlot;
  }
  static std::string_view name(const InternedNames& names, NameIndex index) {
    return index == kNoSlot ? std::string_view() : names[index];
  }
  template <typename Held>
  static void release(Held& held, std::uint32_t index) {
    if (index != kNoSlot) {
      held.release(index);
    }
  }

  InternedNames clients_;
  InternedNames workers_;
  InternedNames functions_;
  InternedValues<std::vector<std::string>> tags_;
  InternedValues<Terms> terms_;
  InternedNames keys_;
  InternedValues<LabelledKind> kinds_;
};

}  // namespace store

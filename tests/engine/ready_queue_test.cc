// The ready queue against a list that is searched from one end to the other.
#include "ready_queue.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <vector>

namespace store {
namespace {

// As the product says it: higher priority first; within a priority clients take turns of `weight`
// jobs; within a client by sequence.
class NaiveQueue {
 public:
  explicit NaiveQueue(const std::deque<Job>& jobs) : jobs_(&jobs) {}

  void add(Slot slot) {
    const Job& job = at(slot);
    if (!has_any(job.priority, job.client)) {
      rings_[job.priority].push_back({job.client, 0});
    }
    waiting_.push_back(slot);
  }
  void remove(Slot slot) {
    const Job& job = at(slot);
    std::erase(waiting_, slot);
    if (!has_any(job.priority, job.client)) {
      std::erase_if(rings_[job.priority],
                    [&](const Place& place) { return place.client == job.client; });
    }
  }
  void serve(Slot slot, std::uint32_t weight) {
    remove(slot);
    auto& ring = rings_[at(slot).priority];
    const auto place = std::find_if(ring.begin(), ring.end(), [&](const Place& candidate) {
      return candidate.client == at(slot).client;
    });
    if (place != ring.end() && ++place->served >= weight) {
      ring.erase(place);
      ring.push_back({at(slot).client, 0});
    }
  }
  Slot best(const std::vector<NameIndex>& functions = {}) const {
    for (auto ring = rings_.rbegin(); ring != rings_.rend(); ++ring) {
      for (const Place& place : ring->second) {
        const Slot oldest = oldest_where([&](const Job& job) {
          return job.priority == ring->first && job.client == place.client &&
                 is_one(job, functions);
        });
        if (oldest != kNoSlot) {
          return oldest;
        }
      }
    }
    return kNoSlot;
  }
  Slot oldest(const std::vector<NameIndex>& functions) const {
    return oldest_where([&](const Job& job) { return is_one(job, functions); });
  }
  // With turns of one job.
  std::uint64_t ahead_of(Slot slot) const {
    NaiveQueue rest = *this;
    std::uint64_t ahead = 0;
    for (Slot best = rest.best(); best != slot; best = rest.best()) {
      rest.serve(best, 1);
      ++ahead;
    }
    return ahead;
  }
  const std::vector<Slot>& waiting() const { return waiting_; }

 private:
  struct Place {
    NameIndex client;
    std::uint32_t served;
  };

  const Job& at(Slot slot) const { return (*jobs_)[slot]; }
  static bool is_one(const Job& job, const std::vector<NameIndex>& functions) {
    return functions.empty() ||
           std::find(functions.begin(), functions.end(), job.function) != functions.end();
  }
  bool has_any(std::uint8_t priority, NameIndex client) const {
    return oldest_where([&](const Job& job) {
             return job.priority == priority && job.client == client;
           }) != kNoSlot;
  }
  template <typename Where>
  Slot oldest_where(Where where) const {
    Slot oldest = kNoSlot;
    for (const Slot slot : waiting_) {
      if (where(at(slot)) &&
          (oldest == kNoSlot || at(slot).key.sequence < at(oldest).key.sequence)) {
        oldest = slot;
      }
    }
    return oldest;
  }

  const std::deque<Job>* jobs_;
  std::vector<Slot> waiting_;
  std::map<std::uint8_t, std::vector<Place>> rings_;
};

// Both queues side by side, with jobs that come, go and come back at random.
class TwoQueues {
 public:
  std::deque<Job> jobs;
  ReadyQueue queue{jobs};
  NaiveQueue naive{jobs};
  Stamp last_stamp = 0;

  TwoQueues(unsigned seed, std::uint32_t weight_max) : random_(seed), weight_max_(weight_max) {}

  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }
  std::uint32_t weight_of(Slot slot) const { return 1 + jobs[slot].client % weight_max_; }

  void step() {
    const unsigned what = pick(100);
    if (what < 40) {
      jobs.emplace_back();
      Job& job = jobs.back();
      job.key = {0, jobs.size()};
      job.client = pick(5);
      job.priority = static_cast<std::uint8_t>(1 + pick(3));
      job.function = pick(4) == 0 ? kNoSlot : pick(3);
      add(static_cast<Slot>(jobs.size() - 1));
    } else if (what < 55 && !gone_.empty()) {
      const auto back = gone_.begin() + pick(static_cast<unsigned>(gone_.size()));
      const Slot slot = *back;
      gone_.erase(back);
      add(slot);
    } else if (what < 65 && !naive.waiting().empty()) {
      const Slot slot = any_waiting();
      queue.remove(slot);
      naive.remove(slot);
      gone_.push_back(slot);
    } else if (!naive.waiting().empty()) {
      const Slot best = queue.best(any_functions());
      serve(what < 70 || best == kNoSlot ? any_waiting() : best);
    }
  }
  void serve(Slot slot) {
    last_stamp += queue.serve(slot, last_stamp + 1, weight_of(slot)) ? 1 : 0;
    naive.serve(slot, weight_of(slot));
    gone_.push_back(slot);
  }
  Slot any_waiting() {
    return naive.waiting().at(pick(static_cast<unsigned>(naive.waiting().size())));
  }
  // Some functions, sorted; kNoSlot: that of jobs without one.
  std::vector<NameIndex> any_functions() {
    std::vector<NameIndex> functions;
    for (const NameIndex function : {NameIndex{0}, NameIndex{1}, NameIndex{2}, kNoSlot}) {
      if (pick(2) == 0) {
        functions.push_back(function);
      }
    }
    return functions;
  }
  // Serves all that is left, as `other` does.
  void drain_like(ReadyQueue& other) {
    while (queue.best() != kNoSlot) {
      const Slot best = queue.best();
      REQUIRE(other.best() == best);
      other.serve(best, last_stamp + 1, weight_of(best));
      serve(best);
    }
    REQUIRE(other.best() == kNoSlot);
  }

 private:
  void add(Slot slot) {
    last_stamp += queue.add(slot, last_stamp + 1) ? 1 : 0;
    naive.add(slot);
  }

  std::mt19937 random_;
  std::uint32_t weight_max_;
  std::vector<Slot> gone_;
};

}  // namespace

TEST_CASE("the ready queue chooses as a naive list does", "[order][ready_queue]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    TwoQueues queues(seed, 1 + seed % 4);
    for (int step = 0; step < 400; ++step) {
      CAPTURE(seed, step);
      queues.step();
      REQUIRE(queues.queue.size() == queues.naive.waiting().size());
      REQUIRE(queues.queue.best() == queues.naive.best());
      const auto functions = queues.any_functions();
      REQUIRE(queues.queue.best(functions) == queues.naive.best(functions));
      REQUIRE(queues.queue.oldest(functions) == queues.naive.oldest(functions));
    }
  }
}

TEST_CASE("the count of jobs ahead is that of jobs that are really served before",
          "[order][ready_queue]") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    TwoQueues queues(seed, 1);
    for (int step = 0; step < 200; ++step) {
      queues.step();
      if (!queues.naive.waiting().empty()) {
        const Slot slot = queues.any_waiting();
        const std::uint64_t ahead = queues.naive.ahead_of(slot);
        CAPTURE(seed, step, slot);
        REQUIRE(queues.queue.ahead_of(slot, 10'000) == ahead);
        REQUIRE(queues.queue.ahead_of(slot, 3) == std::min<std::uint64_t>(ahead, 3));
      }
    }
  }
}

TEST_CASE("a queue restored from clients' turns goes on as the first", "[order][ready_queue]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    TwoQueues queues(seed, 1 + seed % 4);
    for (int step = 0; step < 300; ++step) {
      queues.step();
    }
    std::deque<Job> copies = queues.jobs;
    ReadyQueue restored(copies);
    std::vector<Slot> waiting = queues.naive.waiting();
    std::sort(waiting.begin(), waiting.end());  // slots are in the order of sequences here
    for (const Slot slot : waiting) {
      copies[slot].ready_previous = copies[slot].ready_next = kNoSlot;
      for (const Rotation& turns : queues.queue.rotations_of(copies[slot].client)) {
        if (turns.priority == copies[slot].priority) {
          restored.restore(slot, turns);
        }
      }
    }
    queues.drain_like(restored);
  }
}

}  // namespace store

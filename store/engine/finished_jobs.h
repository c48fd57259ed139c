// Finished jobs in the order of finishing, those of each token apart that they were submitted with:
// where there are too many, the token that has the most loses its oldest.
#pragma once

#include <algorithm>
#include <compare>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "invariant.h"
#include "job_slots.h"

namespace store {

class FinishedJobs {
 public:
  // `jobs` must outlive this.
  explicit FinishedJobs(const JobSlots& jobs) : jobs_(&jobs) {}

  // The job has finished: mostly later than all others of its token, if it is not imported.
  void add(Slot slot) {
    const TokenIndex token = (*jobs_)[slot].submit_token;
    OfToken& of_token = tokens_[token];
    Rows& rows = of_token.rows;
    const Row row = row_of(slot);
    rows.insert(rows.empty() || rows.back() < row ? rows.end()
                                                  : std::upper_bound(rows.begin(), rows.end(), row),
                row);
    put(of_token, of_token.place.count + 1);
  }
  // For a start, which finds them in another order, and sorts them when it has all.
  void append(Slot slot) {
    OfToken& of_token = tokens_[(*jobs_)[slot].submit_token];
    of_token.rows.push_back(row_of(slot));
  }
  void sort() {
    for (auto& [token, of_token] : tokens_) {
      std::sort(of_token.rows.begin(), of_token.rows.end());
      put(of_token, of_token.rows.size());
    }
  }

  // The job is gone: its slot is as new. `token`: of the job.
  void remove(TokenIndex token) {
    const auto found = tokens_.find(token);
    INVARIANT(found != tokens_.end(), token);
    OfToken& of_token = found->second;
    if (of_token.place.count == 1) {
      places_.erase(of_token.place);
      tokens_.erase(found);
      return;
    }
    Rows& rows = of_token.rows;
    while (!is_there(rows.front())) {
      rows.pop_front();
    }
    put(of_token, of_token.place.count - 1);
    if (rows.size() > 2 * of_token.place.count + 64) {
      std::erase_if(rows, [this](const Row& row) { return !is_there(row); });
    }
  }

  // Of several tokens that have the most, the one whose oldest is older. REQUIRES: there is one.
  Slot oldest_of_most() const { return places_.begin()->oldest.slot; }

 private:
  struct Row {
    Time at{};
    JobKey key;
    Slot slot = kNoSlot;
    auto operator<=>(const Row&) const = default;
  };
  using Rows = std::deque<Row>;
  struct Place {
    std::size_t count = 0;
    Row oldest;
    bool operator<(const Place& other) const {
      return count != other.count ? count > other.count : oldest < other.oldest;
    }
  };
  struct OfToken {
    Rows rows;  // may hold jobs that are gone, but not at its front
    Place place;
  };

  Row row_of(Slot slot) const {
    const Job& job = (*jobs_)[slot];
    return {job.finished_at, job.key, slot};
  }
  bool is_there(const Row& row) const { return (*jobs_)[row.slot].key == row.key; }
  // The token has so many now.
  void put(OfToken& of_token, std::size_t count) {
    auto node = places_.extract(of_token.place);
    of_token.place = {count, of_token.rows.front()};
    if (node.empty()) {
      places_.insert(of_token.place);
    } else {
      node.value() = of_token.place;
      places_.insert(std::move(node));
    }
  }

  const JobSlots* jobs_;
  std::map<TokenIndex, OfToken> tokens_;  // kNoSlot: of those whose token is not known
  std::set<Place> places_;                // of all tokens
};

}  // namespace store

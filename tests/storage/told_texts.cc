#include "told_texts.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "../describe/describe.h"

namespace store {
namespace {

struct Hear {
  ToldTexts::Told& told;
  Time now;

  void operator()(const Submitted& submitted) const {
    told.payload = {submitted.request, submitted.trace};
  }
  void operator()(const Imported& imported) const {
    const jobq::JobStatus& job = *imported.job;
    told.payload = {job.request, job.trace};
    told.texts = {job.response, job.error, job.progress_message};
    told.attempts = job.attempts;
  }
  void operator()(const Edited& edited) const {
    if (!edited.request.empty()) {
      told.payload.request = edited.request;
    }
  }
  void operator()(const Accepted&) const { told.texts.message.clear(); }
  void operator()(const Progressed& progressed) const { told.texts.message = progressed.message; }
  void operator()(const Logged& logged) const {
    told.lines.push_back({logged.number, now, logged.attempt, logged.level, logged.text});
  }
  void operator()(const Completed& completed) const {
    told.texts.response = completed.response;
    told.texts.failure = {};
  }
  void operator()(const Cancelled&) const { told.texts.failure = {}; }
  template <typename Other>
  void operator()(const Other& other) const {
    if constexpr (requires { other.failure; }) {
      told.texts.failure = other.failure;
    }
  }
};

template <typename Item>
std::vector<Item> last_of(const std::vector<Item>& items, std::size_t kept) {
  return {items.end() - static_cast<std::ptrdiff_t>(std::min(items.size(), kept)), items.end()};
}

// Some lines from the middle, as a page of them is read.
void require_same_page(const std::vector<LogLine>& kept, JobKey job, TextSource& source) {
  if (kept.size() < 3) {
    return;
  }
  const std::size_t begin = kept.size() / 3;
  const std::size_t end = 2 * kept.size() / 3;
  const auto at = [&](std::size_t i) { return kept.begin() + static_cast<std::ptrdiff_t>(i); };
  REQUIRE(describe(source.log(job, kept[begin - 1].number, kept[end - 1].number)) ==
          describe(std::vector<LogLine>(at(begin), at(end))));
}

}  // namespace

void ToldTexts::hear(Time now, const Entry& entry) {
  if (entry.job.sequence == 0) {
    return;
  }
  if (std::holds_alternative<Removed>(entry.change)) {
    told_.erase(entry.job);
    return;
  }
  Told& told = told_[entry.job];
  if (const auto* restarted = std::get_if<Restarted>(&entry.change)) {
    told.payload = told_.at({entry.job.datasource, restarted->parent}).payload;
  }
  std::visit(Hear{told, now}, entry.change);
  if (entry.ended) {
    told.attempts.push_back(*entry.ended);
  }
}

void ToldTexts::require_same(const State& state, TextSource& source) const {
  std::size_t known = 0;
  for (DatasourceIndex i = 0; i < state.datasource_count(); ++i) {
    state.datasource(i).jobs.walk(0, [&](Slot slot) {
      const Job& job = state.jobs.at(slot);
      const Told& told = of(job.key);
      CAPTURE(job.id, job.key.sequence, to_string(job.status), job.attempt);
      ++known;
      REQUIRE(describe(source.texts(job.key)) == describe(told.texts));
      REQUIRE(describe(source.payload(job.key)) == describe(told.payload));
      REQUIRE(describe(source.attempts(job.key)) ==
              describe(last_of(told.attempts, kAttemptsKept)));
      const std::vector<LogLine> kept = last_of(told.lines, kLogLinesKept);
      REQUIRE(describe(source.log(job.key, 0, UINT32_MAX)) == describe(kept));
      require_same_page(kept, job.key, source);
      return true;
    });
  }
  REQUIRE(known == told_.size());
}

}  // namespace store

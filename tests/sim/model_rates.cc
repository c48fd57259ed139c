// How often jobs may begin.
#include <algorithm>

#include "model.h"
#include "words.h"

namespace store::sim {
namespace {

NamedRate named(const ModelDatasource& datasource, const std::string& rate, const std::string& of) {
  if (rate.empty()) {
    return std::nullopt;
  }
  const auto span = static_cast<RateSpan>(std::string("smhd").find(rate.back()));
  return std::pair("\n" + datasource.name + "\n" + of, RateLimit{std::stoull(rate), span, 0});
}

}  // namespace

NamedRate start_rate(const ModelDatasource& datasource) {
  return named(datasource, datasource.config.start_rate, "");
}

NamedRate start_rate_of_function(const ModelDatasource& datasource, const std::string& function) {
  for (const jobq::FunctionRate& rate : datasource.config.function_rates) {
    if (rate.function == function) {
      return named(datasource, rate.start_rate, "f" + function);
    }
  }
  return std::nullopt;
}

NamedRate start_rate_of_key(const ModelDatasource& datasource, const std::string& key) {
  return key.empty() ? std::nullopt
                     : named(datasource, datasource.config.key_start_rate, "k" + key);
}

std::uint64_t Model::begun(const NamedRate& rate, Time at) const {
  if (!rate) {
    return 0;
  }
  const auto counted = tokens_.find(rate->first);
  const auto span = static_cast<std::size_t>(rate->second.span);
  return counted == tokens_.end() || !counted->second.counted[span]
             ? 0
             : used(counted->second, rate->second.span, at);
}

// Tried at each time at which one that has begun ends to count.
Time Model::opens_at(const NamedRate& rate) const {
  if (!rate || begun(rate, now_) < rate->second.count) {
    return {};
  }
  std::vector<Time> ends;
  for (const auto& use :
       *tokens_.at(rate->first).counted[static_cast<std::size_t>(rate->second.span)]) {
    ends.push_back(counts_until(use.at, length_of(rate->second.span)));
  }
  std::sort(ends.begin(), ends.end());
  for (const Time end : ends) {
    if (end > now_ && begun(rate, end) < rate->second.count) {
      return end;
    }
  }
  throw Mismatch("a rate never opens: " + rate->first);
}

// For those who wait for what a rate alone keeps from them.
Time Model::next_opening() const {
  Time next = Time::max();
  const auto note = [&](Time opens) { next = opens == Time() ? next : std::min(next, opens); };
  for (const Waiter& waiter : waiters_) {
    const ModelDatasource& datasource = datasources_[waiter.datasource];
    if (waiter.awaited != Awaited::kJobs || !may_run_more(datasource)) {
      continue;
    }
    const Time whole = opens_at(start_rate(datasource));
    for (const ModelJob& job : datasource.jobs) {
      if (job.is_ready() && fits(datasource, job, waiter.accept)) {
        note(whole != Time() ? whole
                             : opens_at(start_rate_of_function(datasource, job.content.function)));
      }
    }
  }
  return next;
}

bool Model::may_open_at(Time time) const {
  return std::any_of(datasources_.begin(), datasources_.end(), [&](const ModelDatasource& any) {
    // One that was let go may have been put off since, and the next one goes a tick later.
    const bool may_let_go = time == Time::min() && any.count([&](const ModelJob& job) {
      return job.is_held_back && !is_full(job);
    }) > 0;
    const auto& rates = any.config.function_rates;
    return may_let_go || opens_at(start_rate(any)) == time ||
           std::any_of(rates.begin(), rates.end(), [&](const auto& rate) {
             return opens_at(start_rate_of_function(any, rate.function)) == time;
           });
  });
}

void Model::count_start(const ModelJob& job) {
  const ModelDatasource& datasource = of(job);
  for (const NamedRate& rate :
       {start_rate(datasource), start_rate_of_function(datasource, job.content.function),
        start_rate_of_key(datasource, job.content.turn_key)}) {
    rate ? charge_as(rate->first, {rate->second}, 1) : void();
  }
}

std::size_t Model::job_running_with(const std::string& token) const {
  std::size_t running = 0;
  for (const ModelDatasource& datasource : datasources_) {
    running += datasource.count([&](const ModelJob& any) {
      return any.status() == Status::kAccepted && any.submit_token == token;
    });
  }
  return running;
}

bool Model::is_full(const ModelJob& job) const {
  return job.running_max != 0 && !job.submit_token.empty() &&
         job_running_with(job.submit_token) >= job.running_max;
}

void Model::hold_back(ModelJob& job) {
  for (std::size_t i = 0; i < told_->entries.size(); ++i) {
    const Entry& entry = told_->entries[i];
    if (std::holds_alternative<HeldBack>(entry.change) && entry.job == job.facts.key &&
        told_->put_off_read.insert(i).second) {
      job.is_held_back = true;
      leave_ring(of(job), job);
      return;
    }
  }
  throw Mismatch("should be held back: " + job.facts.job);
}

void Model::let_go(ModelJob& job, const Entry& entry) {
  if (!job.is_held_back || !is_waiting(job.status()) || is_full(job)) {
    throw Mismatch("should not be let go: " + describe(entry));
  }
  job.is_held_back = false;
  if (job.is_ready()) {
    enter_ring(job);
  }
  settle_keys(of(job));
}

void Model::put_off(ModelJob& job, Time until) {
  for (std::size_t i = 0; i < told_->entries.size(); ++i) {
    const Entry& entry = told_->entries[i];
    const auto* told = std::get_if<PutOff>(&entry.change);
    if (told != nullptr && entry.job == job.facts.key && told->until == until &&
        told_->put_off_read.insert(i).second) {
      job.is_delayed = job.is_put_off = true;
      job.facts.not_before = until;
      leave_ring(of(job), job);
      job.could_run_at = until;
      return;
    }
  }
  throw Mismatch("should be put off: " + job.facts.job);
}

// Those that the store came upon before others took what else there was.
void Model::hear_put_off() {
  for (std::size_t i = 0; i < told_->entries.size(); ++i) {
    const Entry& entry = told_->entries[i];
    const bool is_held_back = std::holds_alternative<HeldBack>(entry.change);
    if ((!is_held_back && !std::holds_alternative<PutOff>(entry.change)) ||
        told_->put_off_read.contains(i)) {
      continue;
    }
    ModelJob& job = known(entry.job);
    if (is_held_back && job.is_ready() && is_full(job)) {
      hold_back(job);
      continue;
    }
    const Time opens = opens_at(start_rate_of_key(of(job), job.content.turn_key));
    if (!job.is_ready() || opens == Time()) {
      throw Mismatch("should not be put off: " + describe(entry));
    }
    put_off(job, opens);
  }
}

}  // namespace store::sim

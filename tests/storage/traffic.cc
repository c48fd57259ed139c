#include "traffic.h"

namespace store {
namespace {

bool is_any(const Job&) { return true; }
bool is_held(const Job& job) { return job.status == Status::kAccepted; }
bool is_held_and_unwanted(const Job& job) { return is_held(job) && job.cancel_sequence != 0; }
bool waits(const Job& job) { return is_waiting(job.status); }
bool is_over(const Job& job) { return is_final(job.status); }

}  // namespace

std::string Traffic::text(unsigned size_max) {
  return "\"" + std::string(pick(size_max), static_cast<char>('a' + pick(26))) +
         std::to_string(random_()) + "\"";
}

const Job* Traffic::any_job(const State& state, bool (*fits)(const Job&)) {
  const auto datasource = state.find_datasource("scan");
  if (!datasource) {
    return nullptr;
  }
  std::vector<const Job*> fitting;
  state.datasource(*datasource).jobs.walk(0, [&](Slot slot) {
    if (fits(state.jobs.at(slot))) {
      fitting.push_back(&state.jobs.at(slot));
    }
    return true;
  });
  return fitting.empty() ? nullptr : fitting[pick(static_cast<unsigned>(fitting.size()))];
}

std::string Traffic::any_id(const State& state, bool (*fits)(const Job&)) {
  const Job* job = any_job(state, fits);
  return job == nullptr ? "none" : job->id;
}

Lease Traffic::any_lease(const State& state) {
  const Job* job = any_job(state, one_in(5) ? is_any : is_held);
  return job == nullptr ? Lease{"none", 1} : Lease{job->id, job->attempt};
}

NewJob Traffic::new_job(Time now) {
  NewJob job;
  job.job = "j" + std::to_string(++jobs_made_);
  job.client = "c" + std::to_string(pick(3));
  job.request = text(300);
  job.priority = static_cast<std::uint8_t>(pick(4));
  if (!one_in(3)) {
    job.function = "f" + std::to_string(pick(3));
  }
  if (one_in(4)) {
    job.trace = "00-" + std::to_string(random_());
  }
  if (one_in(3)) {
    job.tags = {"blue", "t" + std::to_string(pick(3))};
  }
  if (one_in(4)) {
    job.delay = Span(pick(60'000));
  } else if (one_in(6)) {
    job.not_before = now + Span(pick(30'000));
  }
  Terms& terms = job.terms;
  terms.keep_for = Span(1000 + pick(200'000));
  terms.valid_for = one_in(4) ? Span(1 + pick(60'000)) : Span(0);
  terms.timeout = one_in(4) ? Span(1000 + pick(20'000)) : Span(0);
  terms.failures_max = pick(4);
  terms.lost_leases_max = pick(4);
  terms.releases_max = pick(4);
  if (one_in(2)) {
    terms.backoff = Backoff{Span(pick(2) * pick(5000)), Span(10'000), 100 + pick(200),
                            static_cast<std::uint8_t>(pick(101))};
  }
  return job;
}

Origin Traffic::origin() {
  const std::string token = one_in(5) ? "" : "k" + std::to_string(pick(2)) + "." + "abc"[pick(3)];
  return {0, "peer", true, 0, token, one_in(3) ? "\ntime < 5\nclient = c0" : ""};
}

Allowance Traffic::allowance() {
  Allowance allowance;
  if (!has_budgets || one_in(2)) {
    return allowance;
  }
  if (one_in(4)) {
    allowance.waiting_max = pick(20);
  }
  for (std::size_t i = 0; i < kRateSpanCount; ++i) {
    if (one_in(4)) {
      allowance.rates.push_back({1 + pick(40), static_cast<RateSpan>(i)});
    }
  }
  return allowance;
}

RevokeToken Traffic::revoke(Time now) {
  const Time until = one_in(4) ? Time() : now + Span(1 + pick(100'000));
  return {one_in(3) ? "k0.unheard-of" : origin().token, {until}};
}

Submit Traffic::submit(Time now) {
  Submit command{one_in(5) ? "print" : "scan", {}, false, allowance()};
  for (unsigned i = 0; i <= pick(3); ++i) {
    command.jobs.emplace_back(new_job(now));
  }
  return command;
}

Accept Traffic::accept() {
  Accept command;
  command.datasource = one_in(8) ? "print" : "scan";
  command.worker = "w" + std::to_string(pick(5));
  command.request_number = ++number_;
  command.max = 1 + pick(4);
  command.lease = Span(100 + pick(60'000));
  command.wait = Span(pick(2) * 1000);
  if (one_in(3)) {
    command.functions = {"f0", "f2"};
  }
  return command;
}

Log Traffic::log_lines(const State& state, const Lease& lease) {
  Log log;
  const unsigned count = one_in(10) ? 700 : 1 + pick(10);
  for (unsigned i = 0; i < count; ++i) {
    log.lines.push_back({static_cast<LogLevel>(pick(kCountOf<LogLevel>)), text(40)});
  }
  const auto datasource = state.find_datasource("scan");
  const Job* job = datasource ? state.find(*datasource, lease.job) : nullptr;
  if (job != nullptr && one_in(2)) {
    // Some of them are repeated at times.
    log.first = 1 + job->attempt_log_lines - std::min(job->attempt_log_lines, pick(3));
  }
  return log;
}

Outcome Traffic::outcome(const State& state) {
  Outcome outcome{any_lease(state), {}};
  const auto failure = [&] { return JobError{"c" + std::to_string(pick(9)), text(50), text(200)}; };
  switch (pick(12)) {
    case 0:
    case 1: outcome.report = Completed{text(300)}; break;
    case 2: outcome.report = Failed{failure()}; break;
    case 3:
    case 4: outcome.report = Retry{failure(), Span(pick(2) * pick(20'000))}; break;
    case 5: outcome.report = Release{Span(pick(2) * pick(20'000)), text(20)}; break;
    case 6: outcome.report = Forbidden{failure()}; break;
    case 7:
      if (const Job* job = any_job(state, is_held_and_unwanted)) {
        outcome.lease = {job->id, job->attempt};
      }
      outcome.report = AckCancel{};
      break;
    case 8:
    case 9:
      outcome.report = Progress{0.25F * static_cast<float>(pick(5)), one_in(3) ? "" : text(100)};
      break;
    case 10: outcome.report = log_lines(state, outcome.lease); break;
    case 11:
      outcome.lease = {any_id(state, waits), 0};
      outcome.report =
          AcceptOne{"w" + std::to_string(pick(5)), ++number_, Span(100 + pick(60'000))};
      break;
  }
  return outcome;
}

Update Traffic::update(const State& state) {
  Update command{"scan", {}};
  for (unsigned i = 0; i <= pick(3); ++i) {
    command.outcomes.emplace_back(outcome(state));
  }
  return command;
}

Renew Traffic::renew(const State& state) {
  Renew command;
  command.datasource = "scan";
  command.leases = {any_lease(state), any_lease(state)};
  command.lease = Span(100 + pick(60'000));
  if (one_in(3)) {
    command.worker = "w" + std::to_string(pick(5));
    command.wait = Span(pick(2) * 1000);
  }
  return command;
}

Configure Traffic::configure() {
  Configure command{one_in(3) ? "print" : "scan", {}};
  DatasourceConfig& config = command.config;
  if (one_in(4)) {
    return command;  // all as it was at first
  }
  config.description = text(20);
  config.priority = static_cast<std::uint8_t>(pick(100));
  config.terms.failures_max = pick(4);
  config.terms.timeout = Span(pick(2) * 30'000);
  if (one_in(2)) {
    config.terms.backoff = Backoff{Span(pick(1000)), Span(1000), 100, 0};
  }
  config.lease = Span(pick(2) * 20'000);
  config.cancel_grace = Span(1000 + pick(20'000));
  config.waiting_max = one_in(3) ? 40 : 0;
  config.waiting_per_client_max = one_in(3) ? 20 : 0;
  config.running_max = one_in(3) ? 10 : 0;
  if (one_in(2)) {
    config.weights = {{"c0", 1 + pick(3)}, {"c2", 2}};
  }
  if (one_in(2)) {
    config.costs = {{"f0", 1 + pick(3)}, {"f2", 2}};
  }
  return command;
}

// What operators do.
Command Traffic::minding(const State& state) {
  constexpr std::uint8_t kMayBeRedriven = 1 << static_cast<int>(Status::kFailed) |
                                          1 << static_cast<int>(Status::kCancelled) |
                                          1 << static_cast<int>(Status::kForbidden);
  switch (pick(7)) {
    case 0: return configure();
    case 1: return SetMode{"scan", one_in(3) ? static_cast<Mode>(pick(4)) : Mode::kRunning};
    case 2: return Remove{"scan", any_id(state, is_over)};
    case 3: return Restart{"scan", any_id(state, one_in(3) ? waits : is_over), {}};
    case 4:
      return Redrive{.datasource = "scan",
                     .client = "c" + std::to_string(pick(3)),
                     .function = {},
                     .tag = one_in(2) ? "blue" : "",
                     .statuses = static_cast<std::uint8_t>(random_() & kMayBeRedriven),
                     .limit = 3,
                     .cursor = 0};
    default:
      return Edit{.datasource = "scan",
                  .job = any_id(state, waits),
                  .priority = static_cast<std::uint8_t>(pick(4)),
                  .valid_for = Span(pick(2) * pick(60'000)),
                  .request = one_in(2) ? text(300) : ""};
  }
}

Command Traffic::next(Time now, const State& state) {
  if (has_budgets && one_in(25)) {
    return revoke(now);
  }
  switch (pick(13)) {
    case 0:
    case 1: return submit(now);
    case 2:
    case 3:
    case 4: return accept();
    case 5:
    case 6:
    case 7:
    case 8: return update(state);
    case 9: return renew(state);
    case 10: return Cancel{"scan", any_id(state, one_in(2) ? is_held : waits), std::nullopt};
    default: return minding(state);
  }
}

Span Traffic::pause() { return one_in(2) ? Span(0) : Span(pick(one_in(4) ? 40'000 : 1000)); }

}  // namespace store

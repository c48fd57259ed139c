#include <algorithm>

#include "generator.h"

namespace store::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kAnyStatus = 0xff;
constexpr std::uint8_t kRestartable = 1u << static_cast<unsigned>(Status::kFailed) |
                                      1u << static_cast<unsigned>(Status::kCancelled) |
                                      1u << static_cast<unsigned>(Status::kForbidden);

Time last_change(const ModelDatasource* datasource) {
  return datasource == nullptr || datasource->jobs.empty()
             ? kStart
             : datasource->jobs.back().facts.submitted_at;
}

Refused malformed() { return {Code::kBadRequest, "a field", {}}; }

}  // namespace

// ---------------------------------------------------------------------------------------- clients

Submit Generator::submit(const Model& model) {
  Submit made{datasource(), {}};
  const int count = 1 + (random_.percent(30) ? random_.below(4) : 0);
  for (int i = 0; i < count; ++i) {
    if (random_.percent(2)) {
      made.jobs.emplace_back(malformed());
    } else {
      made.jobs.emplace_back(new_job(made.datasource, model));
    }
  }
  add_after(made, model);
  add_then(made);
  add_grants(made);
  return made;
}

NewJob Generator::new_job(const std::string& name, const Model& model) {
  const ModelDatasource* found = find(model, name);
  if (found != nullptr && !found->jobs.empty() && random_.percent(8)) {
    NewJob repeated = found->jobs[random_.below(found->jobs.size())].content;
    repeated.trace = random_.percent(50) ? "another" : repeated.trace;
    return repeated;
  }
  NewJob job;
  // Mostly a free one.
  const auto is_free = [&] {
    return found == nullptr ||
           found->count([&](const ModelJob& any) { return any.facts.job == job.job; }) == 0;
  };
  for (int tries = 0; tries < 3 && (tries == 0 || !is_free()); ++tries) {
    job.job = job_id();
  }
  job.client = client();
  job.function = maybe_function();
  job.request = text();
  job.trace = random_.percent(20) ? "a trace" : "";
  job.tags = some({"t0", "t1", "t2"}, 3);
  job.priority = random_.one_of(
      {std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{50}, std::uint8_t{1}, std::uint8_t{100}});
  if (random_.percent(15)) {
    job.delay = random_.one_of({1ms, 500ms, 60'000ms});
  } else if (random_.percent(10)) {
    job.not_before = last_change(found) + random_.one_of({-1000ms, 0ms, 100ms, 100'000ms});
  }
  job.terms = said_terms(12);
  if (random_.percent(25)) {
    job.turn_key = random_.one_of({"k", "l"});
  }
  if (random_.percent(10)) {
    job.unique = random_.one_of({"k", "u"});
    job.if_unique = random_.one_of(
        {jobq::IfUnique::kAnswer, jobq::IfUnique::kRefuse, jobq::IfUnique::kReplace});
  }
  add_groups(job);
  return job;
}

GetJob Generator::get(const Model& model) {
  GetJob made = asking<GetJob>(model);
  const ModelDatasource* found = find(model, made.datasource);
  made.with_attempts = random_.percent(40);
  made.with_request = random_.percent(40);
  if (random_.percent(60)) {
    made.wait = random_.one_of({1ms, 200ms, 60'000ms});
    made.until_final = random_.percent(30);
  }
  if (found != nullptr && random_.percent(50)) {
    for (const ModelJob& job : found->jobs) {
      if (job.facts.job == made.job) {
        made.seen = job.facts.changed - (random_.percent(20) ? 1 : 0);
      }
    }
  }
  return made;
}

ListJobs Generator::list(const Model& model) {
  ListJobs made{.datasource = datasource(), .client = {}, .function = {}, .tag = {}, .text = {}};
  const ModelDatasource* found = find(model, made.datasource);
  if (random_.percent(50)) {
    made.client = client();
  }
  if (found != nullptr && random_.percent(40)) {
    made.cursor = random_.below(found->last_sequence + 2);
  }
  made.limit = random_.one_of({1u, 2u, 5u, 1000u});
  made.statuses =
      random_.percent(60) ? kAnyStatus : static_cast<std::uint8_t>(1 + random_.below(127));
  made.function = random_.percent(20) ? maybe_function() : "";
  made.tag = random_.percent(20) ? maybe_tag() : "";
  made.text = random_.percent(20) ? random_.one_of({"a", "bb", "c\""}) : "";
  made.flagged = keeping_.is_on && keeping_.random.percent(20);
  made.is_export = made.text.empty() && random_.percent(20);
  return made;
}

Command Generator::cancel(const Model& model) {
  if (is_long_lived_ && random_.percent(95)) {
    return get(model);
  }
  return asking<Cancel>(model);
}

ReadLog Generator::read_log(const Model& model) {
  auto made = asking<ReadLog>(model);
  made.after = random_.one_of({0u, 0u, 1u, 3u, 700u, 5000u});
  made.limit = random_.one_of({1u, 2u, 100u, 1000u});
  return made;
}

// ---------------------------------------------------------------------------------------- workers

Accept Generator::accept(const Model& model) {
  Accept made{.datasource = datasource(), .worker = worker(), .functions = some(functions_, 2)};
  made.request_number = request_number(find(model, made.datasource), made.worker);
  made.max = random_.one_of({1u, 1u, 2u, 5u});
  made.lease = random_.one_of({0ms, 100ms, 1000ms, 5000ms, 60'000ms, 600'000ms});
  made.wait = random_.percent(40) ? random_.one_of({1ms, 500ms, 60'000ms}) : 0ms;
  add_about(made);
  return made;
}

Renew Generator::renew(const Model& model) {
  Renew made{.datasource = busy_datasource(model), .leases = {}, .worker = {}};
  const ModelDatasource* found = find(model, made.datasource);
  made.lease = random_.one_of({0ms, 100ms, 5000ms, 60'000ms, 600'000ms});
  if (random_.percent(60)) {
    made.worker = worker();
    made.wait = random_.percent(50) ? random_.one_of({1ms, 500ms, 60'000ms}) : 0ms;
    made.seen =
        found != nullptr && random_.percent(50) ? random_.below(found->last_sequence + 1) : 0;
    made.order = known_order();
  }
  const int count = made.worker.empty() ? 1 + random_.below(3) : random_.below(3);
  for (int i = 0; i < count; ++i) {
    made.leases.push_back(lease(found));
  }
  return made;
}

Update Generator::update(const Model& model) {
  Update made{busy_datasource(model), {}};
  const ModelDatasource* found = find(model, made.datasource);
  const int count = 1 + (random_.percent(30) ? random_.below(4) : 0);
  for (int i = 0; i < count; ++i) {
    if (random_.percent(2)) {
      made.outcomes.emplace_back(malformed());
    } else {
      made.outcomes.emplace_back(outcome(found));
    }
  }
  return made;
}

Outcome Generator::outcome(const ModelDatasource* found) {
  Outcome made{lease(found), AckCancel{}};
  const ModelJob* job = nullptr;
  for (std::size_t i = 0; found != nullptr && i < found->jobs.size(); ++i) {
    job = found->jobs[i].facts.job == made.lease.job ? &found->jobs[i] : job;
  }
  const bool goes_on = is_long_lived_ && random_.percent(95);
  const unsigned kind = goes_on ? random_.one_of({30u, 45u, 80u, 90u}) : random_.below(100u);
  if (kind < 18) {
    made.report = Completed{random_.one_of({std::string("1"), std::string("\"done\"")})};
  } else if (kind < 24) {
    made.report = Failed{failure()};
  } else if (kind < 40) {
    made.report = Retry{failure(), random_.percent(70) ? 0ms : random_.one_of({1ms, 20'000ms})};
  } else if (kind < 54) {
    made.report = Release{random_.percent(70) ? 0ms : random_.one_of({1ms, 20'000ms}),
                          random_.percent(50) ? "draining" : ""};
  } else if (kind < 58) {
    made.report = Forbidden{failure()};
  } else if (kind < 64) {
    made.report = AckCancel{};
  } else if (kind < 74) {
    made.report =
        Progress{random_.one_of({0.f, 0.25f, 1.f}), random_.percent(50) ? "half way" : ""};
  } else if (kind < 84) {
    made.report = write_log(job);
  } else {
    AcceptOne one{.worker = worker(), .lease = random_.one_of({0ms, 100ms, 60'000ms})};
    one.request_number = request_number(found, one.worker);
    if (found != nullptr && !found->jobs.empty()) {
      made.lease.job = found->jobs[random_.below(found->jobs.size())].facts.job;
    }
    made.report = one;
  }
  add_left(made);
  return made;
}

Log Generator::write_log(const ModelJob* job) {
  Log made;
  const int count = random_.percent(is_long_lived_ ? 30 : 4) ? 400 : 1 + random_.below(3);
  for (int i = 0; i < count; ++i) {
    made.lines.push_back({random_.one_of({LogLevel::kInfo, LogLevel::kError}),
                          "line " + std::to_string(random_.below(10))});
  }
  if (random_.percent(60)) {
    const std::uint32_t told = job == nullptr ? 0 : job->told;
    made.first = random_.percent(60) ? told + 1 : 1 + random_.below(told + 2);
  }
  return made;
}

// --------------------------------------------------------------------------------- who minds them

ReadRequests Generator::read_requests(const Model& model) {
  ReadRequests made{
      .datasource = datasource(), .since = {}, .client = {}, .function = {}, .tag = {}};
  const ModelDatasource* found = find(model, made.datasource);
  made.latest = random_.percent(25);
  made.limit = random_.one_of({1u, 3u, 1000u});
  if (!made.latest && random_.percent(50)) {
    made.since = last_change(found) - random_.one_of({0ms, 1ms, 1000ms, 100'000ms});
  } else if (!made.latest && found != nullptr) {
    made.cursor = random_.below(found->last_sequence + 2);
  }
  made.client = random_.percent(20) ? client() : "";
  made.function = random_.percent(20) ? maybe_function() : "";
  made.tag = random_.percent(20) ? maybe_tag() : "";
  return made;
}

Configure Generator::configure() {
  Configure made{datasource(), {}};
  DatasourceConfig& config = made.config;
  made.registers = random_.percent(30);
  config.item = std::string(random_.one_of({0u, 0u, 7u, 30u}), 'i');
  config.description = random_.percent(30) ? "a description" : "";
  config.priority = random_.one_of({0u, 40u});
  config.terms = said_terms(15);
  config.lease = random_.one_of({0ms, 0ms, 200ms, 5000ms});
  config.cancel_grace = random_.one_of({0ms, 1ms, 300ms, 5000ms});
  config.waiting_max = random_.one_of({0u, 0u, 4u, 12u});
  config.waiting_per_client_max = random_.one_of({0u, 0u, 2u});
  config.running_max = random_.one_of({0u, 0u, 1u, 3u});
  config.key_running_max = random_.one_of({0u, 0u, 1u, 2u});
  for (const std::string& name : some(clients_, 3)) {
    config.weights.push_back({name, random_.one_of({1u, 2u, 3u})});
  }
  for (const std::string& function : some(functions_, 3)) {
    config.costs.push_back({function, random_.one_of({1u, 2u, 7u})});
  }
  add_rates(config);
  return made;
}

SetMode Generator::set_mode(const Model& model) {
  // Little happens in the other modes.
  for (const ModelDatasource& any : model.datasources()) {
    if (any.mode != Mode::kRunning && random_.percent(80)) {
      return {any.name, Mode::kRunning};
    }
  }
  return {datasource(), random_.one_of({Mode::kRunning, Mode::kPaused, Mode::kDraining})};
}

Peek Generator::peek() { return {datasource(), some(functions_, 2)}; }

GetDatasourceStats Generator::stats() { return {random_.percent(70) ? datasource() : ""}; }

Remove Generator::remove(const Model& model) {
  const auto asked = asking<Cancel>(model);
  return {asked.datasource, asked.job};
}

Restart Generator::restart(const Model& model) {
  const auto asked = asking<Cancel>(model);
  return {asked.datasource, asked.job, random_.percent(50) ? job_id() : ""};
}

Edit Generator::edit(const Model& model) {
  const auto asked = asking<Cancel>(model);
  Edit made{.datasource = asked.datasource, .job = asked.job, .request = {}};
  made.priority = random_.one_of({std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{50}});
  made.valid_for = random_.one_of({0ms, 0ms, 1ms, 1000ms});
  made.request = random_.percent(40) ? text() : "";
  return made;
}

// --------------------------------------------------------------------------------------- watchers

Subscribe Generator::subscribe(const Model& model) {
  Subscribe made = asking<Subscribe>(model);
  if (random_.percent(60)) {
    made.job.clear();
  }
  made.limit = random_.one_of({1u, 3u, 1000u});
  made.no_snapshot = random_.percent(20);
  return made;
}

ReadEvents Generator::read_events(const Model& model) {
  ReadEvents made = asking<ReadEvents>(model);
  if (random_.percent(70)) {
    made.job.clear();
  }
  if (const ModelDatasource* found = find(model, made.datasource)) {
    const Sequence last = found->last_sequence;
    made.after = random_.one_of({Sequence{0}, last, last, last - random_.below(last + 1),
                                 last - random_.below(last + 1), last + 1, found->oldest_event});
  }
  made.limit = random_.one_of({1u, 3u, 1000u});
  made.wait = random_.percent(50) ? random_.one_of({1ms, 500ms, 60'000ms}) : 0ms;
  return made;
}

ListTokens Generator::list_tokens() {
  return {random_.percent(50) ? "" : random_.one_of(tokens_), random_.one_of({1u, 2u, 1000u})};
}

RevokeToken Generator::revoke_token() {
  const Span from_now =
      random_.one_of({-1ms, 0ms, 1ms, 100ms, 1000ms, 60'000ms, 3'600'000ms, 86'400'000ms});
  const std::string token = random_.percent(90) ? random_.one_of(tokens_) : "k2.unheard-of";
  // For ever is until the key is retired.
  return {token, {random_.percent(10) ? Time() : now_ + from_now}};
}

Redrive Generator::redrive() {
  Redrive made{.datasource = datasource(), .client = {}, .function = {}, .tag = {}};
  made.client = random_.percent(20) ? client() : "";
  made.function = random_.percent(20) ? maybe_function() : "";
  made.tag = random_.percent(20) ? maybe_tag() : "";
  made.statuses = random_.one_of(
      {kRestartable, static_cast<std::uint8_t>(1u << static_cast<unsigned>(Status::kFailed))});
  made.limit = random_.one_of({1u, 3u, 1000u});
  made.cursor = random_.percent(20) ? random_.below(50u) : 0;
  return made;
}

// Jobs that there are, mostly into another datasource.
Command Generator::import(const Model& model) {
  const ModelDatasource* from = find(model, busy_datasource(model));
  if (from == nullptr || from->jobs.empty()) {
    return list(model);
  }
  Import made{datasource(), {}};
  const int count = 1 + random_.below(3);
  for (int i = 0; i < count; ++i) {
    jobq::JobStatus job = model.exported(from->jobs[random_.below(from->jobs.size())]);
    job.job = random_.percent(50) ? job_id() : job.job;
    job.parent = job.child = "";
    if (random_.percent(10)) {
      job.content = std::string(32, random_.one_of({'a', 'b'}));
    }
    made.jobs.emplace_back(std::move(job));
  }
  if (random_.percent(5)) {
    made.jobs.emplace_back(malformed());
  }
  return made;
}

std::uint64_t Generator::request_number(const ModelDatasource* found, const std::string& name) {
  std::uint64_t number = 0;
  if (found != nullptr) {
    for (const ModelWorker& known : found->workers) {
      number = known.name == name ? known.request_number : number;
    }
  }
  const unsigned kind = random_.below(100u);
  if (kind < 15 && number > 0) {
    return number;
  }
  if (kind < 20 && number > 1) {
    return number - 1;
  }
  return number + 1 + random_.below(3u);
}

}  // namespace store::sim

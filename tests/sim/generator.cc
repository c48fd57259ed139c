#include "generator.h"

#include <algorithm>

namespace store::sim {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> names(const char* prefix, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back(prefix + std::to_string(i));
  }
  return names;
}

}  // namespace

const ModelDatasource* find(const Model& model, const std::string& name) {
  for (const ModelDatasource& datasource : model.datasources()) {
    if (datasource.name == name) {
      return &datasource;
    }
  }
  return nullptr;
}

Limits small_limits(std::uint64_t seed) {
  Random random(seed ^ 0x1157);
  Limits limits;
  limits.accept_bytes_max = random.one_of({20u, 60u, 4000u});
  limits.items_max = 4;
  limits.datasources_max = 3;
  limits.jobs_live_max = random.one_of({8u, 40u, 100u});
  limits.finished_max = random.one_of({2u, 15u, 60u});
  limits.workers_max = random.one_of({2u, 4u, 100u});
  limits.waiters_max = random.one_of({2u, 6u, 100u});
  limits.waiters_per_client_max = random.one_of({1u, 3u});
  limits.list_scan_max = random.one_of({3u, 10u, 1000u});
  limits.search_scan_max = random.one_of({2u, 10u});
  limits.scan_per_turn_max = random.one_of({5u, 1000u});
  limits.ahead_counted_max = random.one_of({3u, 1000u});
  limits.expirations_per_turn_max = random.one_of({1, 3, 1000});
  if (random.percent(50)) {
    limits.defaults.lease = 2s;
    limits.defaults.cancel_grace = 1s;
    limits.defaults.running_max = random.one_of({0u, 3u});
    limits.defaults.waiting_max = random.one_of({0u, 9u});
    limits.defaults.waiting_per_client_max = random.one_of({0u, 4u});
    limits.defaults.terms.timeout = random.one_of({0ms, 3000ms});
    limits.defaults.terms.releases_max = random.one_of({0u, 3u});
  }
  // In lives that the older ones of seeds.txt are none of.
  if ((seed & 2) != 0 && seed % 3 != 2) {
    limits.datasources_per_token_max = random.one_of({1u, 2u});
    limits.config_bytes_max = random.one_of({150u, 400u});
    limits.config_bytes_per_token_max = random.one_of({80u, 200u});
    limits.catalogue_bytes_max = random.one_of({40u, 90u});
    limits.catalogue_bytes_per_token_max = random.one_of({20u, 60u});
    limits.waiters_per_token_max = random.one_of({1u, 3u});
    limits.waiter_bytes_max = random.one_of({2500u, 9000u});
    limits.waiter_bytes_per_token_max = random.one_of({900u, 5000u});
    limits.name_bytes_max = random.one_of({7000u, 12'000u});
    limits.name_bytes_per_token_max = random.one_of({3000u, 6000u});
    limits.workers_of_all_max = random.one_of({3u, 6u, 100u});
    limits.revocations_max = 2;
  }
  limits.jobs_live_per_token_max = limits.jobs_live_max;
  if (seed % 7 == 3) {
    limits.jobs_live_per_token_max = Random(seed ^ 0x10b5).one_of({5u, 30u});
    limits.flow_steps_per_turn_max = 2;
    limits.after_response_bytes_max = 20;
  }
  Keeping(seed).set_limits(limits);
  return limits;
}

Generator::Generator(std::uint64_t seed, const Limits& limits, Faults faults)
    : random_(seed),
      faults_(seed ^ 0xfa17),
      more_faults_(seed ^ 0xfa18),
      scheduling_(seed ^ 0x5c4ed),
      flows_(seed ^ 0xf105),
      has_schedules_((seed & 3) == 3 && seed % 3 != 2),
      registering_(seed ^ 0xf0c7),
      has_functions_(seed % 7 == 0 || seed % 35 == 17),
      admitting_(seed ^ 0xad317),
      has_admissions_(seed % 21 == 0),
      has_flows_(seed % 7 == 0 || seed % 7 == 3),
      keeping_(seed),
      listing_(seed ^ 0x1157),
      has_lists_(seed % 5 == 1),
      has_(faults),
      limits_(limits) {
  datasources_ = names("d", random_.one_of({1u, 2u, 4u}));
  clients_ = names("c", random_.one_of({1u, 2u, 5u}));
  workers_ = names("w", random_.one_of({1u, 3u, 7u}));
  functions_ = names("f", random_.one_of({1u, 3u}));
  tokens_ = {"k0.a", "k0.b", "k1.a", "k1.b"};
  callers_ = callers();
  job_ids_ = random_.one_of({3, 12, 60});
  is_long_lived_ = random_.percent(20);
}

Step Generator::next(const World& world) {
  Step step;
  step.advance = advance(world);
  now_ = world.now() + step.advance;
  step.chance = random_.next();
  const int count = random_.percent(3) ? 12 : random_.below(4);
  for (int i = 0; i < count; ++i) {
    step.requests.push_back(request(world.model()));
  }
  if (random_.percent(2)) {
    step.forgets_of = random_.below(3u);
    step.forgets_percent = random_.one_of({30u, 70u, 100u});
  }
  step.retires_key =
      random_.percent(1) ? random_.one_of({std::string("k0"), std::string("k1")}) : "";
  step.peers_are_gone = random_.percent(3);
  step.writes_checkpoint = random_.percent(6);
  step.flushes_checkpoint = step.writes_checkpoint && random_.percent(40);
  step.trims_journal = step.flushes_checkpoint && random_.percent(50);
  if (random_.percent(2)) {
    step.end = random_.one_of({Step::End::kNone, Step::End::kStop, Step::End::kCrash,
                               Step::End::kCrash, Step::End::kCrashBeforeCommit});
    step.down = advance(world);
    step.lost_percent = random_.one_of({0u, 50u, 100u, random_.below(101u)});
  }
  if (has_ != Faults::kNone) {
    add_faults(step, world);
  }
  if (has_ == Faults::kAll) {
    add_more_faults(step);
  }
  return step;
}

void Generator::add_faults(Step& step, const World& world) {
  const bool crashes = step.end == Step::End::kCrash || step.end == Step::End::kCrashBeforeCommit;
  if (faults_.percent(crashes ? 40 : 1)) {
    step.end = Step::End::kCrashInCommit;
    step.lost_percent = faults_.below(101u);
  }
  step.is_sync_slow = faults_.percent(30);
  step.keeps_commit = faults_.percent(50);
  step.restarts_machine = step.end != Step::End::kNone && faults_.percent(30);
  if (faults_.percent(1)) {
    step.clock_jump =
        faults_.one_of<Span>({-world.clock().wrong(), -world.clock().wrong(), 700ms, 5s, 10min, 30h,
                              24h * 3650, -700ms, -10s, -1h, -24h * 365});
  }
  if (gone_for_ == 0 && faults_.percent(2)) {
    gone_ = some(workers_, workers_.size());
    gone_for_ = 1 + faults_.below(6);
  }
  if (gone_for_ > 0) {
    step.gone = gone_;
    --gone_for_;
  }
}

void Generator::add_more_faults(Step& step) {
  step.is_outage = more_faults_.percent(step.advance > 1s ? 40 : 2);
  step.gives_leases_back = more_faults_.percent(70);
  step.sync_fails = step.is_sync_slow && more_faults_.percent(4);
  for (std::uint64_t peer = 0; more_faults_.percent(10) && peer < 3; ++peer) {
    step.vanished.push_back(more_faults_.below(Step::kPeers));
  }
  if (step.end != Step::End::kNone && more_faults_.percent(20)) {
    step.torn_percent = more_faults_.below(100u);
  }
}

std::vector<Caller> Generator::callers() {
  // In some lives nobody is limited, in some everybody.
  const unsigned limited_percent = random_.one_of({0u, 30u, 100u});
  std::vector<Caller> callers;
  for (int i = 0; i < 6; ++i) {
    callers.push_back(
        {random_.one_of(tokens_), random_.percent(limited_percent) ? allowance() : Allowance()});
  }
  callers.push_back({});
  return callers;
}

Allowance Generator::allowance() {
  Allowance made;
  const auto says = [&] { return random_.percent(25); };
  made.priority_max =
      says() ? std::optional(random_.one_of({std::uint8_t{0}, std::uint8_t{50}})) : std::nullopt;
  made.bytes_max = says() ? std::optional(random_.one_of({3u, 17u})) : std::nullopt;
  made.valid_for_max = says() ? random_.one_of({Span(1), Span(30'000)}) : Span::zero();
  made.waiting_max = says() ? std::optional(random_.one_of({0u, 1u, 4u})) : std::nullopt;
  made.running_max = keeping_.is_on ? keeping_.random.one_of({0u, 0u, 1u, 2u}) : 0;
  for (std::size_t i = 0; i < kRateSpanCount; ++i) {
    if (says()) {
      made.rates.push_back({random_.one_of({0u, 1u, 3u, 10u, 50u}), static_cast<RateSpan>(i),
                            random_.one_of({0u, 1u, 1u << 30})});
    }
  }
  return made;
}

Request Generator::request(const Model& model) {
  const bool repeats = !earlier_.empty() && random_.percent(8);
  Command made = repeats ? random_.one_of(earlier_) : command(model);
  if (!repeats) {
    for (const auto& about : {about_schedules(), about_functions(), about_lists(model)}) {
      made = about ? *about : made;
    }
  }
  const Caller& caller = random_.one_of(callers_);
  if (auto* submit = std::get_if<Submit>(&made)) {
    submit->allowance = caller.allowance;
  } else if (auto* put = std::get_if<PutSchedule>(&made)) {
    put->allowance = caller.allowance;
  } else if (auto* list = std::get_if<ListFunctions>(&made); list && list->allowance) {
    list->allowance = caller.allowance;
  }
  if (earlier_.size() < 40) {
    earlier_.push_back(made);
  } else {
    earlier_[random_.below(earlier_.size())] = made;
  }
  return {++requests_, std::move(made), caller.token};
}

Span Generator::advance(const World& world) {
  const unsigned kind = random_.below(100u);
  if (kind < 50) {
    return 0ms;
  }
  if (kind < 85) {
    return Span(random_.below(20));
  }
  if (kind < 87) {
    return Span(random_.below(1000));
  }
  if (kind < 89) {
    return std::max(0ms, world.model().next_room() - world.now() + random_.one_of({-1ms, 0ms}));
  }
  const Time next = std::max(world.now(), world.next_deadline());
  if (kind < 95 && next < world.now() + 24h) {
    return std::max(0ms, next - world.now() + random_.one_of({-1ms, 0ms, 0ms, 1ms}));
  }
  if (kind < 98) {
    return Span(random_.below(60'000));
  }
  return Span(random_.percent(70) ? random_.below(3'600'000) : random_.below(172'800'000));
}

Command Generator::command(const Model& model) {
  struct Share {
    unsigned percent;
    Command (*make)(Generator& from, const Model& model);
  };
  static constexpr Share kShares[] = {
      {17, [](Generator& from, const Model& model) -> Command { return from.submit(model); }},
      {6, [](Generator& from, const Model& model) -> Command { return from.get(model); }},
      {2, [](Generator& from, const Model& model) -> Command { return from.list(model); }},
      {1, [](Generator& from, const Model& model) -> Command { return from.import(model); }},
      {1,
       [](Generator& from, const Model& model) -> Command { return CountJobs{from.list(model)}; }},
      {5, [](Generator& from, const Model& model) -> Command { return from.cancel(model); }},
      {2, [](Generator& from, const Model& model) -> Command { return from.read_log(model); }},
      {5,
       [](Generator& from, const Model& model) -> Command { return from.asking<Explain>(model); }},
      {15, [](Generator& from, const Model& model) -> Command { return from.accept(model); }},
      {5, [](Generator& from, const Model& model) -> Command { return from.renew(model); }},
      {16, [](Generator& from, const Model& model) -> Command { return from.update(model); }},
      {2, [](Generator& from, const Model& model) -> Command { return from.read_requests(model); }},
      {2, [](Generator& from, const Model& model) -> Command { return from.remove(model); }},
      {2, [](Generator& from, const Model& model) -> Command { return from.restart(model); }},
      {2, [](Generator& from, const Model& model) -> Command { return from.edit(model); }},
      {1, [](Generator& from, const Model&) -> Command { return from.configure(); }},
      {2, [](Generator& from, const Model& model) -> Command { return from.set_mode(model); }},
      {1, [](Generator& from, const Model&) -> Command { return from.redrive(); }},
      {2, [](Generator& from, const Model& model) -> Command { return from.subscribe(model); }},
      {4, [](Generator& from, const Model& model) -> Command { return from.read_events(model); }},
      {1, [](Generator& from, const Model&) -> Command { return from.peek(); }},
      {1, [](Generator& from, const Model&) -> Command { return from.stats(); }},
      {1, [](Generator& from, const Model&) -> Command { return ListWorkers{from.datasource()}; }},
      {1, [](Generator& from, const Model&) -> Command { return GetConfig{from.datasource()}; }},
      {1, [](Generator& from, const Model&) -> Command { return from.list_tokens(); }},
      {1, [](Generator& from, const Model&) -> Command { return from.revoke_token(); }},
      {1, [](Generator&, const Model&) -> Command { return ListConfigs{}; }}};
  constexpr std::size_t kOfSchedules = 4;  // about_schedules()
  constexpr std::size_t kOfFunctions = 5;  // about_functions(), about_state()
  constexpr std::size_t kOfLists = 5;      // about_lists()
  constexpr std::size_t kOfCode = 4;       // none is made of these
  static_assert(std::size(kShares) + kOfSchedules + kOfFunctions + kOfLists + kOfCode ==
                std::variant_size_v<Command>);
  unsigned at = random_.below(100u);
  for (const Share& share : kShares) {
    if (at < share.percent) {
      return share.make(*this, model);
    }
    at -= share.percent;
  }
  return ListConfigs{};
}

// ------------------------------------------------------------------------------------------ values

std::string Generator::maybe_function() {
  return random_.percent(40) ? "" : random_.one_of(functions_);
}

std::string Generator::maybe_tag() {
  return random_.percent(60) ? "" : random_.one_of({std::string("t0"), std::string("t1")});
}

std::vector<std::string> Generator::some(const std::vector<std::string>& from, std::size_t most) {
  std::vector<std::string> chosen;
  for (const std::string& name : from) {
    if (chosen.size() < most && random_.percent(25)) {
      chosen.push_back(name);
    }
  }
  return chosen;
}

std::string Generator::text() {
  const char letter = static_cast<char>('a' + random_.below(3));
  return '"' + std::string(random_.one_of({1u, 2u, 15u, 300u}), letter) + '"';
}

Terms Generator::said_terms(unsigned percent) {
  Terms terms;
  const auto says = [&] { return random_.percent(percent); };
  terms.keep_for = says() ? random_.one_of({1ms, 1000ms, 60'000ms, 86'400'000ms}) : 0ms;
  terms.valid_for = says() ? random_.one_of({1ms, 100ms, 5000ms, 600'000ms}) : 0ms;
  terms.timeout = says() ? random_.one_of({100ms, 1000ms, 60'000ms}) : 0ms;
  terms.failures_max = says() ? random_.one_of({1u, 2u, 4u}) : 0;
  terms.lost_leases_max = says() ? random_.one_of({1u, 2u, 4u}) : 0;
  terms.releases_max = says() ? random_.one_of({1u, 2u, 4u}) : 0;
  if (is_long_lived_) {
    terms.failures_max = terms.lost_leases_max = 1000;
    terms.releases_max = 0;
    terms.valid_for = 0ms;
  }
  if (says()) {
    terms.backoff = backoff();
  }
  add_soft_limits(terms);
  return terms;
}

Backoff Generator::backoff() {
  const Span initial = random_.one_of({0ms, 1ms, 100ms, 5000ms});
  return {.initial = initial,
          .max = initial + random_.one_of({0ms, 50ms, 100'000ms}),
          .factor_percent = random_.one_of({100u, 150u, 200u, 10'000u}),
          .jitter_percent = random_.one_of({std::uint8_t{0}, std::uint8_t{20}, std::uint8_t{100}})};
}

JobError Generator::failure() {
  return {random_.one_of({std::string("exit-1"), std::string("exit-2")}),
          random_.percent(50) ? "a message" : "", random_.percent(50) ? "a detail" : ""};
}

std::string Generator::busy_datasource(const Model& model) {
  std::string name;
  for (int tries = 0; tries < 4; ++tries) {
    name = datasource();
    const ModelDatasource* found = find(model, name);
    if (found != nullptr && found->running() > 0) {
      break;
    }
  }
  return name;
}

Lease Generator::lease(const ModelDatasource* found) {
  if (found == nullptr || found->jobs.empty() || random_.percent(5)) {
    return {job_id(), random_.below(3u)};
  }
  const ModelJob* job = nullptr;
  // Mostly one that somebody has.
  for (int tries = 0; tries < 12; ++tries) {
    job = &found->jobs[random_.below(found->jobs.size())];
    if (job->status() == Status::kAccepted) {
      break;
    }
  }
  const std::uint32_t attempt = job->facts.attempt;
  return {job->facts.job, random_.percent(92) ? attempt : attempt + random_.one_of({1u, ~0u})};
}

}  // namespace store::sim

// What attempts and functions keep, of chance of its own: lives without are as they were.
#include "generator.h"

namespace store::sim {

void Keeping::set_limits(Limits& limits) const {
  if (!is_on) {
    return;
  }
  Random random(seed ^ 0x57a7e2);
  limits.states_max = random.one_of({2u, 5u, 100u});
  limits.states_per_token_max = random.one_of({1u, 100u});
  limits.state_bytes_max = random.one_of({400u, 1000u, 2500u});
  limits.state_bytes_per_token_max = random.one_of({600u, 100'000u});
  limits.state_values_max = random.one_of({2u, 64u});
  limits.checkpoints_bytes_max = random.one_of({12u, 60u, 100'000u});
  limits.checkpoints_bytes_per_token_max = random.one_of({9u, 40u, 100'000u});
}

std::optional<Command> Generator::about_state() {
  if (!keeping_.is_on || !keeping_.random.percent(6)) {
    return std::nullopt;
  }
  Random& random = keeping_.random;
  const std::string datasource = random.one_of(datasources_);
  if (random.percent(50)) {
    const bool is_of_one = random.percent(60);
    return ReadState{datasource,
                     {.function = is_of_one ? random.one_of(functions_) : "",
                      .after = is_of_one || random.percent(60) ? "" : random.one_of(functions_),
                      .limit = random.one_of({1u, 2u, 100u})}};
  }
  ChangeState made{datasource, {.function = random.one_of(functions_)}};
  made.change.removes_all = random.percent(15);
  for (int i = made.change.removes_all ? 1 : 0; i < 2; ++i) {
    made.change.changes.push_back(state_change());
    if (made.change.changes.back().how == jobq::ChangeHow::kAdd) {
      made.change.changes.back().how = jobq::ChangeHow::kMax;
    }
  }
  return made;
}

jobq::StateChange Generator::state_change() {
  using jobq::ChangeHow;
  Random& random = keeping_.random;
  jobq::StateChange change{.name = random.one_of({"n", "m", "t"})};
  change.how = random.one_of({ChangeHow::kSet, ChangeHow::kAdd, ChangeHow::kAdd, ChangeHow::kMin,
                              ChangeHow::kMax, ChangeHow::kRemove});
  if (change.how == ChangeHow::kSet) {
    change.value = random.one_of({"a text", "7", "-9223372036854775808"});
  } else if (change.how != ChangeHow::kRemove) {
    change.number = random.one_of<std::int64_t>({1, -1, 5, 0, INT64_MAX, INT64_MIN});
  }
  return change;
}

void Generator::add_soft_limits(Terms& terms) {
  using namespace std::chrono_literals;
  if (!keeping_.is_on) {
    return;
  }
  Random& random = keeping_.random;
  const auto says = [&] { return random.percent(25); };
  terms.slow_after = says() ? random.one_of<Span>({1ms, 50ms, 2000ms, 60'000ms}) : 0ms;
  terms.stall_after =
      random.percent(60) ? random.one_of<Span>({1ms, 50ms, 2000ms, 60'000ms, 3600s, 3600s}) : 0ms;
  terms.stall_fails = says();
  terms.defer_max = says() ? random.one_of<Span>({1ms, 1000ms, 60'000ms}) : 0ms;
  terms.labels = says() ? labels() : std::vector<std::string>();
}

void Generator::add_groups(NewJob& job) {
  if (!keeping_.is_on) {
    return;
  }
  job.group = keeping_.random.one_of({"", "", "g", "h"});
  job.turn_key = keeping_.random.percent(40) ? "k" : job.turn_key;
  if (keeping_.random.percent(20)) {
    job.after_group = job.group == "g" ? "h" : "g";
  }
}

std::vector<std::string> Generator::maybe_labels() {
  return keeping_.is_on && keeping_.random.percent(50) ? labels() : std::vector<std::string>();
}

std::vector<std::string> Generator::labels() {
  return keeping_.random.one_of<std::vector<std::string>>({{"gpu"}, {"gpu", "host=a"}, {"host=a"}});
}

void Generator::add_rates(DatasourceConfig& config) {
  if (!keeping_.is_on) {
    return;
  }
  using namespace std::chrono_literals;
  Random& random = keeping_.random;
  if (random.percent(40)) {
    config.function_limits = {{random.one_of(functions_), 1}, {"of none", 2}};
  }
  const auto rate = [&] { return std::string(random.one_of({"", "", "2/s", "1/m", "3/h"})); };
  config.start_rate = random.percent(40) ? rate() : "";
  config.key_start_rate = rate();
  if (random.percent(30)) {
    config.function_rates = {{random.one_of(functions_), "1/s"}, {"of none", "1/d"}};
  }
  config.ageing = random.one_of<Span>({0ms, 0ms, 1000ms, 60'000ms});
}

void Generator::add_left(Outcome& outcome) {
  if (!keeping_.is_on) {
    return;
  }
  const bool goes_on = std::holds_alternative<Progress>(outcome.report);
  const bool may_go_on = goes_on || std::holds_alternative<Retry>(outcome.report) ||
                         std::holds_alternative<Release>(outcome.report);
  const bool ends = !goes_on && !std::holds_alternative<Log>(outcome.report) &&
                    !std::holds_alternative<AcceptOne>(outcome.report);
  if (may_go_on && keeping_.random.percent(50)) {
    outcome.checkpoint = std::string(keeping_.random.one_of({0u, 1u, 8u, 30u}), 'p');
  }
  for (int i = 0; ends && i < 3 && keeping_.random.percent(40); ++i) {
    outcome.state.push_back(state_change());
  }
}

}  // namespace store::sim

#include "record_fields.h"

#include <cstring>

#include "field_tables.h"

namespace store {

RECORD(ScheduleRun) {
  FIELD(added_at, AddedAt);
  FIELD(slot, Slot);
  FIELD(due, Due);
  FIELD(is_paused, IsPaused);
  FIELD(is_token_over, IsTokenOver);
  OPTIONAL(paused_why, PausedWhy);
  FIELD(runs, Runs);
  OPTIONAL(last_job, LastJob);
  FIELD(last_sequence, LastSequence);
  FIELD(last_slot, LastSlot);
  FIELD(last_at, LastAt);
  FIELD(last_status, LastStatus);
  FIELD(last_ended_at, LastEndedAt);
  FIELD(skipped_at, SkippedAt);
  OPTIONAL(skipped_why, SkippedWhy);
}
RECORD(RateLimit) {
  FIELD(count, Count);
  FIELD(span, Span);
  FIELD(budget, Budget);
}
RECORD(UseWindow::Part) {
  FIELD(number, Number);
  FIELD(count, Count);
}

void write(const Attempt& attempt, record::Attempt::Builder out) {
  write<Attempt, record::Attempt::Builder>(attempt, out);
  out.setCode(text(attempt.error.code));
  out.setMessage(text(attempt.error.message));
}
void read(record::Attempt::Reader in, Attempt& attempt) {
  read<record::Attempt::Reader, Attempt>(in, attempt);
  attempt.error = {text_of(in.getCode()), text_of(in.getMessage()), {}};
}

void write(const Terms& terms, record::Terms::Builder out) {
  write<Terms, record::Terms::Builder>(terms, out);
  if (terms.backoff) {
    write(*terms.backoff, out);
  }
}
void read(record::Terms::Reader in, Terms& terms) {
  read<record::Terms::Reader, Terms>(in, terms);
  read(in, terms.backoff.emplace());
}

void write(const DatasourceConfig& config, record::DatasourceConfig::Builder out) {
  write<DatasourceConfig, record::DatasourceConfig::Builder>(config, out);
  out.setHasBackoff(config.terms.backoff.has_value());
}
void read(record::DatasourceConfig::Reader in, DatasourceConfig& config) {
  read<record::DatasourceConfig::Reader, DatasourceConfig>(in, config);
  if (!in.getHasBackoff()) {
    config.terms.backoff.reset();
  }
}

// Without ageing a level is a priority.
void write(const Rotation& turn, record::Stamp::Builder out) {
  write<Rotation, record::Stamp::Builder>(turn, out);
  if (turn.level > 0 && turn.level <= UINT8_MAX) {
    out.setPriority(static_cast<std::uint8_t>(turn.level));
  } else {
    out.setLevel(turn.level);
  }
}
void read(record::Stamp::Reader in, Rotation& turn) {
  read<record::Stamp::Reader, Rotation>(in, turn);
  turn.level = in.getPriority() != 0 ? in.getPriority() : in.getLevel();
}

void write(const std::vector<Rotation>& turns, record::Rotation::Builder out) {
  write_list(turns, out.initStamps(static_cast<unsigned>(turns.size())));
}
void read(record::Rotation::Reader in, std::vector<Rotation>& turns) {
  read_list(in.getStamps(), turns);
}

void write(const TokenUse& use, record::TokenUse::Builder out) {
  auto windows = out.initWindows(kRateSpanCount);
  for (unsigned i = 0; i < kRateSpanCount; ++i) {
    if (use.windows[i]) {
      const auto& parts = use.windows[i]->parts();
      windows[i].setIsCounted(true);
      write_list(parts, windows[i].initParts(static_cast<unsigned>(parts.size())));
    }
  }
  if (use.revoked) {
    out.setIsRevoked(true);
    out.setRevokedUntil(ms(use.revoked->until));
  }
}

void read(record::TokenUse::Reader in, TokenUse& use) {
  const auto windows = in.getWindows();
  for (unsigned i = 0; i < std::min<std::size_t>(windows.size(), kRateSpanCount); ++i) {
    if (windows[i].getIsCounted()) {
      std::vector<UseWindow::Part> parts;
      read_list(windows[i].getParts(), parts);
      use.windows[i].emplace(static_cast<RateSpan>(i), std::move(parts));
    }
  }
  if (in.getIsRevoked()) {
    use.revoked = Revocation{time_of(in.getRevokedUntil())};
  }
}

std::vector<capnp::word> words_of(std::string_view record) {
  std::vector<capnp::word> words(record.size() / sizeof(capnp::word));
  if (!words.empty()) {
    std::memcpy(words.data(), record.data(), words.size() * sizeof(capnp::word));
  }
  return words;
}

void write(const ScheduleRun& run, record::ScheduleRun::Builder out) {
  write<ScheduleRun, record::ScheduleRun::Builder>(run, out);
}
void read(record::ScheduleRun::Reader in, ScheduleRun& run) {
  read<record::ScheduleRun::Reader, ScheduleRun>(in, run);
}

namespace {

// Fields of a record of its own, or of a schedule's. Each number is one more there, since 0 is no
// limit.
template <typename Builder>
void write_allowance(const Allowance& allowance, Builder out) {
  const auto one_more = [](const auto& limit) { return limit ? *limit + 1u : 0u; };
  out.setPriorityMax(static_cast<std::uint8_t>(one_more(allowance.priority_max)));
  out.setBytesMax(one_more(allowance.bytes_max));
  out.setWaitingMax(one_more(allowance.waiting_max));
  out.setRunningMax(allowance.running_max);
  out.setValidForMaxMs(ms(allowance.valid_for_max));
  if (!allowance.rates.empty()) {
    write_list(allowance.rates, out.initRates(static_cast<unsigned>(allowance.rates.size())));
  }
  if (!allowance.functions.empty()) {
    write_list(allowance.functions,
               out.initFunctions(static_cast<unsigned>(allowance.functions.size())));
  }
}
template <typename Reader>
Allowance read_allowance(Reader in) {
  Allowance allowance;
  const auto take_limit = [](auto& limit, auto stored) {
    if (stored != 0) {
      limit = static_cast<std::remove_reference_t<decltype(*limit)>>(stored - 1);
    }
  };
  take_limit(allowance.priority_max, in.getPriorityMax());
  take_limit(allowance.bytes_max, in.getBytesMax());
  take_limit(allowance.waiting_max, in.getWaitingMax());
  allowance.running_max = in.getRunningMax();
  allowance.valid_for_max = Span(in.getValidForMaxMs());
  read_list(in.getRates(), allowance.rates);
  read_list(in.getFunctions(), allowance.functions);
  return allowance;
}

}  // namespace

void write(const FollowUps::Followed& followed, record::FollowPlan::Builder out) {
  const std::vector<jobq::FollowUp>& then = followed.plan->then;
  jobq::wire::write_list(then, out.initThen(static_cast<unsigned>(then.size())));
  if (!followed.results.empty()) {
    write_list(followed.results, out.initResults(static_cast<unsigned>(followed.results.size())));
  }
  out.setToken(text(followed.plan->token));
  out.setTokenUntil(ms(followed.plan->token_until));
  write_allowance(followed.plan->allowance, out.initAllowance());
}
void read(record::FollowPlan::Reader in, FollowUps::Followed& followed) {
  auto plan = std::make_shared<FollowPlan>();
  jobq::wire::read_list(in.getThen(), plan->then, "then", [](std::string_view field) {
    throw StorageError("damaged record: a follow-up's " + std::string(field));
  });
  if (plan->then.empty()) {
    throw StorageError("damaged record: a plan of follow-ups without any");
  }
  read_list(in.getResults(), followed.results);
  plan->token = text_of(in.getToken());
  plan->token_until = time_of(in.getTokenUntil());
  plan->allowance = read_allowance(in.getAllowance());
  followed.plan = std::move(plan);
}

void write(const ScheduleState& state, record::Schedule::Builder out) {
  const auto& [schedule, allowance, token_until] = *state.plan;
  jobq::wire::write(schedule, out.initPlan());
  write(state.run, out.initRun());
  if (!state.token.empty()) {
    out.setToken(text(state.token));
  }
  out.setTokenUntil(ms(token_until));
  write_allowance(allowance, out);
}
void read(record::Schedule::Reader in, ScheduleState& state) {
  auto plan = std::make_shared<SchedulePlan>();
  jobq::wire::read(in.getPlan(), plan->schedule, [](std::string_view field) {
    throw StorageError("damaged record: a schedule's " + std::string(field));
  });
  if (plan->schedule.cron.empty() && plan->schedule.every <= Span::zero()) {
    throw StorageError("damaged record: a schedule without times");
  }
  plan->allowance = read_allowance(in);
  plan->token_until = time_of(in.getTokenUntil());
  state.plan = std::move(plan);
  state.token = text_of(in.getToken());
  read(in.getRun(), state.run);
}

void write(const FunctionState& state, record::Function::Builder out) {
  jobq::wire::write(*state.function, out.initFunction());
  out.setRegisteredAt(ms(state.registered_at));
  out.setChangedAt(ms(state.changed_at));
  if (!state.token.empty()) {
    out.setToken(text(state.token));
  }
}
void read(record::Function::Reader in, FunctionState& state) {
  auto function = std::make_shared<jobq::Function>();
  jobq::wire::read(in.getFunction(), *function, [](std::string_view) {});
  state.function = std::move(function);
  state.registered_at = time_of(in.getRegisteredAt());
  state.changed_at = time_of(in.getChangedAt());
  state.token = text_of(in.getToken());
}

void write(const FunctionValues& state, record::FunctionValues::Builder out) {
  write_list(state.values, out.initValues(static_cast<unsigned>(state.values.size())));
  out.setChangedAt(ms(state.changed_at));
  out.setPayer(text(state.payer));
}
void read(record::FunctionValues::Reader in, FunctionValues& state) {
  read_list(in.getValues(), state.values);
  state.changed_at = time_of(in.getChangedAt());
  state.payer = text_of(in.getPayer());
}

}  // namespace store

// Between record.capnp and our types: one line for each field, and the walk along these lines both
// ways. For the files that implement record.h only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record_table.h"

namespace store {

RECORD(JobError) {
  FIELD(code, Code);
  FIELD(message, Message);
  FIELD(detail, Detail);
}
RECORD(Payload) {
  FIELD(request, Request);
  OPTIONAL(trace, Trace);
}
RECORD(Backoff) {
  FIELD(initial, BackoffInitial);
  FIELD(max, BackoffMax);
  FIELD(factor_percent, BackoffFactorPercent);
  FIELD(jitter_percent, BackoffJitterPercent);
}
RECORD(Terms) {
  FIELD(keep_for, KeepFor);
  FIELD(valid_for, ValidFor);
  FIELD(timeout, Timeout);
  FIELD(failures_max, FailuresMax);
  FIELD(lost_leases_max, LostLeasesMax);
  FIELD(releases_max, ReleasesMax);
  FIELD(keep_failed_for, KeepFailedFor);
  FIELD(keep_cancelled_for, KeepCancelledFor);
  FIELD(keep_forbidden_for, KeepForbiddenFor);
  FIELD(slow_after, SlowAfter);
  FIELD(stall_after, StallAfter);
  FIELD(stall_fails, StallFails);
  FIELD(defer_max, DeferMax);
  OPTIONAL(labels, Labels);
}  // and the backoff

RECORD(jobq::Weight) {
  FIELD(client, Client);
  FIELD(weight, Weight);
}
RECORD(jobq::Cost) {
  FIELD(function, Function);
  FIELD(cost, Cost);
}
RECORD(jobq::FunctionLimit) {
  FIELD(function, Function);
  FIELD(running_max, RunningMax);
}
RECORD(jobq::FunctionRate) {
  FIELD(function, Function);
  FIELD(start_rate, StartRate);
}
RECORD(DatasourceConfig) {
  FIELD(description, Description);
  FIELD(priority, Priority);
  FIELD(terms, Terms);
  FIELD(lease, LeaseMs);
  FIELD(cancel_grace, CancelGraceMs);
  FIELD(waiting_max, WaitingMax);
  FIELD(waiting_per_client_max, WaitingPerClientMax);
  FIELD(running_max, RunningMax);
  FIELD(key_running_max, KeyRunningMax);
  FIELD(weights, Weights);
  OPTIONAL(costs, Costs);
  OPTIONAL(function_limits, FunctionLimits);
  OPTIONAL(start_rate, StartRate);
  OPTIONAL(function_rates, FunctionRates);
  OPTIONAL(key_start_rate, KeyStartRate);
  FIELD(ageing, AgeingMs);
  OPTIONAL(item, Item);
  FIELD(is_strict, IsStrict);
}  // and whether its terms have a backoff
RECORD(WorkerOrdered) {
  FIELD(worker, Worker);
  FIELD(order, Order);
}
RECORD(DatasourceState) {
  FIELD(config, Config);
  FIELD(mode, Mode);
  OPTIONAL(orders, Orders);
}
RECORD(Dependency) {
  FIELD(datasource, Datasource);
  FIELD(sequence, Sequence);
  OPTIONAL(id, Id);
  FIELD(any_end, AnyEnd);
  FIELD(end, End);
  FIELD(admits, Admits);
}
RECORD(FollowResult) {
  OPTIONAL(id, Id);
  OPTIONAL(refused, Refused);
}

// What is not a text, a struct or a list.
RECORD(Job) {
  FIELD(status, Status);
  FIELD(priority, Priority);
  FIELD(attempt, Attempt);
  FIELD(failures, Failures);
  FIELD(lost_leases, LostLeases);
  FIELD(releases, Releases);
  FIELD(request_bytes, RequestBytes);
  FIELD(response_bytes, ResponseBytes);
  FIELD(checkpoint_bytes, CheckpointBytes);
  FIELD(log_lines, LogLines);
  FIELD(attempt_log_lines, AttemptLogLines);
  FIELD(progress, Progress);
  FIELD(is_delayed, IsDelayed);
  FIELD(is_put_off, IsPutOff);
  FIELD(awaits_group, AwaitsGroup);
  FIELD(running_max, RunningMax);
  FIELD(is_held_back, IsHeldBack);
  FIELD(is_out_of_turn, IsOutOfTurn);
  FIELD(is_slow, IsSlow);
  FIELD(is_stalled, IsStalled);
  FIELD(started_at, StartedAt);
  FIELD(slow_at, SlowAt);
  FIELD(stall_at, StallAt);
  FIELD(changed, Changed);
  FIELD(cancel_sequence, CancelSequence);
  FIELD(request_number, RequestNumber);
  FIELD(submitted_at, SubmittedAt);
  FIELD(not_before, NotBefore);
  FIELD(expires_at, ExpiresAt);
  FIELD(accepted_at, AcceptedAt);
  FIELD(deadline, Deadline);
  FIELD(attempt_until, AttemptUntil);
  FIELD(cancel_requested_at, CancelRequestedAt);
  FIELD(cancel_until, CancelUntil);
  FIELD(finished_at, FinishedAt);
  OPTIONAL(content, ContentHash);
  OPTIONAL(outcome, OutcomeHash);
}
RECORD(jobq::StateValue) {
  FIELD(name, Name);
  FIELD(value, Value);
}
RECORD(Attempt) {
  FIELD(attempt, Attempt);
  FIELD(worker, Worker);
  FIELD(accepted_at, AcceptedAt);
  FIELD(ended_at, EndedAt);
  FIELD(ending, Ending);
}  // and its error, without detail

RECORD(LogLine) {
  FIELD(number, Number);
  FIELD(attempt, Attempt);
  FIELD(time, Time);
  FIELD(level, Level);
  FIELD(text, Text);
}
RECORD(Counters) {
  FIELD(submitted, Submitted);
  FIELD(runs, Runs);
  FIELD(complete, Complete);
  FIELD(failed, Failed);
  FIELD(cancelled, Cancelled);
  FIELD(forbidden, Forbidden);
  FIELD(errors, Errors);
  FIELD(releases, Releases);
  FIELD(waited, WaitMs);
  FIELD(ran, RunMs);
  FIELD(lost, Lost);
  FIELD(slow, Slow);
  FIELD(stalled, Stalled);
}
RECORD(Distribution::Class) {
  FIELD(number, Number);
  FIELD(count, Count);
}
RECORD(Rotation) {  // and the level
  FIELD(stamp, Stamp);
  FIELD(served, Served);
}
RECORD(Worker) {
  FIELD(request_number, RequestNumber);
  FIELD(heard_at, HeardAt);
  OPTIONAL(token, Token);
}
RECORD(CodeState) {
  FIELD(runtime, Runtime);
  FIELD(bytes, Bytes);
  FIELD(added_at, AddedAt);
  FIELD(used_at, UsedAt);
  OPTIONAL(token, Token);
}
RECORD(Marker::Row) {
  FIELD(name, Name);
  FIELD(last_sequence, LastSequence);
  FIELD(last_stamp, LastStamp);
  FIELD(oldest_event, OldestEvent);
  OPTIONAL(maker, Maker);
}
RECORD(Marker) {
  FIELD(time, Time);
  FIELD(datasources, Datasources);
  FIELD(is_paused, IsPaused);
  FIELD(order, Order);
}

// ------------------------------------------------------------------------------------- the walk

template <typename Enum>
inline constexpr std::size_t kValueCount = kCountOf<Enum>;
template <>
inline constexpr std::size_t kValueCount<Event::Kind> = Event::kKindCount;
template <>
inline constexpr std::size_t kValueCount<RateSpan> = kRateSpanCount;

// Throws StorageError when it is none of the enumeration's values.
template <typename Enum>
Enum enumeration_of(std::string_view what, std::uint8_t value) {
  if (value >= kValueCount<Enum>) {
    throw StorageError("damaged record: " + std::string(what) + " " + std::to_string(value));
  }
  return static_cast<Enum>(value);
}

template <typename T, typename Visit>
void each_record_field(T& value, const Visit& visit) {
  visit_record(RecordOf<std::remove_const_t<T>>(),
               [&](auto member, const auto& access) { visit(value.*member, access); });
}

template <typename T, typename Out>
void write(const T& value, Out out);
template <typename In, typename T>
void read(In in, T& value);

// What these records have beyond their tables.
void write(const Attempt& attempt, record::Attempt::Builder out);
void read(record::Attempt::Reader in, Attempt& attempt);
void write(const Terms& terms, record::Terms::Builder out);
void read(record::Terms::Reader in, Terms& terms);
void write(const DatasourceConfig& config, record::DatasourceConfig::Builder out);
void read(record::DatasourceConfig::Reader in, DatasourceConfig& config);
void write(const Rotation& turn, record::Stamp::Builder out);
void read(record::Stamp::Reader in, Rotation& turn);
void write(const std::vector<Rotation>& turns, record::Rotation::Builder out);
void read(record::Rotation::Reader in, std::vector<Rotation>& turns);
void write(const TokenUse& use, record::TokenUse::Builder out);
void read(record::TokenUse::Reader in, TokenUse& use);

// `results`: may be none of a plan that nothing came of yet.
void write(const FollowUps::Followed& followed, record::FollowPlan::Builder out);
void read(record::FollowPlan::Reader in, FollowUps::Followed& followed);
void write(const ScheduleRun& run, record::ScheduleRun::Builder out);
void read(record::ScheduleRun::Reader in, ScheduleRun& run);
void write(const ScheduleState& state, record::Schedule::Builder out);
void read(record::Schedule::Reader in, ScheduleState& state);
void write(const FunctionState& state, record::Function::Builder out);
void read(record::Function::Reader in, FunctionState& state);
void write(const FunctionValues& state, record::FunctionValues::Builder out);
void read(record::FunctionValues::Reader in, FunctionValues& state);

template <typename Item, typename List>
void write_list(const std::vector<Item>& items, List list) {
  for (unsigned i = 0; i < list.size(); ++i) {
    if constexpr (std::is_same_v<Item, std::string>) {
      list.set(i, text(items[i]));
    } else {
      write(items[i], list[i]);
    }
  }
}
template <typename List, typename Item>
void read_list(List list, std::vector<Item>& items) {
  items.reserve(list.size());
  for (const auto item : list) {
    if constexpr (std::is_same_v<Item, std::string>) {
      items.push_back(text_of(item));
    } else {
      read(item, items.emplace_back());
    }
  }
}

template <typename Member, typename Out, typename Access>
void put(const Member& value, Out out, const Access& access) {
  if constexpr (std::is_same_v<Access, jobq::InlinedAccess>) {
    write(value, out);
  } else if constexpr (requires { access.access; }) {
    if (is_set(value)) {
      put(value, out, access.access);
    }
  } else if constexpr (std::is_same_v<Member, std::string>) {
    access.set(out, text(value));
  } else if constexpr (std::is_same_v<Member, Hash>) {
    access.set(out, is_set(value) ? data(value) : capnp::Data::Reader());
  } else if constexpr (std::is_same_v<Member, Time> || std::is_same_v<Member, Span>) {
    access.set(out, static_cast<decltype(access.get(out))>(ms(value)));
  } else if constexpr (std::is_enum_v<Member> || std::is_arithmetic_v<Member>) {
    access.set(out, static_cast<decltype(access.get(out))>(value));
  } else if constexpr (jobq::wire::kIsVector<Member>) {
    write_list(value, access.init(out, static_cast<unsigned>(value.size())));
  } else {
    write(value, access.init(out));
  }
}

template <typename Member, typename In, typename Access>
void take(In in, Member& value, const Access& access) {
  if constexpr (std::is_same_v<Access, jobq::InlinedAccess>) {
    read(in, value);
  } else if constexpr (requires { access.access; }) {
    take(in, value, access.access);
  } else if constexpr (std::is_same_v<Member, std::string>) {
    value = text_of(access.get(in));
  } else if constexpr (std::is_same_v<Member, Hash>) {
    value = hash_of(access.get(in));
  } else if constexpr (std::is_same_v<Member, Time>) {
    value = time_of(access.get(in));
  } else if constexpr (std::is_same_v<Member, Span>) {
    value = Span(access.get(in));
  } else if constexpr (std::is_enum_v<Member>) {
    value = enumeration_of<Member>(access.name, access.get(in));
  } else if constexpr (std::is_arithmetic_v<Member>) {
    value = access.get(in);
  } else if constexpr (jobq::wire::kIsVector<Member>) {
    read_list(access.get(in), value);
  } else {
    read(access.get(in), value);
  }
}

template <typename T, typename Out>
void write(const T& value, Out out) {
  each_record_field(value,
                    [&](const auto& member, const auto& access) { put(member, out, access); });
}
template <typename In, typename T>
void read(In in, T& value) {
  each_record_field(value, [&](auto& member, const auto& access) { take(in, member, access); });
}

// The words of a record, aligned.
std::vector<capnp::word> words_of(std::string_view record);

// Decodes with `read(root)`. Records are our own, so that anything unexpected is damage.
template <typename Root, typename Read>
auto decode(const char* what, std::string_view record, const Read& read) {
  try {
    const std::vector<capnp::word> words = words_of(record);
    // The columns of a page are looked at for each of its events. More is a list that damage has
    // made longer than the record, of elements that take no room.
    const capnp::ReaderOptions options{.traversalLimitInWords = 512 * words.size() + 4096,
                                       .nestingLimit = 16};
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words.data(), words.size()), options);
    return read(message.getRoot<Root>());
  } catch (const kj::Exception& damage) {
    throw StorageError(std::string("damaged ") + what + ": " + damage.getDescription().cStr());
  }
}

}  // namespace store

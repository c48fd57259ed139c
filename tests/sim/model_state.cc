// What attempts and functions keep, by docs/functions.md.
#include <charconv>

#include "function_states.h"
#include "model.h"
#include "words.h"

namespace store::sim {
namespace {

using jobq::ChangeHow;
using Values = std::map<std::string, std::string>;

std::vector<jobq::StateValue> listed(const Values& values) {
  std::vector<jobq::StateValue> list;
  for (const auto& [name, value] : values) {
    list.push_back({name, value});
  }
  return list;
}

std::optional<__int128> number_in(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional<__int128>(number)
                                                                  : std::nullopt;
}

void change(Values& values, const jobq::StateChange& change) {
  if (change.how == ChangeHow::kSet) {
    values[change.name] = change.value;
    return;
  }
  const auto there = values.find(change.name);
  if (change.how == ChangeHow::kRemove) {
    there != values.end() ? void(values.erase(there)) : void();
    return;
  }
  __int128 number = change.number;
  if (there != values.end()) {
    const auto old = number_in(there->second);
    if (!old) {
      throw Refused{Code::kBadRequest, "number", {}};
    }
    number = change.how == ChangeHow::kAdd   ? *old + number
             : change.how == ChangeHow::kMin ? std::min(*old, number)
                                             : std::max(*old, number);
  }
  if (number > INT64_MAX || number < INT64_MIN) {
    throw Refused{Code::kBadRequest, "number", {}};
  }
  values[change.name] = std::to_string(static_cast<std::int64_t>(number));
}

}  // namespace

void Model::begin_soft_limits(ModelJob& job) const {
  const Terms& terms = *job.facts.terms;
  job.slow_at = terms.slow_after == Span::zero() ? Time() : now_ + terms.slow_after;
  job.stall_at = terms.stall_after == Span::zero() ? Time() : now_ + terms.stall_after;
}

// Which of both comes first is left to the store. A stall may be a failure, which comes at once.
std::string Model::flag(ModelJob& job, const Entry& entry) {
  if (job.fails_now) {
    job.fails_now = false;
    if (job.facts.cancel_until != Time()) {
      cancel_now(job);
      return "Cancelled";
    }
    retry(job, told_failure(job, "stalled"), Ending::kFailed, Span::zero());
    return job.status() == Status::kFailed ? "RetriedLast" : "Retried";
  }
  const auto* flagged = std::get_if<Flagged>(&entry.change);
  const bool is_slow = flagged != nullptr && flagged->flags == Flagged::kSlow;
  Time& at = is_slow ? job.slow_at : job.stall_at;
  if (at == Time() || at > now_) {
    throw Mismatch("is not to be flagged so: " + describe(entry));
  }
  at = Time();
  (is_slow ? job.facts.is_slow : job.facts.is_stalled) = true;
  Counters& counters = counters_of(job);
  (is_slow ? counters.slow : counters.stalled) += 1;
  job.last_flag = is_slow ? "slow" : "stalled";
  job.fails_now = !is_slow && job.facts.terms->stall_fails;
  event(job, Event::Kind::kFlagged);
  return "Flagged";
}

std::vector<jobq::StateValue> Model::state_of(const ModelJob& job) const {
  const auto& states = datasources_[job.facts.key.datasource].states;
  const auto found = states.find(job.content.function);
  return found == states.end() ? std::vector<jobq::StateValue>() : listed(found->second.values);
}

std::size_t Model::kept_bytes(const ModelJob& job) const {
  return job.texts.checkpoint.size() + text_bytes_of(state_of(job));
}

void Model::leave_out(const ModelJob& job, std::size_t& bytes, AcceptedView& view) const {
  bytes += kept_bytes(job);
  if (bytes > limits_.accept_bytes_max) {
    view.left_out = view.has_checkpoint || !view.state.empty();
    view.has_checkpoint = false;
    view.state.clear();
  }
}

void Model::require_room_for_state(const ModelState* gone, std::size_t bytes,
                                   const std::string& payer) const {
  Share own;
  Share all;
  for (const ModelDatasource& datasource : datasources_) {
    for (const auto& [function, state] : datasource.states) {
      if (&state == gone) {
        continue;
      }
      for (Share* share : {&own, &all}) {
        if (share == &all || (state.payer == payer && !payer.empty())) {
          share->count += 1;
          share->bytes += store::bytes_of(listed(state.values));
        }
      }
    }
  }
  if (own.count >= limits_.states_per_token_max || all.count >= limits_.states_max ||
      own.bytes + bytes > limits_.state_bytes_per_token_max ||
      all.bytes + bytes > limits_.state_bytes_max) {
    throw Refused{Code::kFull, "state", {}};
  }
}

// Made at once, or refused as a whole.
void Model::change_state(ModelDatasource& datasource, const std::string& function,
                         const std::vector<jobq::StateChange>& changes, bool removes_all,
                         const std::string& payer) {
  const auto there = datasource.states.find(function);
  ModelState* const known = there == datasource.states.end() ? nullptr : &there->second;
  const Values before = known == nullptr ? Values() : known->values;
  Values after = removes_all ? Values() : before;
  for (const jobq::StateChange& one : changes) {
    change(after, one);
  }
  if (after.size() > limits_.state_values_max) {
    throw Refused{Code::kTooLarge, "values", {}};
  }
  if (after == before) {
    return;
  }
  if (after.empty()) {
    datasource.states.erase(function);
    return;
  }
  require_room_for_state(known, store::bytes_of(listed(after)), payer);
  datasource.states[function] = {after, now_, payer};
}

// What comes with a word, before it.
void Model::take_left(ModelDatasource& datasource, ModelJob& job, const Outcome& outcome) {
  if (outcome.checkpoint && outcome.checkpoint->size() > job.texts.checkpoint.size()) {
    require_room_for_checkpoint(&job, job.submit_token, outcome.checkpoint->size());
  }
  if (!outcome.state.empty()) {
    if (job.content.function.empty()) {
      throw Refused{Code::kBadRequest, "no function", {}};
    }
    const std::string accepted_with(token_id_of(job.accept_token));
    change_state(datasource, job.content.function, outcome.state, false,
                 accepted_with.empty() ? job.submit_token : accepted_with);
  }
  if (outcome.checkpoint) {
    job.texts.checkpoint = *outcome.checkpoint;
    job.facts.checkpoint_bytes = static_cast<unsigned>(outcome.checkpoint->size());
  }
}

void Model::require_room_for_checkpoint(const ModelJob* gone, const std::string& token,
                                        std::size_t bytes) const {
  std::size_t all = bytes;
  std::size_t own = bytes;
  if (token.empty() && gone != nullptr) {
    own -= gone->texts.checkpoint.size();  // nobody's are not counted
  }
  for (const ModelDatasource& datasource : datasources_) {
    for (const ModelJob& job : datasource.jobs) {
      if (&job != gone) {
        all += job.texts.checkpoint.size();
        own += !token.empty() && job.submit_token == token ? job.texts.checkpoint.size() : 0;
      }
    }
  }
  if (own > limits_.checkpoints_bytes_per_token_max || all > limits_.checkpoints_bytes_max) {
    throw Refused{Code::kFull, "checkpoint", {}};
  }
}

jobq::StateOfFunction told_state(const ModelDatasource& datasource, const std::string& function,
                                 bool with_values) {
  const auto found = datasource.states.find(function);
  if (found == datasource.states.end()) {
    return {.function = function};
  }
  const auto& [values, changed_at, payer] = found->second;
  return {.function = function,
          .changed_at = changed_at,
          .count = static_cast<unsigned>(values.size()),
          .values = with_values ? listed(values) : std::vector<jobq::StateValue>()};
}

Model::Answered Model::on(const ReadState& read) {
  const ModelDatasource& datasource = asked_datasource(read.datasource);
  if (!read.query.function.empty()) {
    return jobq::StatePage{{told_state(datasource, read.query.function, true)}, true};
  }
  jobq::StatePage page{.is_end = true};
  for (const auto& [function, state] : datasource.states) {
    if (function > read.query.after) {
      page.is_end = page.states.size() < read.query.limit;
      if (!page.is_end) {
        break;
      }
      page.states.push_back(told_state(datasource, function, false));
    }
  }
  return page;
}

Model::Answered Model::on(const ChangeState& command) {
  ModelDatasource& datasource = asked_datasource(command.datasource);
  const jobq::ChangeState& change = command.change;
  change_state(datasource, change.function, change.changes, change.removes_all, token_);
  return jobq::StatePage{{told_state(datasource, change.function, true)}, true};
}

}  // namespace store::sim

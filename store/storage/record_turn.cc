#include <algorithm>

#include "record.h"
#include "record_fields.h"

namespace store {
namespace {

// What later entries of a turn need not repeat.
struct Before {
  const Accepted* accepted = nullptr;  // the change just before, if that is an accept
  const Terms* terms = nullptr;        // of the last job submitted

  void see(const Change& change) {
    accepted = std::get_if<Accepted>(&change);
    if (const auto* submitted = std::get_if<Submitted>(&change)) {
      terms = &submitted->terms;
    }
  }
};

void fill(record::Submitted::Builder out, const Submitted& submitted, const Before& before) {
  out.setId(text(submitted.id));
  out.setClient(text(submitted.client));
  out.setRequest(text(submitted.request));
  out.setPriority(submitted.priority);
  if (before.terms == nullptr || *before.terms != submitted.terms) {
    fill(out.initTerms(), submitted.terms);
  }
  if (is_said(submitted.function)) {
    out.setFunction(text(submitted.function));
  }
  if (!submitted.tags.empty()) {
    fill_texts(out.initTags(static_cast<unsigned>(submitted.tags.size())), submitted.tags);
  }
  if (is_said(submitted.trace)) {
    out.setTrace(text(submitted.trace));
  }
  out.setNotBefore(ms(submitted.not_before));
  if (is_said(submitted.content)) {
    out.setContentHash(data(submitted.content));
  }
}

Submitted submitted_of(record::Submitted::Reader in, const Before& before) {
  Submitted submitted;
  submitted.id = text_of(in.getId());
  submitted.client = text_of(in.getClient());
  submitted.function = text_of(in.getFunction());
  submitted.request = text_of(in.getRequest());
  submitted.trace = text_of(in.getTrace());
  submitted.tags = texts_of(in.getTags());
  submitted.priority = in.getPriority();
  submitted.not_before = time_of(in.getNotBefore());
  if (in.hasTerms() || before.terms == nullptr) {
    submitted.terms = terms_of(in.getTerms());
  } else {
    submitted.terms = *before.terms;
  }
  submitted.content = hash_of(in.getContentHash());
  return submitted;
}

void fill(record::Accepted::Builder out, const Accepted& accepted, const Before& before) {
  if (before.accepted == nullptr || before.accepted->worker != accepted.worker) {
    out.setWorker(text(accepted.worker));
  }
  out.setRequestNumber(accepted.request_number);
  out.setDeadline(ms(accepted.deadline));
  out.setOutOfTurn(accepted.out_of_turn);
  if (is_said(accepted.caveats)) {
    out.setCaveats(text(accepted.caveats));
  }
}

Accepted accepted_of(record::Accepted::Reader in, const Before& before) {
  std::string worker = text_of(in.getWorker());
  if (worker.empty() && before.accepted != nullptr) {
    worker = before.accepted->worker;
  }
  return {std::move(worker), in.getRequestNumber(), time_of(in.getDeadline()), in.getOutOfTurn(),
          text_of(in.getCaveats())};
}

void fill(record::Retried::Builder out, const Failure& failure, Time not_before, const Hash& said) {
  fill(out.initFailure(), failure);
  out.setNotBefore(ms(not_before));
  if (is_said(said)) {
    out.setSaid(data(said));
  }
}

Logged logged_of(record::Logged::Reader in) {
  return {in.getNumber(), in.getAttempt(), in.getAttemptNumber(),
          enumeration_of<LogLevel>("level", in.getLevel(), kLogLevelCount), text_of(in.getText())};
}

// Writes one change into its entry.
struct ChangeWriter {
  record::Entry::Builder out;
  const Before& before;

  void operator()(const DatasourceAdded& added) { out.setDatasourceAdded(text(added.name)); }
  void operator()(const Configured& configured) { fill(out.initConfigured(), configured.config); }
  void operator()(const ModeSet& set) { out.setModeSet(static_cast<std::uint8_t>(set.mode)); }
  void operator()(const EventsForgotten& forgotten) { out.setEventsForgotten(forgotten.oldest); }
  void operator()(const Charged& charged) {
    auto to = out.initCharged();
    to.setToken(text(charged.token));
    to.setCost(charged.cost);
    to.setSpans(charged.spans);
  }
  void operator()(const TokenRevoked& revoked) {
    out.initTokenRevoked().setToken(text(revoked.token));
    out.getTokenRevoked().setUntil(ms(revoked.revocation.until));
  }
  void operator()(const TokenForgotten& forgotten) { out.setTokenForgotten(text(forgotten.token)); }
  void operator()(const WorkerForgotten& forgotten) {
    out.setWorkerForgotten(text(forgotten.name));
  }
  void operator()(const Submitted& submitted) { fill(out.initSubmitted(), submitted, before); }
  void operator()(const Restarted& restarted) {
    auto to = out.initRestarted();
    to.setParent(restarted.parent);
    to.setId(text(restarted.id));
  }
  void operator()(const Due&) { out.setDue(); }
  void operator()(const Expired& expired) { fill(out.initExpired(), expired.failure); }
  void operator()(const Edited& edited) {
    auto to = out.initEdited();
    to.setPriority(edited.priority);
    to.setExpiresAt(ms(edited.expires_at));
    if (is_said(edited.request)) {
      to.setRequest(text(edited.request));
    }
    to.setRunNow(edited.run_now);
  }
  void operator()(const Accepted& accepted) { fill(out.initAccepted(), accepted, before); }
  void operator()(const Renewed& renewed) { out.setRenewed(ms(renewed.deadline)); }
  void operator()(const Progressed& progressed) {
    auto to = out.initProgressed();
    to.setValue(progressed.value);
    to.setMessage(text(progressed.message));
  }
  void operator()(const Logged& logged) {
    auto to = out.initLogged();
    to.setNumber(logged.number);
    to.setAttempt(logged.attempt);
    to.setAttemptNumber(logged.attempt_number);
    to.setLevel(static_cast<std::uint8_t>(logged.level));
    to.setText(text(logged.text));
  }
  void operator()(const Completed& completed) { out.setCompleted(text(completed.response)); }
  void operator()(const Failed& failed) { fill(out.initFailed(), failed.failure); }
  void operator()(const Forbidden& forbidden) { fill(out.initForbidden(), forbidden.failure); }
  void operator()(const Retried& retried) {
    fill(out.initRetried(), retried.failure, retried.not_before, retried.said);
  }
  void operator()(const RetriedLast& retried) {
    fill(out.initRetriedLast(), retried.failure, Time{}, retried.said);
  }
  void operator()(const Released& released) {
    auto to = out.initReleased();
    to.setMessage(text(released.message));
    to.setNotBefore(ms(released.not_before));
    if (is_said(released.said)) {
      to.setSaid(data(released.said));
    }
  }
  void operator()(const ReleasedLast& released) {
    fill(out.initReleasedLast(), released.failure, Time{}, released.said);
  }
  void operator()(const LeaseLost&) { out.setLeaseLost(); }
  void operator()(const LeaseLostLast& lost) { fill(out.initLeaseLostLast(), lost.failure); }
  void operator()(const Returned&) { out.setReturned(); }
  void operator()(const CancelRequested& cancel) { out.setCancelRequested(ms(cancel.until)); }
  void operator()(const Cancelled& cancelled) {
    out.setCancelled(is_said(cancelled.said) ? data(cancelled.said) : capnp::Data::Reader());
  }
  void operator()(const Removed& removed) {
    auto to = out.initRemoved();
    to.setLogLines(removed.log_lines);
    to.setAttempt(removed.attempt);
  }
};

Change change_of(record::Entry::Reader in, const Before& before) {
  switch (in.which()) {
    case record::Entry::DATASOURCE_ADDED: return DatasourceAdded{text_of(in.getDatasourceAdded())};
    case record::Entry::CONFIGURED: return Configured{config_of(in.getConfigured())};
    case record::Entry::MODE_SET:
      return ModeSet{enumeration_of<Mode>("mode", in.getModeSet(), kModeCount)};
    case record::Entry::EVENTS_FORGOTTEN: return EventsForgotten{in.getEventsForgotten()};
    case record::Entry::CHARGED: {
      const auto from = in.getCharged();
      return Charged{text_of(from.getToken()), from.getCost(), from.getSpans()};
    }
    case record::Entry::TOKEN_REVOKED:
      return TokenRevoked{text_of(in.getTokenRevoked().getToken()),
                          {time_of(in.getTokenRevoked().getUntil())}};
    case record::Entry::TOKEN_FORGOTTEN: return TokenForgotten{text_of(in.getTokenForgotten())};
    case record::Entry::WORKER_FORGOTTEN: return WorkerForgotten{text_of(in.getWorkerForgotten())};
    case record::Entry::SUBMITTED: return submitted_of(in.getSubmitted(), before);
    case record::Entry::RESTARTED:
      return Restarted{in.getRestarted().getParent(), text_of(in.getRestarted().getId())};
    case record::Entry::DUE: return Due{};
    case record::Entry::EXPIRED: return Expired{failure_of(in.getExpired())};
    case record::Entry::EDITED: {
      const auto from = in.getEdited();
      return Edited{from.getPriority(), time_of(from.getExpiresAt()), text_of(from.getRequest()),
                    from.getRunNow()};
    }
    case record::Entry::ACCEPTED: return accepted_of(in.getAccepted(), before);
    case record::Entry::RENEWED: return Renewed{time_of(in.getRenewed())};
    case record::Entry::PROGRESSED:
      return Progressed{in.getProgressed().getValue(), text_of(in.getProgressed().getMessage())};
    case record::Entry::LOGGED: return logged_of(in.getLogged());
    case record::Entry::COMPLETED: return Completed{text_of(in.getCompleted())};
    case record::Entry::FAILED: return Failed{failure_of(in.getFailed())};
    case record::Entry::FORBIDDEN: return Forbidden{failure_of(in.getForbidden())};
    case record::Entry::RETRIED: {
      const auto from = in.getRetried();
      return Retried{failure_of(from.getFailure()), time_of(from.getNotBefore()),
                     hash_of(from.getSaid())};
    }
    case record::Entry::RETRIED_LAST:
      return RetriedLast{failure_of(in.getRetriedLast().getFailure()),
                         hash_of(in.getRetriedLast().getSaid())};
    case record::Entry::RELEASED: {
      const auto from = in.getReleased();
      return Released{text_of(from.getMessage()), time_of(from.getNotBefore()),
                      hash_of(from.getSaid())};
    }
    case record::Entry::RELEASED_LAST:
      return ReleasedLast{failure_of(in.getReleasedLast().getFailure()),
                          hash_of(in.getReleasedLast().getSaid())};
    case record::Entry::LEASE_LOST: return LeaseLost{};
    case record::Entry::LEASE_LOST_LAST: return LeaseLostLast{failure_of(in.getLeaseLostLast())};
    case record::Entry::RETURNED: return Returned{};
    case record::Entry::CANCEL_REQUESTED: return CancelRequested{time_of(in.getCancelRequested())};
    case record::Entry::CANCELLED: return Cancelled{hash_of(in.getCancelled())};
    case record::Entry::REMOVED:
      return Removed{in.getRemoved().getLogLines(), in.getRemoved().getAttempt()};
  }
  throw StorageError("a journal entry is of a kind that this version does not know");
}

}  // namespace

namespace {

// Who made the turn's changes, each named once; they are few, and mostly come in rows.
class TurnTokens {
 public:
  // Its place, from 1; 0 for none. A turn has fewer requests than there are numbers.
  std::uint16_t place_of(const std::string& token) {
    if (token.empty()) {
      return 0;
    }
    if (last_ == 0 || *tokens_[last_ - 1u] != token) {
      const auto found = std::find_if(tokens_.begin(), tokens_.end(),
                                      [&](const std::string* known) { return *known == token; });
      if (found == tokens_.end()) {
        tokens_.push_back(&token);
        last_ = static_cast<std::uint16_t>(tokens_.size());
      } else {
        last_ = static_cast<std::uint16_t>(found - tokens_.begin() + 1);
      }
    }
    return last_;
  }
  const std::vector<const std::string*>& tokens() const { return tokens_; }

 private:
  std::vector<const std::string*> tokens_;
  std::uint16_t last_ = 0;
};

}  // namespace

std::string encode_turn(Time time, const std::vector<Entry>& entries) {
  capnp::MallocMessageBuilder message;
  auto turn = message.initRoot<record::Turn>();
  turn.setTime(ms(time));
  auto list = turn.initEntries(static_cast<unsigned>(entries.size()));
  Before before;
  TurnTokens tokens;
  for (unsigned i = 0; i < list.size(); ++i) {
    const Entry& entry = entries[i];
    list[i].setDatasource(entry.job.datasource);
    list[i].setSequence(entry.sequence);
    list[i].setJob(entry.job.sequence);
    list[i].setToken(tokens.place_of(entry.token));
    std::visit(ChangeWriter{list[i], before}, entry.change);
    before.see(entry.change);
  }
  if (!tokens.tokens().empty()) {
    auto names = turn.initTokens(static_cast<unsigned>(tokens.tokens().size()));
    for (unsigned i = 0; i < names.size(); ++i) {
      names.set(i, text(*tokens.tokens()[i]));
    }
  }
  return bytes_of(message);
}

DecodedTurn decode_turn(std::string_view record) {
  return decode<record::Turn>("journal record", record, [](record::Turn::Reader in) {
    DecodedTurn turn{time_of(in.getTime()), {}};
    // So that what points into it stays good.
    turn.entries.reserve(in.getEntries().size());
    Before before;
    const std::vector<std::string> tokens = texts_of(in.getTokens());
    for (const auto entry : in.getEntries()) {
      const std::size_t token = entry.getToken();
      if (token > tokens.size()) {
        throw StorageError("damaged journal record: token " + std::to_string(token));
      }
      turn.entries.push_back({.sequence = entry.getSequence(),
                              .job = {entry.getDatasource(), entry.getJob()},
                              .change = change_of(entry, before),
                              .token = token == 0 ? "" : tokens[token - 1]});
      before.see(turn.entries.back().change);
    }
    return turn;
  });
}

}  // namespace store

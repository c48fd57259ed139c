#include <algorithm>

#include "record.h"
#include "record_changes.h"

namespace store {

namespace {

// Where an entry has a change: in a struct of its own, or in itself.
template <typename Change>
struct InEntry;
#define PLACE(T, get, init)                                               \
  template <>                                                             \
  struct InEntry<T> {                                                     \
    static bool is(record::Entry::Reader entry) { return entry.is##T(); } \
    static auto in(record::Entry::Reader entry) { return get; }           \
    static auto out(record::Entry::Builder entry) { return init; }        \
  };
#define IN_STRUCT(T) PLACE(T, entry.get##T(), entry.init##T())
#define IN_ENTRY(T) PLACE(T, entry, entry)
#define SAYS_NOTHING(T) PLACE(T, entry, (entry.set##T(), entry))

IN_STRUCT(Charged)
IN_STRUCT(TokenRevoked)
IN_STRUCT(Submitted)
IN_STRUCT(Configured)
IN_STRUCT(Restarted)
IN_STRUCT(Imported)
IN_STRUCT(AwaitedEnded)
IN_STRUCT(Followed)
IN_STRUCT(ScheduleSet)
IN_STRUCT(ScheduleChanged)
IN_STRUCT(FunctionSet)
IN_STRUCT(CodeAdded)
IN_STRUCT(Edited)
IN_STRUCT(Accepted)
IN_STRUCT(Progressed)
IN_STRUCT(CheckpointLeft)
IN_STRUCT(StateChanged)
IN_STRUCT(Logged)
IN_STRUCT(Retried)
IN_STRUCT(RetriedLast)
IN_STRUCT(Released)
IN_STRUCT(ReleasedLast)
IN_STRUCT(Removed)
IN_STRUCT(WorkerOrdered)
IN_ENTRY(DatasourceAdded)
IN_ENTRY(DatasourceDropped)
IN_ENTRY(ModeSet)
IN_ENTRY(WorkerForgotten)
IN_ENTRY(EventsForgotten)
IN_ENTRY(ScheduleRemoved)
IN_ENTRY(FunctionRemoved)
IN_ENTRY(CodeUsed)
IN_ENTRY(CodeRemoved)
IN_ENTRY(TokenForgotten)
IN_ENTRY(Unmet)
IN_ENTRY(NotAdmitted)
IN_ENTRY(Expired)
IN_ENTRY(Renewed)
IN_ENTRY(Flagged)
IN_ENTRY(StallPutOff)
IN_ENTRY(PutOff)
IN_ENTRY(Completed)
IN_ENTRY(Failed)
IN_ENTRY(Forbidden)
IN_ENTRY(LeaseLostLast)
IN_ENTRY(CancelRequested)
IN_ENTRY(Cancelled)
IN_ENTRY(KeptFor)
IN_ENTRY(StoreOrdered)
IN_ENTRY(StorePaused)
SAYS_NOTHING(Due)
SAYS_NOTHING(GroupEnded)
SAYS_NOTHING(HeldBack)
SAYS_NOTHING(LetGo)
SAYS_NOTHING(LeaseLost)
SAYS_NOTHING(Returned)

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

template <typename T>
void write_change(const T& change, record::Entry::Builder entry, const Before&) {
  write(change, InEntry<T>::out(entry));
}
void write_change(const Submitted& submitted, record::Entry::Builder entry, const Before& before) {
  const auto out = entry.initSubmitted();
  each_record_field(submitted, [&](const auto& member, const auto& access) {
    if constexpr (std::is_same_v<decltype(member), const Terms&>) {
      if (before.terms != nullptr && *before.terms == member) {
        return;
      }
    }
    put(member, out, access);
  });
  if (submitted.extras) {
    write(*submitted.extras, out);
    write(submitted.extras->code, out);
    if (submitted.extras->then != nullptr) {
      write(FollowUps::Followed{submitted.extras->then, {}}, entry.getSubmitted().initThen());
    }
  }
}
void write_change(const Configured& configured, record::Entry::Builder entry, const Before&) {
  write(*configured.config, entry.initConfigured());
}
void write_change(const Accepted& accepted, record::Entry::Builder entry, const Before& before) {
  auto out = entry.initAccepted();
  if (before.accepted == nullptr || before.accepted->worker != accepted.worker) {
    out.setWorker(text(accepted.worker));
  }
  write(accepted, out);
}
void write_change(const Imported& imported, record::Entry::Builder entry, const Before&) {
  jobq::wire::write(*imported.job, entry.initImported());
}
void write_change(const AwaitedEnded& change, record::Entry::Builder entry, const Before&) {
  auto out = entry.initAwaitedEnded();
  out.setDatasource(change.ended.datasource);
  out.setSequence(change.ended.sequence);
}
void write_change(const Followed& change, record::Entry::Builder entry, const Before&) {
  auto out = entry.initFollowed();
  out.setPlace(static_cast<std::uint16_t>(change.place));
  write(change.result, out);
}

// The entry says with which token.
void write_change(const ScheduleSet& set, record::Entry::Builder entry, const Before&) {
  auto out = entry.initScheduleSet();
  out.setName(text(set.name));
  write(ScheduleState{set.plan, {}, *set.run}, out);
}
void write_change(const ScheduleChanged& changed, record::Entry::Builder entry, const Before&) {
  auto out = entry.initScheduleChanged();
  out.setName(text(changed.name));
  write(*changed.run, out);
}
void write_change(const FunctionSet& set, record::Entry::Builder entry, const Before&) {
  write(set.state, entry.initFunctionSet());
}

void write_change(const CodeAdded& added, record::Entry::Builder entry, const Before&) {
  auto out = entry.initCodeAdded();
  out.setHash(text(added.hash));
  out.setRuntime(text(added.runtime));
  const auto* bytes = reinterpret_cast<const kj::byte*>(added.content.data());
  out.setContent({bytes, added.content.size()});
}

template <typename T>
void read_change(record::Entry::Reader entry, T& change, const Before&) {
  read(InEntry<T>::in(entry), change);
}
void read_change(record::Entry::Reader entry, Submitted& submitted, const Before& before) {
  read(entry.getSubmitted(), submitted);
  if (!entry.getSubmitted().hasTerms() && before.terms != nullptr) {
    submitted.terms = *before.terms;
  }
  SubmitExtras extras;
  read(entry.getSubmitted(), extras);
  read(entry.getSubmitted(), extras.code);
  if (entry.getSubmitted().hasThen()) {
    FollowUps::Followed followed;
    read(entry.getSubmitted().getThen(), followed);
    extras.then = std::move(followed.plan);
  }
  submitted.extras = boxed(std::move(extras));
}
void read_change(record::Entry::Reader entry, Configured& configured, const Before&) {
  read(entry.getConfigured(), *configured.config);
}
void read_change(record::Entry::Reader entry, Accepted& accepted, const Before& before) {
  read(entry.getAccepted(), accepted);
  accepted.worker = text_of(entry.getAccepted().getWorker());
  if (accepted.worker.empty() && before.accepted != nullptr) {
    accepted.worker = before.accepted->worker;
  }
}
void read_change(record::Entry::Reader entry, Imported& imported, const Before&) {
  const auto damaged = [](std::string_view field) {
    throw StorageError("damaged journal record: an imported job's " + std::string(field));
  };
  auto job = std::make_shared<jobq::JobStatus>();
  jobq::wire::read(entry.getImported(), *job, damaged);
  if (!job->terms || !job->terms->backoff) {
    damaged("terms");
  }
  imported.job = std::move(job);
}
void read_change(record::Entry::Reader entry, AwaitedEnded& change, const Before&) {
  const auto in = entry.getAwaitedEnded();
  change.ended = {in.getDatasource(), in.getSequence()};
}
void read_change(record::Entry::Reader entry, Followed& change, const Before&) {
  change.place = entry.getFollowed().getPlace();
  read(entry.getFollowed(), change.result);
}
void read_change(record::Entry::Reader entry, ScheduleSet& set, const Before&) {
  ScheduleState state;
  read(entry.getScheduleSet(), state);
  set = {text_of(entry.getScheduleSet().getName()), std::move(state.plan),
         std::make_shared<const ScheduleRun>(std::move(state.run))};
}
void read_change(record::Entry::Reader entry, FunctionSet& set, const Before&) {
  read(entry.getFunctionSet(), set.state);
}
void read_change(record::Entry::Reader entry, CodeAdded& added, const Before&) {
  const auto in = entry.getCodeAdded();
  const auto content = in.getContent();
  added = {text_of(in.getHash()), text_of(in.getRuntime()),
           std::string(reinterpret_cast<const char*>(content.begin()), content.size())};
}
void read_change(record::Entry::Reader entry, ScheduleChanged& changed, const Before&) {
  auto run = std::make_shared<ScheduleRun>();
  read(entry.getScheduleChanged(), *run);
  changed = {text_of(entry.getScheduleChanged().getName()), std::move(run)};
}

constexpr auto kKinds = std::make_index_sequence<std::variant_size_v<Change>>();

template <std::size_t... Kinds>
Change change_of(record::Entry::Reader entry, const Before& before, std::index_sequence<Kinds...>) {
  Change change;
  const auto read_if = [&]<typename T>(T* none) {
    static_cast<void>(none);
    if (InEntry<T>::is(entry)) {
      read_change(entry, change.emplace<T>(), before);
      return true;
    }
    return false;
  };
  if (!(read_if(static_cast<std::variant_alternative_t<Kinds, Change>*>(nullptr)) || ...)) {
    throw StorageError("a journal entry is of a kind that this version does not know");
  }
  return change;
}

// Who made the turn's changes, each named once; they are few, and mostly come in rows.
struct TurnTokens {
  std::vector<std::string> names;
  std::size_t last = 0;

  // Its place, from 1; 0 for none. A turn has fewer requests than there are numbers.
  std::uint16_t place_of(const std::string& token) {
    if (token.empty()) {
      return 0;
    }
    if (last == 0 || names[last - 1] != token) {
      last =
          static_cast<std::size_t>(std::find(names.begin(), names.end(), token) - names.begin()) +
          1;
      if (last > names.size()) {
        names.push_back(token);
      }
    }
    return static_cast<std::uint16_t>(last);
  }
};

}  // namespace

std::string encode_turn(Time time, const std::vector<Entry>& entries) {
  jobq::wire::Message message;
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
    std::visit([&](const auto& change) { write_change(change, list[i], before); }, entry.change);
    before.see(entry.change);
  }
  if (!tokens.names.empty()) {
    write_list(tokens.names, turn.initTokens(static_cast<unsigned>(tokens.names.size())));
  }
  return bytes_of(message);
}

DecodedTurn decode_turn(std::string_view record) {
  return decode<record::Turn>("journal record", record, [](record::Turn::Reader in) {
    DecodedTurn turn{time_of(in.getTime()), {}};
    // So that what points into it stays good.
    turn.entries.reserve(in.getEntries().size());
    Before before;
    std::vector<std::string> tokens;
    read_list(in.getTokens(), tokens);
    for (const auto entry : in.getEntries()) {
      const std::size_t token = entry.getToken();
      if (token > tokens.size()) {
        throw StorageError("damaged journal record: token " + std::to_string(token));
      }
      turn.entries.push_back({.sequence = entry.getSequence(),
                              .job = {entry.getDatasource(), entry.getJob()},
                              .change = change_of(entry, before, kKinds),
                              .token = token == 0 ? "" : tokens[token - 1]});
      before.see(turn.entries.back().change);
    }
    return turn;
  });
}

}  // namespace store

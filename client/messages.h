// Values of the contract in requests and replies, and how requests are made of them. Internal to
// the client and driver libraries.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "field_tables.h"
#include "protocol.capnp.h"
#include "question.h"
#include "wire.h"

namespace jobq {

using Body = protocol::Reply::Body;

inline std::string to_string(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

[[noreturn]] void throw_unknown_word(std::string_view field);

// These throw DamagedReply for words that this library does not know.
template <typename T, typename In>
T to(In in) {
  T value;
  wire::read(in, value, throw_unknown_word);
  return value;
}
template <typename T, typename List>
std::vector<T> to_vector(List list) {
  std::vector<T> items;
  wire::read_list(list, items, {}, throw_unknown_word);
  return items;
}

// Which body of a reply holds a T, and how to get at it.
template <typename T>
struct BodyOf;
#define JOBQ_BODY_OF(T, WHICH, Name)                                \
  template <>                                                       \
  struct BodyOf<T> {                                                \
    static constexpr auto kWhich = Body::WHICH;                     \
    static auto get(Body::Reader body) { return body.get##Name(); } \
  }
JOBQ_BODY_OF(JobStatus, JOB, Job);
JOBQ_BODY_OF(JobPage, JOBS, Jobs);
JOBQ_BODY_OF(JobCount, COUNT, Count);
JOBQ_BODY_OF(LogPage, LOG, Log);
JOBQ_BODY_OF(Explanation, EXPLANATION, Explanation);
JOBQ_BODY_OF(RequestPage, REQUESTS, Requests);
JOBQ_BODY_OF(DatasourceConfig, CONFIG, Config);
JOBQ_BODY_OF(std::vector<DatasourceConfig>, CONFIGS, Configs);
JOBQ_BODY_OF(std::vector<DatasourceStats>, DATASOURCES, Datasources);
JOBQ_BODY_OF(std::vector<WorkerStatus>, WORKERS, Workers);
JOBQ_BODY_OF(std::vector<SubmitResult>, SUBMITTED, Submitted);
JOBQ_BODY_OF(std::vector<RenewResult>, RENEWED, Renewed);
JOBQ_BODY_OF(std::vector<UpdateResult>, UPDATED, Updated);
JOBQ_BODY_OF(ScheduleStatus, SCHEDULE, Schedule);
JOBQ_BODY_OF(SchedulePage, SCHEDULES, Schedules);
JOBQ_BODY_OF(FunctionStatus, FUNCTION, Function);
JOBQ_BODY_OF(FunctionPage, FUNCTIONS, Functions);
JOBQ_BODY_OF(CodeStatus, CODE, Code);
JOBQ_BODY_OF(CodePage, CODES, Codes);
JOBQ_BODY_OF(StatePage, STATES, States);
JOBQ_BODY_OF(StoreStatus, STORE, Store);
JOBQ_BODY_OF(StoreStats, STATS, Stats);
JOBQ_BODY_OF(BulkStep, BULK_STEP, BulkStep);
JOBQ_BODY_OF(HistoryPage, HISTORY, History);
JOBQ_BODY_OF(StoreMode, STORE_MODE, StoreMode);
JOBQ_BODY_OF(Backup, BACKUP, Backup);
#undef JOBQ_BODY_OF

// The body of a reply to a question that has one answer. Throws Refused when it is a refusal,
// DamagedReply when the body is another.
Body::Reader body_of(protocol::Reply::Reader reply, Body::Which which);
// The same where the answer is a list whose items have codes of their own: a list of one gives its
// item's code to the reply, so whatever has the list is no refusal of the whole.
Body::Reader items_of(protocol::Reply::Reader reply, Body::Which which);

template <typename T>
T answer_in(Body::Reader body) {
  if constexpr (wire::kIsVector<T>) {
    return to_vector<typename T::value_type>(BodyOf<T>::get(body));
  } else {
    return to<T>(BodyOf<T>::get(body));
  }
}

// A question whose answer `read` takes out of the reply.
template <typename T>
Request<T> request(Question question, std::function<T(protocol::Reply::Reader)> read) {
  return {std::make_shared<const Question>(std::move(question)),
          [read = std::move(read)](const ReplyReader& reply) { return read(reply.reply); }};
}
// One whose answer is the one body that holds a T.
template <typename T>
Request<T> request(Question question) {
  return {std::make_shared<const Question>(std::move(question)), [](const ReplyReader& reply) {
            return answer_in<T>(body_of(reply.reply, BodyOf<T>::kWhich));
          }};
}

// The id of a datasource or a job as a part of a path. They throw Refused (400), in the store's
// words, for what is none: in a path it might be a word that means something else.
const std::string& datasource_part(const std::string& id);
const std::string& job_part(const std::string& id);

// Throws DamagedReply unless a list in a reply has one item for each of the request's.
void require_size(std::size_t size, std::size_t expected);

}  // namespace jobq

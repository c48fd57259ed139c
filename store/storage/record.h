// Bytes on disk <-> what they mean: keys and values of the journal and of the checkpoint. The only
// code that sees record.capnp; docs/storage.md explains the layout.
//
// clang-format off
//   journal   turn number, 8 bytes big-endian  -> record.Turn
//   checkpoint m                               -> record.Marker
//             d datasource(4)                  -> record.DatasourceState, unless all is default
//             f datasource(4) function         -> record.FunctionCounters
//             b datasource(4) step number(4) function -> record.FunctionCounters, of that step
//             g datasource(4) function         -> record.FunctionCounters, told by those
//             c datasource(4) client           -> record.Rotation, of clients with jobs waiting
//             j datasource(4) sequence(8)      -> record.Job
//             r datasource(4) sequence(8)      -> record.Payload, of jobs that were written alive
//             h datasource(4) sequence(8) attempt % kAttemptsKept (4) -> record.Attempt
//             l datasource(4) sequence(8) number % kLogLinesKept (4)  -> record.LogLine
//             w datasource(4) worker           -> record.Worker
//             s datasource(4) name             -> record.Schedule
//             n datasource(4) name             -> record.Function
//             p datasource(4) hash             -> record.Code
//             q datasource(4) hash             -> the bytes of that code, and nothing else
//             k datasource(4) function         -> record.FunctionValues, of those with some
//             t 0(4) token identifier          -> record.TokenUse
//             v datasource(4) last sequence(8) -> record.EventPage
//             e datasource(4) segment(8) hash of client(8) last sequence(8) -> record.EventIndex
// clang-format on
//
// Decoding throws StorageError when the bytes are not what this code (or an older one) wrote.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "changes.h"
#include "event.h"
#include "jobq/history.h"
#include "restore.h"
#include "storage.h"
#include "texts.h"

namespace store {

struct DecodedTurn {
  Time time{};
  std::vector<Entry> entries;
};

std::string encode_turn(Time time, const std::vector<Entry>& entries);
DecodedTurn decode_turn(std::string_view record);

struct Marker {
  struct Row {
    std::string name;
    Sequence last_sequence = 0;
    Stamp last_stamp = 0;
    Sequence oldest_event = 0;  // 0: none is kept
    std::string maker = {};
    bool operator==(const Row&) const = default;
  };
  Time time{};
  std::vector<Row> datasources;  // in the order of their indexes
  bool is_paused = false;        // the store as a whole
  jobq::WorkerOrder order = jobq::WorkerOrder::kUnsaid;
};

struct DatasourceState {
  DatasourceConfig config;
  Mode mode = Mode::kRunning;
  std::vector<WorkerOrdered> orders = {};
  bool operator==(const DatasourceState&) const = default;
};

// Of Marker, DatasourceState, Counters, std::vector<Rotation>, Payload, Attempt, LogLine,
// Worker, ScheduleState, FunctionState, FunctionValues, CodeState and TokenUse.
template <typename T>
std::string encode_record(const T& value);
template <typename T>
T decode_record(std::string_view record);

// A job with those texts that its flags and its status say it has. `payload`: to be in the record
// too; else it stands under payload_key().
std::string encode_job(const State& state, const Job& job, const Texts& texts,
                       const Payload* payload);
StoredJob decode_job(JobKey key, std::string_view record);
// What decode_job() leaves out.
struct StoredTexts {
  Texts texts;
  std::optional<Payload> payload;
};
StoredTexts decode_job_texts(std::string_view record);
// Of a job record.
struct StoredNames {
  std::string client;
  std::string function;
};
StoredNames decode_job_names(std::string_view record);

// REQUIRES: they follow each other without a gap, at most kEventsInPage.
std::string encode_events(std::span<const Event* const> events);
// The one with that sequence, or all from it on. REQUIRES: the page reaches that far.
Event decode_event(DatasourceIndex datasource, std::string_view record, Sequence sequence);
std::vector<Event> decode_events(DatasourceIndex datasource, std::string_view record,
                                 Sequence first);
struct EventPageEnds {
  Sequence first = 0, last = 0;
  Time first_time{}, last_time{};
};
EventPageEnds decode_event_page_ends(std::string_view record);

// In the order of the sequences.
std::string encode_event_index(const std::vector<Sequence>& sequences);
std::vector<Sequence> decode_event_index(Sequence last, std::string_view record);

inline constexpr std::size_t kEventsInPage = 256;
// Sequences above these bits name a segment: what is forgotten, is by segments.
inline constexpr int kEventSegmentBits = 16;

inline constexpr std::string_view kMarkerKey = "m";
// Of the records that a start reads (recovery.cc): not texts and events, which may be many.
inline constexpr std::string_view kKindsOfStart[] = {"c", "d", "f", "j", "k", "m",
                                                     "n", "p", "s", "t", "w"};
// Of those that are of a datasource and none of its jobs or events, each with all of its keys.
inline constexpr std::string_view kKindsOfDatasource[] = {"b", "c", "d", "f", "g", "k",
                                                          "n", "p", "q", "s", "w"};
std::pair<std::string, std::string> datasource_range(std::string_view kind,
                                                     DatasourceIndex datasource);
std::string datasource_key(DatasourceIndex datasource);
std::string function_key(DatasourceIndex datasource, std::string_view function);
// Of the history of a function; "*": of the datasource. `number`: of the step since 1970.
std::string history_key(DatasourceIndex datasource, jobq::HistoryStep step, std::uint64_t number,
                        std::string_view function);
std::uint64_t step_number(jobq::HistoryStep step, Time time);
// Up to where the history has what was counted.
std::string history_base_key(DatasourceIndex datasource, std::string_view function);
std::string rotation_key(DatasourceIndex datasource, std::string_view client);
std::string job_key(JobKey job);
std::string payload_key(JobKey job);
// Attempts of a job, and lines of its log, share their keys with those that are kept no more.
std::string attempt_key(JobKey job, std::uint32_t attempt);
std::string log_line_key(JobKey job, std::uint32_t number);
std::string worker_key(DatasourceIndex datasource, std::string_view worker);
std::string schedule_key(DatasourceIndex datasource, std::string_view name);
std::string registered_key(DatasourceIndex datasource, std::string_view name);
std::string code_key(DatasourceIndex datasource, std::string_view hash);
std::string code_bytes_key(DatasourceIndex datasource, std::string_view hash);
std::string function_values_key(DatasourceIndex datasource, std::string_view function);
std::string token_key(std::string_view token);
std::string event_page_key(DatasourceIndex datasource, Sequence last);
// All keys of a client in the sequence's segment begin with it.
std::string event_index_prefix(DatasourceIndex datasource, Sequence sequence,
                               std::string_view client);
std::string event_index_key(DatasourceIndex datasource, std::string_view client, Sequence last);
// Before all index keys of the sequence's segment, and after those of the one before.
std::string event_segment_key(DatasourceIndex datasource, Sequence sequence);

// The parts of a key; the first byte says which kind it is.
DatasourceIndex datasource_of_key(std::string_view key);
JobKey job_of_key(std::string_view key);
std::string_view name_of_key(std::string_view key);
// Of a key of events: the sequence that it ends with.
Sequence last_of_key(std::string_view key);
// For people: the kind, the numbers, and the name.
std::string key_text(std::string_view key);
// Throws StorageError that names the record of the checkpoint.
[[noreturn]] void fail_record(std::string_view key, const std::string& problem);

}  // namespace store

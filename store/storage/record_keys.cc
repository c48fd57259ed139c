#include <xxhash.h>

#include <algorithm>
#include <cstdio>

#include "big_endian.h"
#include "record.h"

namespace store {
namespace {

std::string key_of(char kind, DatasourceIndex datasource) {
  std::string key(1, kind);
  append_big_endian(key, datasource, 4);
  return key;
}

std::string key_of(char kind, JobKey job) {
  std::string key = key_of(kind, job.datasource);
  append_big_endian(key, job.sequence, 8);
  return key;
}

std::string key_of(char kind, JobKey job, std::uint32_t slot) {
  std::string key = key_of(kind, job);
  append_big_endian(key, slot, 4);
  return key;
}

}  // namespace

std::pair<std::string, std::string> datasource_range(std::string_view kind,
                                                     DatasourceIndex datasource) {
  const char first = kind.front();
  return {key_of(first, datasource), datasource == UINT32_MAX
                                         ? std::string(1, static_cast<char>(first + 1))
                                         : key_of(first, datasource + 1)};
}
std::string datasource_key(DatasourceIndex datasource) { return key_of('d', datasource); }
std::string function_key(DatasourceIndex datasource, std::string_view function) {
  return key_of('f', datasource).append(function);
}
std::string history_key(DatasourceIndex datasource, jobq::HistoryStep step, std::uint64_t number,
                        std::string_view function) {
  std::string key = key_of('b', datasource);
  key += step == jobq::HistoryStep::kMinute ? 'm' : 'h';
  append_big_endian(key, number, 4);
  return key.append(function);
}
std::string history_base_key(DatasourceIndex datasource, std::string_view function) {
  return key_of('g', datasource).append(function);
}
std::uint64_t step_number(jobq::HistoryStep step, Time time) {
  constexpr std::uint64_t kMinuteMs = 60'000;
  constexpr std::uint64_t kMinutes = 60;
  const auto ms = static_cast<std::uint64_t>(time.time_since_epoch().count());
  return step == jobq::HistoryStep::kMinute ? ms / kMinuteMs : ms / kMinuteMs / kMinutes;
}
std::string rotation_key(DatasourceIndex datasource, std::string_view client) {
  return key_of('c', datasource).append(client);
}
std::string job_key(JobKey job) { return key_of('j', job); }
std::string payload_key(JobKey job) { return key_of('r', job); }
std::string attempt_key(JobKey job, std::uint32_t attempt) {
  return key_of('h', job, attempt % kAttemptsKept);
}
std::string log_line_key(JobKey job, std::uint32_t number) {
  return key_of('l', job, number % kLogLinesKept);
}
std::string worker_key(DatasourceIndex datasource, std::string_view worker) {
  return key_of('w', datasource).append(worker);
}
std::string schedule_key(DatasourceIndex datasource, std::string_view name) {
  return key_of('s', datasource).append(name);
}
std::string registered_key(DatasourceIndex datasource, std::string_view name) {
  return key_of('n', datasource).append(name);
}
std::string code_key(DatasourceIndex datasource, std::string_view hash) {
  return key_of('p', datasource).append(hash);
}
std::string code_bytes_key(DatasourceIndex datasource, std::string_view hash) {
  return key_of('q', datasource).append(hash);
}
std::string function_values_key(DatasourceIndex datasource, std::string_view function) {
  return key_of('k', datasource).append(function);
}
std::string token_key(std::string_view token) { return key_of('t', 0).append(token); }

std::string event_page_key(DatasourceIndex datasource, Sequence last) {
  return key_of('v', JobKey{datasource, last});
}
std::string event_segment_key(DatasourceIndex datasource, Sequence sequence) {
  return key_of('e', JobKey{datasource, sequence >> kEventSegmentBits});
}
std::string event_index_prefix(DatasourceIndex datasource, Sequence sequence,
                               std::string_view client) {
  std::string key = event_segment_key(datasource, sequence);
  append_big_endian(key, XXH3_64bits(client.data(), client.size()), 8);
  return key;
}
std::string event_index_key(DatasourceIndex datasource, std::string_view client, Sequence last) {
  std::string key = event_index_prefix(datasource, last, client);
  append_big_endian(key, last, 8);
  return key;
}

DatasourceIndex datasource_of_key(std::string_view key) {
  return static_cast<DatasourceIndex>(read_big_endian(key.substr(1, 4)));
}
JobKey job_of_key(std::string_view key) {
  return {datasource_of_key(key), read_big_endian(key.substr(5, 8))};
}
std::string_view name_of_key(std::string_view key) { return key.substr(5); }
std::string key_text(std::string_view key) {
  std::string text(key.substr(0, 1));
  std::string_view rest = key.substr(std::min<std::size_t>(key.size(), 1));
  if (rest.size() >= 4) {
    text += " of datasource " + std::to_string(datasource_of_key(key));
    rest.remove_prefix(4);
  }
  const bool has_sequence = key.starts_with('j') || key.starts_with('r') || key.starts_with('h') ||
                            key.starts_with('l') || key.starts_with('v') || key.starts_with('e');
  if (has_sequence && rest.size() >= 8) {
    text += ", " + std::to_string(job_of_key(key).sequence);
    rest.remove_prefix(8);
  }
  text += rest.empty() ? "" : ", ";
  for (const char c : rest) {
    const auto byte = static_cast<unsigned char>(c);
    if (!has_sequence && byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02x", byte);
      text += hex;
    }
  }
  return text;
}

void fail_record(std::string_view key, const std::string& problem) {
  throw StorageError("checkpoint, record " + key_text(key) + ": " + problem);
}

Sequence last_of_key(std::string_view key) { return read_big_endian(key.substr(key.size() - 8)); }

}  // namespace store

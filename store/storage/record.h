// Bytes on disk <-> what they mean: keys and values of the journal and of derived records. The only
// code that sees record.capnp; docs/storage.md explains the layout.
//
// clang-format off
//   journal   turn number, 8 bytes big-endian  -> record.Turn
//   derived   m                                -> record.Marker
//             c datasource(4) client           -> record.Rotation, of clients with jobs waiting
//             j datasource(4) sequence(8)      -> record.Job
//             r datasource(4) sequence(8)      -> text of a request whose job was written waiting
//             w datasource(4) worker           -> record.Worker
// clang-format on
//
// Decoding throws StorageError when the bytes are not what this code (or an older one) wrote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "job_table.h"
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
  Time time{};
  std::vector<std::pair<std::string, Sequence>> datasources;  // name, last sequence
};

std::string encode_marker(const Marker& marker);
Marker decode_marker(std::string_view record);

using Stamps = std::vector<std::pair<std::uint8_t, Sequence>>;
std::string encode_rotation(const Stamps& stamps);
Stamps decode_rotation(std::string_view record);

// A job with its texts. `request_apart`: the request stands under request_key() instead.
std::string encode_job(const JobTable& jobs, const Job& job, const Texts& texts,
                       bool request_apart);
struct DecodedJob {
  StoredJob job;
  Texts texts;
  bool request_apart = false;
};
// Without `with_texts` the texts stay empty.
DecodedJob decode_job(JobKey key, std::string_view record, bool with_texts);

std::string encode_worker(const Worker& worker);
Worker decode_worker(std::string_view record);

inline constexpr std::string_view kMarkerKey = "m";
std::string rotation_key(DatasourceIndex datasource, std::string_view client);
std::string job_key(JobKey job);
std::string request_key(JobKey job);
std::string worker_key(DatasourceIndex datasource, std::string_view worker);

// The parts of a key; the first byte says which kind it is.
DatasourceIndex datasource_of_key(std::string_view key);
JobKey job_of_key(std::string_view key);
std::string_view name_of_key(std::string_view key);

}  // namespace store

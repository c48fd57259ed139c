#include "recovery.h"

#include "doubting.h"
#include "read_ahead.h"
#include "record.h"
#include "restore.h"

namespace store {
namespace {

// Of the checkpoint.
using Read = std::function<void(std::string_view key, std::string_view record)>;

void read_one(std::size_t datasources, std::string_view key, std::string_view record,
              const Read& read) {
  read_doubting(
      [&] {
        if (key.front() != 't' && (key.size() < 5 || datasource_of_key(key) >= datasources)) {
          throw StorageError("is of no datasource that there is");
        }
        read(key, record);
      },
      [&](const std::string& problem) { fail_record(key, problem); });
}

void each_record(const Storage& storage, std::size_t datasources, std::string_view kind,
                 const Read& read) {
  storage.scan_checkpoint(kind, [&](std::string_view key, std::string_view record) {
    read_one(datasources, key, record, read);
  });
}

// The same, while another thread reads ahead: of the time of a start with many jobs, reading is
// about a half.
void each_of_many(const Storage& storage, std::size_t datasources, std::string_view kind,
                  const Read& read) {
  using Record = std::pair<std::string, std::string>;
  ReadAhead<Record> reading([&](const auto& give) {
    storage.scan_checkpoint(
        kind, [&](std::string_view key, std::string_view record) { give(Record(key, record)); });
  });
  for (std::vector<Record> records = reading.next(); !records.empty(); records = reading.next()) {
    for (const auto& [key, record] : records) {
      read_one(datasources, key, record, read);
    }
  }
}

// Returns the turn's time.
Time replay(TurnNumber number, std::string_view record, State& state,
            CheckpointWriter& checkpoint) {
  DecodedTurn turn = decode_turn(record);
  std::vector<Event> events;
  for (Entry& entry : turn.entries) {
    state.apply(turn.time, entry);
    if (entry.sequence != 0) {
      events.push_back(event_of(state, turn.time, entry, *state.find(entry.job)));
    }
  }
  checkpoint.note(number, turn.time, std::move(turn.entries), std::move(events));
  checkpoint.write_if_due(turn.time);
  checkpoint.cool_events();
  return turn.time;
}

}  // namespace

Time restore_checkpoint(const Storage& storage, State& state) {
  Restore restore(state);
  const auto marker_record = storage.read_checkpoint(kMarkerKey);
  if (!marker_record) {
    return {};
  }
  Marker marker;
  const auto fail_marker = [](const std::string& problem) { fail_record(kMarkerKey, problem); };
  read_doubting(
      [&] {
        marker = decode_record<Marker>(*marker_record);
        restore.store(marker.is_paused, marker.order);
        for (const Marker::Row& row : marker.datasources) {
          // A store that kept no events says 0.
          restore.datasource(row.name, row.last_sequence, row.last_stamp,
                             row.oldest_event == 0 ? row.last_sequence + 1 : row.oldest_event,
                             row.maker);
        }
      },
      fail_marker);
  const std::size_t datasources = state.datasource_count();
  each_record(storage, datasources, "d", [&](std::string_view key, std::string_view value) {
    DatasourceState stored = decode_record<DatasourceState>(value);
    restore.config(datasource_of_key(key), std::move(stored.config), stored.mode,
                   std::move(stored.orders));
  });
  each_record(storage, datasources, "f", [&](std::string_view key, std::string_view value) {
    restore.counters(datasource_of_key(key), name_of_key(key),
                     decode_record<FunctionCounts>(value));
  });
  each_record(storage, datasources, "c", [&](std::string_view key, std::string_view value) {
    restore.rotations(datasource_of_key(key), name_of_key(key),
                      decode_record<std::vector<Rotation>>(value));
  });
  each_record(storage, datasources, "p", [&](std::string_view key, std::string_view value) {
    restore.code(datasource_of_key(key), std::string(name_of_key(key)),
                 decode_record<CodeState>(value));
  });
  each_of_many(storage, datasources, "j", [&](std::string_view key, std::string_view value) {
    restore.job(decode_job(job_of_key(key), value));
  });
  each_record(storage, datasources, "w", [&](std::string_view key, std::string_view value) {
    restore.worker(datasource_of_key(key), std::string(name_of_key(key)),
                   decode_record<Worker>(value));
  });
  each_record(storage, datasources, "s", [&](std::string_view key, std::string_view value) {
    restore.schedule(datasource_of_key(key), std::string(name_of_key(key)),
                     decode_record<ScheduleState>(value));
  });
  each_record(storage, datasources, "n", [&](std::string_view key, std::string_view value) {
    auto function = decode_record<FunctionState>(value);
    if (function.function->name != name_of_key(key)) {
      throw StorageError("damaged record: a function of another name");
    }
    restore.function(datasource_of_key(key), std::move(function));
  });
  each_record(storage, datasources, "k", [&](std::string_view key, std::string_view value) {
    restore.function_state(datasource_of_key(key), std::string(name_of_key(key)),
                           decode_record<FunctionValues>(value));
  });
  each_record(storage, datasources, "t", [&](std::string_view key, std::string_view value) {
    restore.token(std::string(name_of_key(key)), decode_record<TokenUse>(value));
  });
  read_doubting([&] { restore.finish(); }, fail_marker);
  return marker.time;
}

Recovered replay_journal(Storage& storage, Time checkpoint_time, State& state,
                         CheckpointWriter& checkpoint) {
  Recovered recovered{
      .last_turn = storage.checkpoint_turn(), .last_time = checkpoint_time, .turns_replayed = 0};
  if (storage.last_turn() < recovered.last_turn) {
    throw StorageError("the journal ends at turn " + std::to_string(storage.last_turn()) +
                       ", but the checkpoint knows turn " + std::to_string(recovered.last_turn));
  }
  storage.read_journal(recovered.last_turn, [&](TurnNumber number, std::string_view record) {
    if (number != recovered.last_turn + 1) {
      throw StorageError("the journal lacks turn " + std::to_string(recovered.last_turn + 1));
    }
    read_doubting([&] { recovered.last_time = replay(number, record, state, checkpoint); },
                  [&](const std::string& problem) {
                    throw StorageError("journal, turn " + std::to_string(number) + ": " + problem);
                  });
    recovered.last_turn = number;
    ++recovered.turns_replayed;
  });
  state.forget_what_is_not_durable();
  if (storage.first_turn() == 0 && recovered.last_turn > 0) {
    // The journal was given up. Its end has to be told from one that is lost.
    storage.commit(++recovered.last_turn, encode_turn(recovered.last_time, {}));
  }
  return recovered;
}

Recovered recover(Storage& storage, State& state, CheckpointWriter& checkpoint) {
  const Time time = restore_checkpoint(storage, state);
  return replay_journal(storage, time, state, checkpoint);
}

}  // namespace store

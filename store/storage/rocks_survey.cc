#include "rocks_survey.h"

#include <xxhash.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "big_endian.h"
#include "record.h"

namespace store {
namespace {

// Which turns are lost, and why if that is known.
[[noreturn]] void refuse(const std::string& what, const std::string& complaint) {
  throw StorageError(what + (complaint.empty() ? "" : " (" + complaint + ")") +
                     "; restore what is lost, or start once with --accept-loss to go on without");
}

std::optional<std::string> read(const RocksDatabase& database, rocksdb::ColumnFamilyHandle* family,
                                std::string_view key) {
  std::string value;
  const auto status = database.db().Get({}, family, {key.data(), key.size()}, &value);
  if (status.IsNotFound()) {
    return std::nullopt;
  }
  database.require(status, "reading the database");
  return value;
}

void walk_journal(const RocksDatabase& database, bool accept_loss, Survey& found) {
  const std::unique_ptr<rocksdb::Iterator> journal(
      database.db().NewIterator({}, database.journal()));
  journal->SeekToFirst();
  database.require(journal->status(), "reading the journal");
  found.first_turn = journal->Valid() ? turn_of(journal->key().ToStringView()) : 0;
  journal->SeekToLast();
  database.require(journal->status(), "reading the journal");
  found.last_turn = journal->Valid() ? turn_of(journal->key().ToStringView()) : 0;
  TurnNumber expected = found.checkpoint_turn + 1;
  for (journal->Seek(turn_key(expected)); journal->Valid(); journal->Next(), ++expected) {
    if (turn_of(journal->key().ToStringView()) != expected) {
      if (!accept_loss) {
        refuse("the journal lacks turn " + std::to_string(expected) + ", but has turn " +
                   std::to_string(found.last_turn),
               database.complaint());
      }
      found.last_turn = expected - 1;
      found.has_rest = true;
      break;
    }
    found.chains.push_back(chain_after(found.chains.back(), journal->value().ToStringView()));
  }
  database.require(journal->status(), "reading the journal");
}

void require_no_records(const RocksDatabase& database) {
  const std::unique_ptr<rocksdb::Iterator> records(
      database.db().NewIterator({}, database.checkpoint()));
  for (const std::string_view kind : kKindsOfStart) {
    records->Seek({kind.data(), kind.size()});
    if (records->Valid() && records->key().starts_with({kind.data(), kind.size()})) {
      fail_record(records->key().ToStringView(),
                  "is there, but the number of the checkpoint's turn is not");
    }
    database.require(records->status(), "reading the checkpoint");
  }
}

}  // namespace

std::string turn_key(TurnNumber turn) {
  std::string key;
  append_big_endian(key, turn, 8);
  return key;
}

TurnNumber turn_of(std::string_view key) {
  if (key.size() != 8) {
    throw StorageError("damaged turn number");
  }
  return read_big_endian(key);
}

std::uint64_t chain_after(std::uint64_t chain, std::string_view record) {
  return XXH3_64bits_withSeed(record.data(), record.size(), chain);
}

Survey survey(const RocksDatabase& database, bool accept_loss) {
  Survey found;
  found.store = read(database, database.store(), kStoreKey).value_or("");
  if (const auto turn = read(database, database.checkpoint(), kTurnKey)) {
    found.checkpoint_turn = turn_of(*turn);
    const auto chain = read(database, database.checkpoint(), kChainKey);
    found.is_chain_known = chain.has_value();
    found.chains = {chain ? read_big_endian(*chain) : 0};
    found.has_checks = read(database, database.checkpoint(), kChecksKey) == turn;
  } else {
    require_no_records(database);
  }
  found.complaint = database.complaint();
  walk_journal(database, accept_loss, found);
  if (found.last_turn < found.checkpoint_turn) {
    if (!accept_loss) {
      refuse("the journal ends at turn " + std::to_string(found.last_turn) +
                 ", but the checkpoint knows turn " + std::to_string(found.checkpoint_turn),
             database.complaint());
    }
    found.has_rest = found.first_turn != 0;
    found.first_turn = 0;
    found.last_turn = found.checkpoint_turn;
  }
  return found;
}

void check_mark(const Survey& survey, const JournalMark& mark, const std::string& directory) {
  const auto& [turn, chain] = mark.point();
  if (turn > survey.last_turn) {
    refuse(directory + ": the journal ends at turn " + std::to_string(survey.last_turn) +
               ", but turn " + std::to_string(turn) + " was written, as " + mark.path() + " knows",
           survey.complaint);
  }
  if (survey.is_chain_known && turn >= survey.checkpoint_turn &&
      survey.chains.at(turn - survey.checkpoint_turn) != chain) {
    refuse(directory + ": turn " + std::to_string(turn) + " of the journal or one before it is " +
               "not what was written, as " + mark.path() + " knows",
           survey.complaint);
  }
}

}  // namespace store

#include "rocks_storage.h"

#include <rocksdb/convenience.h>

#include <algorithm>
#include <filesystem>

#include "big_endian.h"
#include "invariant.h"
#include "record.h"
#include "rocks_check.h"
#include "rocks_database.h"
#include "rocks_survey.h"

namespace store {
namespace {

using Access = RocksDatabase::Access;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(rocksdb::Slice slice) { return {slice.data(), slice.size()}; }

std::string number_bytes(std::uint64_t number) {
  std::string bytes;
  append_big_endian(bytes, number, 8);
  return bytes;
}

struct Found {
  std::unique_ptr<RocksDatabase> database = nullptr;  // to be read; none where there is none yet
  bool up_to_damage = false;                          // that it was opened so
  Survey survey = {};
};

Found look_at(const std::string& directory, const RocksOptions& options, bool up_to_damage) {
  Found found{std::make_unique<RocksDatabase>(directory,
                                              RocksDatabase::Options{Access::kRead, up_to_damage}),
              up_to_damage};
  found.survey = survey(*found.database, options.accept_loss);
  const std::string& store = found.survey.store;
  if (!options.store.empty() && store != options.store) {
    throw StorageError(directory + ": is the database of " +
                       (store.empty() ? "an older store" : "store " + store) + ", not of store " +
                       options.store);
  }
  return found;
}

// What is there, once it is known to be whole; nothing is changed before. A turn that was being
// written when power went is damage with room behind it: no harm if the mark does not know it.
Found find_whole(const std::string& directory, const RocksOptions& options) {
  try {
    return look_at(directory, options, options.accept_loss);
  } catch (const StorageError&) {
    try {
      Found found = look_at(directory, options, true);
      check_mark(found.survey, JournalMark(directory + ".mark", JournalMark::Access::kRead),
                 directory);
      return found;
    } catch (const StorageError&) {  // the first one says more
    }
    throw;
  }
}

}  // namespace

std::size_t RocksStorage::files_max() {
  return static_cast<std::size_t>(RocksDatabase::files_max());
}

RocksStorage::RocksStorage(const std::string& directory, const RocksOptions& options) {
  const bool is_new = options.create && !std::filesystem::exists(directory);
  Found found;
  if (!is_new) {
    found = find_whole(directory, options);
  }
  const Survey& survey = found.survey;
  first_turn_ = survey.first_turn;
  last_turn_ = survey.last_turn;
  checkpoint_turn_ = survey.checkpoint_turn;
  chains_ = survey.chains;
  chains_from_ = checkpoint_turn_;
  store_ = survey.store;
  has_checks_ = survey.has_checks;
  database_ = std::move(found.database);
  if (!is_new) {
    options.restore ? options.restore(*this) : check_records();
  }
  const bool may_be_made = is_new || options.adopt || options.accept_loss;
  mark_ = std::make_unique<JournalMark>(directory + ".mark",
                                        options.look  ? JournalMark::Access::kRead
                                        : may_be_made ? JournalMark::Access::kMake
                                                      : JournalMark::Access::kWrite);
  if (!options.accept_loss) {
    check_mark(survey, *mark_, directory);
  }
  if (options.look) {
    return;
  }
  database_.reset();
  database_ = std::make_unique<RocksDatabase>(
      directory,
      RocksDatabase::Options{is_new ? Access::kCreate : Access::kWrite, found.up_to_damage});
  if (survey.has_rest) {
    drop_turns_after(first_turn_ == 0 ? 0 : last_turn_);
  }
  name_store();
  mark_->set({last_turn_, chains_.back()});
  mark_->sync();
  database_->merge_small_tables();
}

RocksStorage::~RocksStorage() = default;

void RocksStorage::check_records() const {
  for (const std::string_view kind : kKindsOfStart) {
    scan_checkpoint(kind, [](auto, auto) {});
  }
}

void RocksStorage::name_store() {
  if (!store_.empty()) {
    return;
  }
  database_->require(database_->db().GetDbIdentity(store_), "naming the database");
  rocksdb::WriteOptions options;
  options.disableWAL = true;  // it is flushed at once; a log would have to be kept for it
  database_->require(database_->db().Put(options, database_->store(), slice(kStoreKey), store_),
                     "naming the database");
  database_->require(database_->db().Flush({}, database_->store()), "naming the database");
}

void RocksStorage::check_files() const {
  database_->require(database_->db().VerifyChecksum(), "checking the files");
}

void RocksStorage::drop_turns_after(TurnNumber turn) {
  rocksdb::WriteOptions options;
  options.sync = true;
  database_->require(database_->db().DeleteRange(options, database_->journal(), turn_key(turn + 1),
                                                 turn_key(UINT64_MAX)),
                     "shortening the journal");
}

void RocksStorage::commit(TurnNumber turn, std::string_view record) {
  INVARIANT(last_turn_ == 0 || turn == last_turn_ + 1, turn, last_turn_);
  rocksdb::WriteOptions options;
  options.sync = true;
  const std::string key = turn_key(turn);
  std::string stored;
  stored.reserve(record.size() + kCheckBytes);
  stored.append(record).append(has_checks_ ? check_of(key, record) : std::string());
  database_->require(database_->db().Put(options, database_->journal(), key, stored),
                     "writing the journal");
  chains_ = {chain_after(chains_.back(), stored)};
  chains_from_ = turn;
  mark_->set({turn, chains_.back()});
  last_turn_ = turn;
  first_turn_ = first_turn_ == 0 ? turn : first_turn_;
}

std::string_view RocksStorage::turn_record(TurnNumber turn, std::string_view stored) const {
  if (!has_checks_) {
    return stored;
  }
  try {
    return checked(turn_key(turn), stored);
  } catch (const StorageError& problem) {
    if (turn <= checkpoint_turn_) {
      throw StorageError("journal, turn " + std::to_string(turn) + ": " + problem.what());
    }
    return stored;  // it is known by the hash of all turns; an older version has written it
  }
}

std::string_view RocksStorage::record_of(std::string_view key, std::string_view stored) const {
  if (!has_checks_ || key.starts_with('@')) {
    return stored;
  }
  try {
    return checked(key, stored);
  } catch (const StorageError& problem) {
    fail_record(key, problem.what());
  }
}

void RocksStorage::read_journal(
    TurnNumber after, const std::function<void(TurnNumber, std::string_view)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> journal(
      database_->db().NewIterator({}, database_->journal()));
  for (journal->Seek(turn_key(std::max(after + 1, first_turn_))); journal->Valid();
       journal->Next()) {
    const TurnNumber turn = turn_of(view(journal->key()));
    visit(turn, turn_record(turn, view(journal->value())));
  }
  database_->require(journal->status(), "reading the journal");
}

void RocksStorage::write_checkpoint(CheckpointBatch batch) {
  std::size_t bytes = 0;
  for (const CheckpointBatch::Write& write : batch.writes) {
    bytes += write.key.size() + (write.value ? write.value->size() + kCheckBytes : 0) + 16;
  }
  rocksdb::WriteBatch writes(bytes + 64 * batch.deleted.size() + 64);
  for (const CheckpointBatch::Range& range : batch.deleted) {
    writes.DeleteRange(database_->checkpoint(), range.begin, range.end);
  }
  for (const CheckpointBatch::Write& write : batch.writes) {
    if (write.value) {
      const std::string check = has_checks_ ? check_of(write.key, *write.value) : std::string();
      const rocksdb::Slice key(write.key);
      const rocksdb::Slice parts[] = {*write.value, check};
      database_->require(writes.Put(database_->checkpoint(), {&key, 1}, {parts, 2}),
                         "writing the checkpoint");
    } else {
      writes.Delete(database_->checkpoint(), write.key);
    }
  }
  writes.Put(database_->checkpoint(), slice(kTurnKey), turn_key(batch.turn));
  writes.Put(database_->checkpoint(), slice(kChainKey), number_bytes(chain_of(batch.turn)));
  if (has_checks_) {
    writes.Put(database_->checkpoint(), slice(kChecksKey), turn_key(batch.turn));
  }
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  database_->require(database_->db().Write(options, &writes), "writing the checkpoint");
  checkpoint_turn_ = batch.turn;
}

std::optional<std::string> RocksStorage::read_checkpoint(std::string_view key) const {
  std::string value;
  const auto status = database_->db().Get({}, database_->checkpoint(), slice(key), &value);
  if (status.IsNotFound()) {
    return std::nullopt;
  }
  database_->require(status, "reading the checkpoint");
  value.resize(record_of(key, value).size());
  return value;
}

void RocksStorage::scan_checkpoint(
    std::string_view prefix,
    const std::function<void(std::string_view, std::string_view)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> records(
      database_->db().NewIterator(RocksDatabase::once(), database_->checkpoint()));
  for (records->Seek(slice(prefix)); records->Valid() && records->key().starts_with(slice(prefix));
       records->Next()) {
    const std::string_view key = view(records->key());
    visit(key, record_of(key, view(records->value())));
  }
  database_->require(records->status(), "reading the checkpoint");
}

void RocksStorage::walk_checkpoint(
    std::string_view prefix, std::string_view from,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> records(
      database_->db().NewIterator({}, database_->checkpoint()));
  const auto visits = [&] {
    const std::string_view key = view(records->key());
    return visit(key, record_of(key, view(records->value())));
  };
  for (records->Seek(slice(from));
       records->Valid() && records->key().starts_with(slice(prefix)) && visits(); records->Next()) {
  }
  database_->require(records->status(), "reading the checkpoint");
}

TurnNumber RocksStorage::checkpoint_on_disk() const {
  rocksdb::ReadOptions options;
  options.read_tier = rocksdb::kPersistedTier;  // passes over memtables that no log stands behind
  std::string value;
  const auto status =
      database_->db().Get(options, database_->checkpoint(), slice(kTurnKey), &value);
  if (status.IsNotFound()) {
    return 0;
  }
  database_->require(status, "reading the checkpoint");
  return turn_of(value);
}

void RocksStorage::flush_checkpoint(bool wait) {
  rocksdb::FlushOptions options;
  options.wait = wait;
  options.allow_write_stall = true;
  database_->require(database_->db().Flush(options, database_->checkpoint()),
                     "flushing the checkpoint");
  if (wait) {
    mark_->sync();
  }
}

void RocksStorage::trim_journal(TurnNumber turn) {
  turn = std::min(turn, last_turn_);  // the last one stays, to know where to go on
  INVARIANT(checkpoint_on_disk() + 1 >= turn, turn);
  if (turn <= first_turn_) {
    return;
  }
  // Files that have nothing else go; the others' turns stay until these are over too.
  const std::string end = turn_key(turn);
  const rocksdb::Slice last(end);
  database_->require(
      rocksdb::DeleteFilesInRange(&database_->db(), database_->journal(), nullptr, &last, false),
      "trimming the journal");
  first_turn_ = turn;
}

void RocksStorage::give_back_room(bool is_quiet) {
  database_->merge_soon(is_quiet && database_->has_much_to_merge());
}

// Zero for a turn that was never committed.
std::uint64_t RocksStorage::chain_of(TurnNumber turn) const {
  const TurnNumber place = turn - chains_from_;
  return place < chains_.size() ? chains_[place] : 0;
}

StorageCounters RocksStorage::counters() const {
  const auto ticker = [this](std::uint32_t type) { return database_->ticker(type); };
  return {.syncs = ticker(rocksdb::WAL_FILE_SYNCED),
          .wal_bytes = ticker(rocksdb::WAL_FILE_BYTES),
          .flush_bytes = ticker(rocksdb::FLUSH_WRITE_BYTES),
          .compaction_bytes = ticker(rocksdb::COMPACT_WRITE_BYTES)};
}

}  // namespace store

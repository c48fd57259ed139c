// What is in the database, read before anything is written, so that a start that has to be refused
// leaves everything as it is. Only for rocks_*.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "journal_mark.h"
#include "rocks_database.h"

namespace store {

// Beside the records that record.h describes; they sort before all of them.
inline constexpr std::string_view kTurnKey = "@turn";
inline constexpr std::string_view kChainKey = "@chain";
// Up to which turn all records have checks (rocks_check.h): the checkpoint's, unless an older
// version has written here.
inline constexpr std::string_view kChecksKey = "@checks";
// In the family that has nothing else: whose database it is.
inline constexpr std::string_view kStoreKey = "store";

std::string turn_key(TurnNumber turn);
TurnNumber turn_of(std::string_view key);
std::uint64_t chain_after(std::uint64_t chain, std::string_view record);

struct Survey {
  std::string store;  // empty: it says nothing
  TurnNumber first_turn = 0;
  TurnNumber last_turn = 0;
  TurnNumber checkpoint_turn = 0;
  // Of the checkpoint's turn and of those after it.
  std::vector<std::uint64_t> chains = {0};
  bool is_chain_known = true;  // not of a checkpoint that an older version wrote
  bool has_checks = true;      // nor has that any
  std::string complaint;
  // There are turns beyond the last one, after one that is missing.
  bool has_rest = false;
};

// Reads the turns after the checkpoint. Throws StorageError when it cannot, or when a turn is
// missing that a start needs, unless `accept_loss`: then the journal ends before it.
Survey survey(const RocksDatabase& database, bool accept_loss);

// Throws StorageError unless the journal has what the mark says it had.
void check_mark(const Survey& survey, const JournalMark& mark, const std::string& directory);

}  // namespace store

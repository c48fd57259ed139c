// What kinds of changes there are; see changes.h.
#pragma once

namespace store {

// What each type of change says of itself.
struct ChangeTraits {
  bool is_of_store;  // of no datasource
  bool is_event;     // watchers see it, and it is numbered
  bool frees_work;   // somebody who waits for a job may get one by it
};
inline constexpr ChangeTraits kOfStore{true, false, false};
inline constexpr ChangeTraits kQuiet{false, false, false};
inline constexpr ChangeTraits kQuietWork{false, false, true};
inline constexpr ChangeTraits kEvent{false, true, false};
inline constexpr ChangeTraits kWorkEvent{false, true, true};

}  // namespace store

// What can happen to code that jobs name; see changes.h.
#pragma once

#include <string>

#include "change_traits.h"

namespace store {

// Code is there for jobs to name. The token is the entry's.
struct CodeAdded {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string hash;
  std::string runtime;
  std::string content;
};
// It was added once more; or is removed, since no job names it.
struct CodeUsed {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string hash;
};
struct CodeRemoved {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string hash;
};

}  // namespace store

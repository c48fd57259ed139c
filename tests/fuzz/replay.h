// A corpus, and mutations of it that are the same in every run.
#pragma once

#include <string>
#include <string_view>

namespace fuzzing {

struct Replayed {
  const char* name;
  bool (*run)(std::string_view bytes);
  std::string directory;
  const char* prefix;
  const char* suffix;
  int mutations;
};

// Checks that each of the corpus is taken, and mutations are taken or refused, never more.
void replay(const Replayed& target);

}  // namespace fuzzing

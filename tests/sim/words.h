// Names for what happens, to count it and to show a person what went wrong.
#pragma once

#include <set>
#include <string>

#include "../describe/describe.h"
#include "commands.h"
#include "state.h"
#include "texts.h"

namespace store::sim {

// The name of its type: "Submit", "LeaseLostLast".
template <typename Variant>
std::string kind_of(const Variant& any) {
  return std::visit(
      []<typename Held>(const Held&) { return std::string(describing::name_of<Held>()); }, any);
}
// The same of a command, and how it was answered: "GetJob 404".
std::string outcome_of(const Command& command, const Reply& reply);

// The limits by name that a reply says are reached.
std::set<std::string> limits_met(const Reply& reply);

// What a peer gets, but for what the documents leave open: words that refusals have for people,
// estimates of when to ask again, and the order of lists that have none. The texts of jobs are read
// at the end of a turn; `state`: as it is then.
std::string bytes_of(Reply reply, TextSource& texts, const State& state);
// The same for a person.
std::string in_words(const std::string& bytes);

}  // namespace store::sim

// Commands, entries and replies in words: to compare what the engine and the model answer, and to
// show a person what went wrong. What the documents leave open (texts for people, estimates) is
// left out.
#pragma once

#include <string>

#include "commands.h"
#include "job_table.h"
#include "texts.h"

namespace store::sim {

// Times are told from here on.
inline constexpr Time kStart{std::chrono::hours(24 * 365 * 50)};

std::string text_of(Time time);
std::string text_of(const NewJob& job);
std::string text_of(const decltype(Outcome::word)& word);
std::string text_of(const Command& command);
std::string text_of(const Entry& entry);

// With the texts of its jobs. They are read at the end of a turn: those of a job that has changed
// since it was shown are left out. `jobs`: as they are now.
std::string text_of(const Reply& reply, TextSource& texts, const JobTable& jobs);

// The name of its kind: "submit", "lease lost last".
std::string kind_of(const Command& command);
std::string kind_of(const Change& change);
// The same, and how it was answered: "get 404".
std::string outcome_of(const Command& command, const Reply& reply);

}  // namespace store::sim

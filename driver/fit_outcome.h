// Makes outcomes fit the contract where that loses nothing that matters, so that a callback need
// not know the limits of an error: the job would otherwise be refused its end.
#pragma once

#include <string>

#include "jobq/driver.h"

namespace jobq {

// Cuts an error's texts to their limits, replaces what is not UTF-8 in them, and names an error
// that has no code. A response that no message can carry becomes an error. What a response says
// and how large it may be otherwise is left to the store.
std::variant<Done, JobError> fit_outcome(std::variant<Done, JobError> word);

// At most `bytes_max` of `text`, each byte that is not part of UTF-8 replaced by '?'.
std::string fit_text(std::string text, std::size_t bytes_max);

}  // namespace jobq

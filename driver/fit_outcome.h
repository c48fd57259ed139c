// Makes what callbacks say fit the contract where that loses nothing that matters, so that they
// need not know the limits of texts: the job would otherwise be refused its end.
#pragma once

#include <string>

#include "jobq/outcomes.h"

namespace jobq {

// Cuts texts to their limits and spans to theirs, replaces what is not UTF-8, and names an error
// that has no code. A response that no message can carry becomes an error. What a response says
// and how large it may be otherwise is left to the store.
Result fit_outcome(Result word);
Progress fit_progress(Progress progress);
LogText fit_log_text(LogText line);

// At most `bytes_max` of `text`, each byte that is not part of UTF-8 replaced by '?'.
std::string fit_text(std::string text, std::size_t bytes_max);

}  // namespace jobq

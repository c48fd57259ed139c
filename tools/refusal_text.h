// What the store refused, in words, with what would help where that is known.
#pragma once

#include <string>

#include "jobq/types.h"

namespace tools {

// "refused by the store (403): ...".
[[nodiscard]] std::string refusal_text(unsigned code, const std::string& what,
                                       jobq::Span retry_after);

}  // namespace tools

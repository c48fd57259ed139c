// Patterns of paths, as caveats have them, judged by the table of operations.
#pragma once

#include <string_view>

namespace store {

// Whether some path of the store is `pattern`, or begins like it up to a `*` at its end.
bool may_cover(std::string_view pattern);

}  // namespace store

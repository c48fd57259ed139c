// Narrowing tokens without asking the store: whoever holds a token may hand on one that allows
// less. docs/capabilities.md says what caveats there are.
#pragma once

#include <string>
#include <vector>

namespace jobq {

// `token` narrowed by all of `caveats`, for example {"job = j1", "time < 2026-12-01T00:00:00Z"}, as
// URL-safe base64 in the version that `token` has. Needs neither a key nor a connection, and may be
// called by several threads.
//
// Throws std::invalid_argument when `token` is no token, has discharges (which are bound to it as
// it is: narrow first, bind then) or would become too long, and when one of `caveats` is unknown or
// malformed: what() names it then, and never the token. Caveats that contradict each other are
// added all the same: such a token allows nothing.
[[nodiscard]] std::string attenuate(const std::string& token,
                                    const std::vector<std::string>& caveats);

}  // namespace jobq

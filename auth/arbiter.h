// Tokens of databox's arbiter, who signs them for each store of its box with a secret that it
// shares with that store alone. All of them have an empty identifier, and those for one path are
// the same bytes, whoever asked for them. So the store makes identifiers for them, by which they
// are counted and revoked, and which tokens have that it makes of them itself.
#pragma once

#include <string>
#include <string_view>

#include "macaroon.h"

namespace auth {

// What is before the dot in such an identifier; its key is the arbiter's secret.
inline constexpr std::string_view kArbiterKeyId = "arbiter";

// By which the store knows a token: its identifier, or where that is empty, an Identifier made of
// the first two parts of the first `path` caveat, as "/kv/scan" of "/kv/scan/job/*": a hash of
// them, and for people a label like them. Databox grants what is below them as a whole, so that who
// asks the arbiter for a thousand paths there gets no thousand budgets; narrowed copies share it
// too.
[[nodiscard]] std::string identity_of(const Macaroon& token);

}  // namespace auth

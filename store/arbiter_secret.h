// The secret that databox's arbiter signs tokens for a store with. Each time that it is asked it
// makes another one, and all tokens before are void, which databox's clients keep until they end.
// So a store asks once, and keeps what it got:
//
//   arbiter.secret   0600  a check line (auth/check_line.h); "token " and a hash of the store's
//   name
//                          and its ARBITER_TOKEN, keyed with the secret; "secret " and that
//
// It asks again when its token is another one: then the container manager has started it anew, and
// the arbiter knows no secret of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "secret.h"

namespace store {

struct ArbiterSecret {
  auth::Secret text;
  bool is_new = false;
};

struct ArbiterQuestion {
  std::string data;        // the data directory
  std::string endpoint;    // the arbiter's
  std::string server_key;  // its public key, Z85
  std::string name;        // the store's, as the arbiter knows it
  std::string_view token;  // the same
};

// Waits for the arbiter, for as long as it takes, and logs what it waits for when that changes.
// Empty when `stop_fd` becomes readable. Throws auth::KeyFileError or SocketError.
std::optional<ArbiterSecret> arbiter_secret(const ArbiterQuestion& question, int stop_fd);

}  // namespace store

// What databox's container manager gives a store that it starts, beside the environment: files that
// databox's stores all have in /run/secrets.
//
//   ZMQ_SECRET_KEY, ZMQ_PUBLIC_KEY   the CURVE key pair of the arbiter and of all stores, Z85
//   ARBITER_TOKEN                    by which the arbiter knows this store, text
#pragma once

#include <string>

#include "config.h"
#include "keys.h"
#include "rights.h"
#include "secret.h"

namespace store {

struct DataboxSecrets {
  auth::CurveKeys curve;
  auth::Secret arbiter_token;
};

// Throws auth::KeyFileError, which names the file.
DataboxSecrets read_databox_secrets(const std::string& directory);

// Waits for the arbiter's secret (arbiter_secret.h), and makes it one that tokens are good with.
// False when `stop_fd` is readable before.
bool trust_arbiter(const Config& config, const DataboxSecrets& secrets, int stop_fd,
                   Rights& rights);

}  // namespace store

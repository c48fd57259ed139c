// What jobqd is told on its command line and by its environment.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "store_limits.h"

namespace store {

struct Config {
  std::string data;  // directory, made at the first start
  // Where operators may have backups made; empty: nowhere.
  std::string backups;
  // Directory to look at instead of running; empty: none.
  std::string verify;
  // Backup to make `data` of, instead of running; empty: none.
  std::string restore;
  // What tokens' target caveats are compared with.
  std::string name = "jobqd";
  std::vector<std::string> request_endpoints = {"tcp://*:5555"};
  std::vector<std::string> status_endpoints = {"tcp://*:5557"};
  std::vector<std::string> driver_endpoints = {"tcp://*:5558"};
  // Of databox's Zest; empty: what is asked over Zest is answered, and nothing observed.
  std::vector<std::string> observe_endpoints;
  // Without CURVE only loopback and ipc endpoints are bound.
  bool curve = true;
  // Where databox's arbiter is; empty: the store is in no databox. And what is there to be known of
  // it (databox.h).
  std::string databox_arbiter;
  std::string databox_secrets = "/run/secrets";
  // Whether driver paths are also served on the request endpoints.
  bool drivers_on_request = true;
  // File of the CURVE keys that may connect to the driver endpoints; empty: any may.
  std::string driver_keys;
  // File that gets a copy of the store's public CURVE key; empty: none.
  std::string public_key_copy;
  // Whether the keys that tokens are signed with, or the CURVE key, are made anew when their file
  // is missing beside data, or taken when they are others than those that belong there.
  bool new_root_key = false;
  bool new_curve_key = false;
  // Whether to take the clock's time, however far ahead it is.
  bool accept_clock = false;
  // Whether to go on though turns of the journal are lost.
  bool accept_loss = false;
  // Tokens whose signature need not be checked again; 0: each is checked each time.
  std::size_t token_cache = 10'000;
  // Connections of all endpoints together; fewer where the process may not open so many files.
  std::size_t connections_max = 10'000;
  bool core_files = false;
  // File that gets a line for each change and each refused token; empty: none.
  std::string audit;
  // How long turns stay in the journal at least.
  std::chrono::milliseconds journal_keep = std::chrono::minutes(60);
  // How long watchers find events at least, and how many of each datasource at most.
  std::chrono::milliseconds events_keep = std::chrono::hours(24);
  std::uint64_t events_max = 10'000'000;
  // A frame goes out at least this often on a status stream.
  std::chrono::milliseconds heartbeat = std::chrono::seconds(2);
  // Submits are refused (507) while the disk of `data` has less than this free, so that jobs which
  // are under way can still be finished.
  std::uint64_t disk_reserve_mib = 128;
  // "trace" .. "error"
  std::string log_level = "info";
  bool log_json = false;
  Limits limits;
};

// Reads the command line. Empty: the program has to end with `exit_code` (help, version, or a
// mistake, which has been reported).
struct ParsedConfig {
  Config config;
  bool run = false;
  int exit_code = 0;
};
ParsedConfig parse_config(int argc, const char* const* argv);

}  // namespace store

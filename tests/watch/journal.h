// The truth that watchers are compared with: a datasource's journal, read page by page with
// messages made by hand, after everything has come to rest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "watched_store.h"

namespace watch {

// As far as the tests compare events.
struct SeenEvent {
  std::uint64_t sequence = 0;
  std::string job;
  std::string client;
  unsigned kind = 0;
  unsigned status = 0;
  unsigned attempt = 0;

  bool operator==(const SeenEvent&) const = default;
};

// All events of `path`, e.g. "/jobs/scan/events".
std::vector<SeenEvent> read_journal(const WatchedStore& store, const std::string& path);

}  // namespace watch

// What a turn leaves behind: the one way out of the engine. Filled by the engine, emptied by the
// server once the entries are on disk and the replies are sent.
#pragma once

#include <vector>

#include "changes.h"
#include "event.h"
#include "replies.h"

namespace store {

struct Outbound {
  Origin origin;
  Reply reply;
  bool is_wait_over = false;  // and nothing came of it: whoever waited may be gone
};

struct Effects {
  std::vector<Entry> entries;     // to be committed as one, in this order
  std::vector<Event> events;      // what watchers see of them
  std::vector<Outbound> replies;  // to be sent after that

  void clear() {
    entries.clear();
    events.clear();
    replies.clear();
  }
};

}  // namespace store

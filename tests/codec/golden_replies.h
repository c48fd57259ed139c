// One reply of each kind, as it is kept under tests/golden.
#pragma once

#include <string>
#include <vector>

#include "known_texts.h"
#include "replies.h"

namespace store {

struct GoldenReply {
  std::string name;
  Reply reply;
};

std::vector<GoldenReply> golden_replies();

// One of each kind.
std::vector<Event> golden_events();

// Of the jobs in them.
KnownTexts golden_texts();

}  // namespace store

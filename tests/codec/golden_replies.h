// One reply of each kind, as it is kept under tests/golden.
#pragma once

#include <string>
#include <vector>

#include "codec.h"
#include "known_texts.h"

namespace store {

struct GoldenReply {
  template <typename T>
  GoldenReply(std::string name_, T reply_) : name(std::move(name_)) {
    if constexpr (std::is_constructible_v<Reply, T>) {
      reply = Reply(std::move(reply_));
    } else {
      reply = ServerReply(std::move(reply_));
    }
  }
  std::string name;
  std::variant<Reply, ServerReply> reply;
};

std::vector<GoldenReply> golden_replies();
// A part of them.
std::vector<GoldenReply> replies_about_after();
std::vector<GoldenReply> replies_about_state();
std::vector<GoldenReply> replies_about_workers();

// One of each kind.
std::vector<Event> golden_events();

// Of the jobs in them.
KnownTexts golden_texts();

}  // namespace store

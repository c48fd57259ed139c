// A text as a message of libzmq, without a copy: it counts as long as that is held.
#pragma once

#include <memory>
#include <utility>
#include <zmq.hpp>

#include "held_bytes.h"

namespace store {

inline zmq::message_t held_message(HeldText text) {
  auto hold = std::make_unique<HeldText>(std::move(text));
  const auto let_go = [](void*, void* hint) {  // libzmq may do so in any thread
    const std::unique_ptr<HeldText> mine(static_cast<HeldText*>(hint));
  };
  zmq::message_t message(const_cast<char*>(hold->text().data()), hold->text().size(), let_go,
                         hold.get());
  (void)hold.release();
  return message;
}

}  // namespace store

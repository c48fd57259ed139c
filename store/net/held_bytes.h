// Bytes that libzmq holds for us: a message made here counts until libzmq has given it to the
// kernel, or has dropped it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <zmq.hpp>

namespace store {

using HeldBytes = std::shared_ptr<std::atomic<std::size_t>>;

inline HeldBytes no_held_bytes() { return std::make_shared<std::atomic<std::size_t>>(0); }

// libzmq may let go of it in any thread.
inline zmq::message_t held_message(std::string body, HeldBytes held) {
  struct Hold {
    std::string body;
    HeldBytes bytes;
  };
  auto hold = std::make_unique<Hold>(Hold{std::move(body), std::move(held)});
  const auto let_go = [](void*, void* hint) {
    const std::unique_ptr<Hold> mine(static_cast<Hold*>(hint));
    *mine->bytes -= mine->body.size();
  };
  *hold->bytes += hold->body.size();
  zmq::message_t message(hold->body.data(), hold->body.size(), let_go, hold.get());
  (void)hold.release();
  return message;
}

}  // namespace store

#include "lossy_proxy.h"

#include <array>
#include <chrono>
#include <list>
#include <random>
#include <utility>
#include <vector>
#include <zmq.hpp>

namespace watch {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Frame {
  std::vector<std::string> parts;
  Clock::time_point due;
  int behind = 0;  // so many later frames go first
};

std::vector<std::string> receive(zmq::socket_t& socket) {
  std::vector<std::string> parts;
  zmq::message_t part;
  do {
    if (!socket.recv(part, zmq::recv_flags::dontwait)) {
      break;
    }
    parts.push_back(part.to_string());
  } while (part.more());
  return parts;
}

void send(zmq::socket_t& socket, const std::vector<std::string>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto more = i + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
    socket.send(zmq::buffer(parts[i]), more);
  }
}

}  // namespace

LossyProxy::LossyProxy(std::string store_endpoint, std::string endpoint, std::uint64_t seed)
    : store_endpoint_(std::move(store_endpoint)),
      endpoint_(std::move(endpoint)),
      thread_([this, seed] { run(seed); }) {
  is_ready_.wait(false);
}

LossyProxy::~LossyProxy() {
  stops_ = true;
  thread_.join();
}

void LossyProxy::run(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  zmq::context_t context(1);
  zmq::socket_t store(context, zmq::socket_type::xsub);
  zmq::socket_t subscribers(context, zmq::socket_type::xpub);
  for (zmq::socket_t* socket : {&store, &subscribers}) {
    socket->set(zmq::sockopt::linger, 0);
  }
  store.set(zmq::sockopt::reconnect_ivl, 10);
  subscribers.bind(endpoint_);
  store.connect(store_endpoint_);
  is_ready_ = true;
  is_ready_.notify_all();
  std::list<Frame> held;
  const auto release = [&](auto is_free) {
    for (auto frame = held.begin(); frame != held.end();) {
      if (is_free(*frame)) {
        send(subscribers, frame->parts);
        frame = held.erase(frame);
      } else {
        ++frame;
      }
    }
  };
  while (!stops_) {
    std::array<zmq::pollitem_t, 2> items{
        {{store.handle(), 0, ZMQ_POLLIN, 0}, {subscribers.handle(), 0, ZMQ_POLLIN, 0}}};
    zmq::poll(items.data(), items.size(), 5ms);
    for (auto parts = receive(subscribers); !parts.empty(); parts = receive(subscribers)) {
      send(store, parts);
    }
    for (auto parts = receive(store); !parts.empty(); parts = receive(store)) {
      const auto chance = random() % 100;
      if (chance < 10) {
        ++dropped_;
        continue;
      }
      ++passed_;
      if (chance < 20) {
        held.push_back({std::move(parts), Clock::now() + 1ms * (random() % 100), 0});
      } else if (chance < 30) {
        held.push_back({std::move(parts), Clock::now() + 1s, static_cast<int>(1 + random() % 4)});
      } else {
        send(subscribers, parts);
        for (Frame& frame : held) {
          --frame.behind;
        }
        release([](const Frame& frame) { return frame.behind == 0; });
      }
    }
    release([](const Frame& frame) { return frame.due <= Clock::now(); });
  }
}

}  // namespace watch

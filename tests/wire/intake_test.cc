#include "intake.h"

#include <catch2/catch.hpp>
#include <deque>
#include <string>
#include <vector>

namespace store {
namespace {

constexpr std::size_t kLarge = 1u << 20;

struct Peers {
  std::deque<Frame> sent;
  Intake intake{[this]() -> std::optional<Frame> {
    if (sent.empty()) {
      return std::nullopt;
    }
    Frame frame = std::move(sent.front());
    sent.pop_front();
    return frame;
  }};

  void send(const std::string& peer, std::size_t bytes, int times = 1) {
    for (int i = 0; i < times; ++i) {
      sent.push_back({.identity = peer, .body = std::string(bytes, 'x')});
    }
  }
  std::vector<std::string> turn() {
    std::vector<std::string> served;
    while (auto frame = intake.next()) {
      served.push_back(frame->identity);
    }
    for (const Frame& frame : intake.take_aside(served.empty())) {
      served.push_back(frame.identity);
    }
    return served;
  }
};

using Served = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Peers, "what is small is served before what is large") {
  send("a", kLarge);
  send("b", kLarge);
  send("c", 100);
  CHECK(turn() == Served{"c", "a"});
  CHECK(turn() == Served{"b"});
  CHECK(turn().empty());
}

TEST_CASE_METHOD(Peers, "large messages have each second turn when others are small") {
  send("a", kLarge, 3);
  Served served;
  for (int i = 0; i < 4; ++i) {
    send("c", 100);
    for (const std::string& peer : turn()) {
      served.push_back(peer);
    }
  }
  CHECK(served == Served{"c", "a", "c", "c", "a", "c"});
}

TEST_CASE_METHOD(Peers, "messages of one connection keep their order") {
  send("a", kLarge);
  send("a", 1);
  send("b", 1);
  CHECK(turn() == Served{"b", "a"});  // the large one
  CHECK(turn() == Served{"a"});
  send("a", 1);
  CHECK(turn() == Served{"a"});
}

TEST_CASE_METHOD(Peers, "messages that are not so large share a turn") {
  send("a", kLarge / 4, 6);
  CHECK(turn().size() == 4);
  CHECK(turn().size() == 2);
}

TEST_CASE_METHOD(Peers, "what is put aside is bounded") {
  send("a", kLarge, 100);
  CHECK(turn().size() == 1);
  CHECK(sent.size() == 36);
  CHECK(!intake.is_full());
  send("b", 1);
  for (int i = 0; i < 99; ++i) {
    CHECK_FALSE(turn().empty());
  }
  CHECK(sent.empty());
}

}  // namespace store

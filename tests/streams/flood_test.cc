// A peer that subscribes to nothing as fast as it can.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "connections.h"
#include "stream_fixture.h"

namespace store {
namespace {

using namespace std::string_literals;

// Speaks ZMTP by hand, since libzmq would keep all subscriptions itself.
class Flooder {
 public:
  explicit Flooder(const std::string& endpoint)
      : port_(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)))),
        thread_([this] { run(); }) {}
  ~Flooder() {
    is_over_ = true;
    thread_.join();
  }
  Flooder(const Flooder&) = delete;
  Flooder& operator=(const Flooder&) = delete;

  int hung_up() const { return hung_up_; }

 private:
  void run() {
    while (!is_over_) {
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(port_);
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      const timeval patience{.tv_sec = 0, .tv_usec = 20'000};
      ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && greet(fd)) {
        flood(fd);
      }
      ::close(fd);
    }
  }

  // Nothing may be said before the other one has said that he is an XPUB.
  static bool greet(int fd) {
    std::string text = "\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL"s;
    text.resize(64, '\0');
    text += "\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB"s;
    if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
      return false;
    }
    std::array<char, 64 + 28> theirs{};
    return ::recv(fd, theirs.data(), theirs.size(), MSG_WAITALL) ==
           static_cast<ssize_t>(theirs.size());
  }

  void flood(int fd) {
    std::string text;
    while (!is_over_) {
      if (text.empty()) {
        subscribe(text);
      }
      const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      char end = 0;
      if (sent < 0 && (errno != EAGAIN || ::recv(fd, &end, 1, MSG_DONTWAIT) == 0)) {
        ++hung_up_;
        return;
      }
      text.erase(0, sent < 0 ? 0 : static_cast<std::size_t>(sent));
    }
  }

  void subscribe(std::string& text) {
    for (int i = 0; i < 20; ++i) {
      text += "\x02\0\0\0\0\0\0\x02\x01\x01"s;  // a long frame of 513 bytes
      for (int byte = 0; byte < 512; ++byte) {
        text += static_cast<char>(random_());
      }
    }
  }

  const std::uint16_t port_;
  std::minstd_rand random_{1};
  std::atomic<bool> is_over_{false};
  std::atomic<int> hung_up_{0};
  std::thread thread_;
};

}  // namespace

TEST_CASE("who floods a status endpoint with subscriptions is disconnected, and nobody else") {
  Connections connections(100);
  StreamFixture store({}, {.connections = &connections});
  Subscriber watcher(store.publisher.bind("tcp://127.0.0.1:*"));
  const std::string topic = store.buy("alice");
  const std::string endpoint = store.publisher.bind("tcp://127.0.0.1:*");
  store.subscribe(watcher, topic);
  {
    const Flooder first(endpoint);
    const Flooder second(endpoint);
    store.turns_until([&] { return first.hung_up() >= 3 && second.hung_up() >= 3; });
    CHECK(connections.counters().of(store::Connections::Why::kFlooding).count >= 6);
    CHECK(store.streams.counters().subscribers == 1);
    // Frames arrive in the midst of it.
    store.submit_of("alice");
    store.turn();
    Frame frame = watcher.receive();
    while (frame.kind == protocol::Event::Kind::HEARTBEAT) {
      frame = watcher.receive();
    }
    CHECK(frame.sequence == 1);
    CHECK(frame.previous == 0);
  }
  CHECK_FALSE(store.publisher.is_broken());
}

}  // namespace store

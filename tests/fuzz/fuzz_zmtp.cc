// Whatever a peer may say to the endpoints of a whole store, from the first byte of ZMTP (RFC 37)
// on: the store in this process ends that connection in time and goes on serving.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include "../wire/local_store.h"
#include "messages.h"
#include "targets.h"

namespace fuzzing {
namespace {

constexpr time_t kPatienceSeconds = 60;

std::string greeting(std::string mechanism) {
  mechanism.resize(20);
  return "\xff" + std::string(8, '\0') + "\x7f\x03\x01" + mechanism + std::string(32, '\0');
}

std::string frame(int flags, const std::string& body) {
  return std::string{static_cast<char>(flags), static_cast<char>(body.size())} + body;
}

std::string ready(const std::string& type) {
  constexpr int kCommand = 4;
  const std::string size{'\0', '\0', '\0', static_cast<char>(type.size())};
  return frame(kCommand, "\5READY\13Socket-Type" + size + type);
}

class Connection {
 public:
  explicit Connection(const std::string& endpoint) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = endpoint.substr(std::string_view("ipc://").size());
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    // The status endpoint is a new one after some garbage.
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(kPatienceSeconds);
    while (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      expect(std::chrono::steady_clock::now() < until, "the store listens");
      std::this_thread::yield();
    }
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // A store that ends the connection before all is said breaks no rule.
  void send(const std::string& bytes) const {
    (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // Fewer bytes when the store has ended the connection.
  std::string receive(std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t all = 0;
    for (ssize_t got = 1; got > 0 && all < size; all += static_cast<std::size_t>(got)) {
      do {  // what interrupts it is libFuzzer's clock
        got = ::recv(fd_, bytes.data() + all, size - all, 0);
      } while (got < 0 && errno == EINTR);
      expect(got >= 0 || errno != EAGAIN, "the store answers, or ends the connection");
      got = std::max<ssize_t>(got, 0);
    }
    bytes.resize(all);
    return bytes;
  }
  void finish() const {
    ::shutdown(fd_, SHUT_WR);
    while (!receive(4096).empty()) {
    }
  }

 private:
  const int fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

// The handshake with a store that has no CURVE. What comes after it in the same breath would be
// taken for a part of it. False when the store has ended the connection.
bool shake_hands(const Connection& connection, const std::string& type) {
  connection.send(greeting("NULL") + ready(type));
  const std::string head = connection.receive(greeting("NULL").size() + 2);
  const std::size_t rest = head.empty() ? 0 : static_cast<unsigned char>(head.back());
  return connection.receive(rest).size() == rest && rest > 0;
}

bool is_served(const wire::LocalStore& store) {
  const Connection connection(store.request_endpoint());
  const std::string question = wire::bare_frame({.id = 1, .path = "/status"});
  const bool is_joined = shake_hands(connection, "DEALER");
  connection.send(frame(1, "") + frame(0, question));
  return is_joined && connection.receive(question.size()).size() == question.size();
}

const wire::LocalStore& make_store(bool has_curve) {
  return *new wire::LocalStore([=](store::Config& config) { config.curve = has_curve; }, nullptr,
                               {.reopen_after = std::chrono::milliseconds(1)});
}

}  // namespace

void zmtp(std::string_view bytes) {
  constexpr int kAskedEach = 64;
  static const wire::LocalStore& open = make_store(false);
  static const wire::LocalStore& curved = make_store(true);
  static int said = 0;
  const unsigned how = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front());
  const unsigned depth = how & 3;
  const wire::LocalStore& store = depth == 3 ? curved : open;
  const Connection connection((how & 4) != 0   ? store.status_endpoint()
                              : (how & 8) != 0 ? store.driver_endpoint()
                                               : store.request_endpoint());
  if (depth < 2) {
    (void)shake_hands(connection, depth == 0 ? "DEALER" : "SUB");
  } else if (depth == 3) {
    connection.send(greeting("CURVE"));
    (void)connection.receive(greeting("CURVE").size());
  }
  connection.send(std::string(bytes.substr(bytes.empty() ? 0 : 1)));
  connection.finish();
  if (said++ % kAskedEach == 0) {
    expect(is_served(open), "everybody else is served");
  }
}

}  // namespace fuzzing

// beanstalkd: put, reserve, delete. It has no client library in Debian; its protocol is lines. With
// -f 0 each command is synced before its answer.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include "../steady_time.h"
#include "peer.h"

namespace bench {
namespace {

class BeanstalkdQueue : public PeerQueue {
 public:
  explicit BeanstalkdQueue(const Peer& peer)
      : put_("put 0 0 60 " + std::to_string(peer.request.size()) + "\r\n" + peer.request + "\r\n"),
        fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(peer.port));
    ::inet_pton(AF_INET, peer.address.c_str(), &address.sin_addr);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("beanstalkd: cannot connect");
    }
  }
  ~BeanstalkdQueue() override { ::close(fd_); }

  void submit(unsigned jobs, unsigned) override {
    std::string all;
    for (unsigned i = 0; i < jobs; ++i) {
      all += put_;
    }
    send(all);
    for (unsigned i = 0; i < jobs; ++i) {
      expect("INSERTED");
    }
  }

  unsigned work(unsigned, unsigned) override {
    const std::string id = reserve();
    if (id.empty()) {
      return 0;
    }
    send("delete " + id + "\r\n");
    expect("DELETED");
    return 1;
  }

  double submit_and_wait() override {
    watch("ended");
    const auto start = SteadyClock::now();
    send(put_);
    expect("INSERTED");
    const std::string id = reserve();
    const double ms = 1e3 * seconds_since(start);
    send("delete " + id + "\r\n");
    expect("DELETED");
    return ms;
  }

  void work_and_tell() override {
    use("ended");
    const std::string id = reserve();
    if (id.empty()) {
      return;
    }
    send("delete " + id + "\r\n");
    expect("DELETED");
    send(put_);
    expect("INSERTED");
  }

 private:
  // The id of the next job; its body is read. Empty when none comes.
  std::string reserve() {
    send("reserve-with-timeout 1\r\n");
    const std::string said = line();
    if (!said.starts_with("RESERVED ")) {
      return {};
    }
    const auto space = said.find(' ', 9);
    skip(std::stoul(said.substr(space + 1)) + 2);
    return said.substr(9, space - 9);
  }
  void watch(const std::string& tube) {
    if (!is_set_) {
      send("watch " + tube + "\r\nignore default\r\n");
      expect("WATCHING");
      expect("WATCHING");
      is_set_ = true;
    }
  }
  void use(const std::string& tube) {
    if (!is_set_) {
      send("use " + tube + "\r\n");
      expect("USING");
      is_set_ = true;
    }
  }

  void send(const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
      const auto n = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) {
        throw std::runtime_error("beanstalkd: gone");
      }
      sent += static_cast<std::size_t>(n);
    }
  }
  void receive() {
    char part[16384];
    const auto n = ::recv(fd_, part, sizeof part, 0);
    if (n <= 0) {
      throw std::runtime_error("beanstalkd: gone");
    }
    input_.append(part, static_cast<std::size_t>(n));
  }
  std::string line() {
    std::size_t end = 0;
    while ((end = input_.find("\r\n")) == std::string::npos) {
      receive();
    }
    std::string text = input_.substr(0, end);
    input_.erase(0, end + 2);
    return text;
  }
  void skip(std::size_t bytes) {
    while (input_.size() < bytes) {
      receive();
    }
    input_.erase(0, bytes);
  }
  void expect(const char* word) {
    const std::string said = line();
    if (!said.starts_with(word)) {
      throw std::runtime_error("beanstalkd: " + said);
    }
  }

  const std::string put_;
  const int fd_;
  std::string input_;
  bool is_set_ = false;
};

}  // namespace

std::unique_ptr<PeerQueue> connect_beanstalkd(const Peer& peer) {
  return std::make_unique<BeanstalkdQueue>(peer);
}

}  // namespace bench

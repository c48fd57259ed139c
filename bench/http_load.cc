#include "http_load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace bench {

HttpLoad::HttpLoad(int port, unsigned connections) : connections_(connections) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  for (Connection& connection : connections_) {
    connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no connection to the gateway");
    }
  }
}

HttpLoad::~HttpLoad() {
  for (const Connection& connection : connections_) {
    ::close(connection.fd);
  }
}

std::size_t HttpLoad::run(std::chrono::duration<double> time, const Next& next) {
  const auto start = SteadyClock::now();
  std::vector<pollfd> fds;
  for (unsigned i = 0; i < connections_.size(); ++i) {
    send(i, next(i, {}));
    fds.push_back({.fd = connections_[i].fd, .events = POLLIN, .revents = 0});
  }
  std::size_t answered = 0;
  std::size_t under_way = connections_.size();
  while (under_way > 0) {
    ::poll(fds.data(), fds.size(), -1);
    for (unsigned i = 0; i < fds.size(); ++i) {
      if ((fds[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0 || !has_reply(connections_[i])) {
        continue;
      }
      ++answered;
      if (SteadyClock::now() - start < time) {
        send(i, next(i, connections_[i].body));
      } else {
        fds[i].fd = -1;
        --under_way;
      }
    }
  }
  return answered;
}

void HttpLoad::send(unsigned connection, const std::string& request) {
  std::string_view rest = request;
  while (!rest.empty()) {
    const auto sent = ::send(connections_[connection].fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      throw std::runtime_error("the gateway hung up");
    }
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool HttpLoad::has_reply(Connection& connection) {
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  std::array<char, 65536> part;
  const auto got = ::recv(connection.fd, part.data(), part.size(), 0);
  if (got <= 0) {
    throw std::runtime_error("the gateway hung up");
  }
  std::string& received = connection.received;
  received.append(part.data(), static_cast<std::size_t>(got));
  const std::size_t head = received.find("\r\n\r\n");
  const std::size_t length = received.find(kLength);
  if (head == std::string::npos) {
    return false;
  }
  const std::size_t size =
      length < head ? std::stoull(received.substr(length + kLength.size(), 20)) : 0;
  if (received.size() < head + 4 + size) {
    return false;
  }
  connection.body = received.substr(head + 4, size);
  if (!received.starts_with("HTTP/1.1 2")) {
    throw std::runtime_error(received);
  }
  received.erase(0, head + 4 + size);
  return true;
}

std::string http_request(const std::string& path, const std::string& token, const std::string& body,
                         const std::string& headers) {
  std::string text = (body.empty() ? "GET " : "POST ") + path +
                     " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n" +
                     headers;
  if (!body.empty()) {
    text +=
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text + "\r\n" + body;
}

}  // namespace bench

#include "endpoint.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <zmq.hpp>

namespace store {
namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";
constexpr std::size_t kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;
constexpr unsigned kPortMax = 65'535;

struct HostPort {
  std::string host;  // as written: [::1] with its brackets
  std::string port;
};

HostPort split(const std::string& endpoint) {
  const std::string rest = endpoint.substr(kTcp.size());
  const std::size_t colon = rest.rfind(':');
  return colon == std::string::npos ? HostPort{rest, {}}
                                    : HostPort{rest.substr(0, colon), rest.substr(colon + 1)};
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

bool is_port(const std::string& port) {
  return port == "*" || (is_number(port) && port.size() <= 5 && std::stoul(port) <= kPortMax);
}

bool is_ipv6(const std::string& host) { return host.starts_with('['); }

// Of four numbers: "127.1" means the same to some, and something else to others.
bool is_address(const std::string& host) {
  if (is_ipv6(host)) {
    in6_addr address{};
    return host.ends_with(']') &&
           inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) == 1;
  }
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_loopback(const std::string& host) {
  if (is_ipv6(host)) {
    in6_addr address{};
    return is_address(host) &&
           inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) == 1 &&
           IN6_IS_ADDR_LOOPBACK(&address);
  }
  return host == "localhost" || (is_address(host) && host.starts_with("127."));
}

// Numbers and dots, in whatever base: no name of a host ends in a number.
bool looks_like_address(const std::string& host) {
  const std::string last = host.substr(host.rfind('.') + 1);
  return is_number(last) || last.starts_with("0x") || last.starts_with("0X");
}

std::string wrong_with_tcp(const std::string& endpoint, bool has_curve) {
  const auto [host, port] = split(endpoint);
  if (host.empty() || !is_port(port)) {
    return "must be tcp://HOST:PORT, with a port of 0.." + std::to_string(kPortMax) +
           " or * (any that is free)";
  }
  if (host != "*" && !is_address(host) && (is_ipv6(host) || looks_like_address(host))) {
    return host + " is no address; write it like 127.0.0.1 or [::1]";
  }
  if (!has_curve && !is_loopback(host)) {
    return "without CURVE only ipc:// and loopback (tcp://127.0.0.1:PORT) are allowed";
  }
  return {};
}

std::string wrong_with_ipc(const std::string& path) {
  if (path.empty()) {
    return "must be ipc://PATH";
  }
  if (path.size() > kPathBytesMax) {
    return "its path has " + std::to_string(path.size()) + " bytes, of which the system takes " +
           std::to_string(kPathBytesMax);
  }
  if (path.starts_with('@')) {
    return "an abstract socket has no file mode: every user of the machine may use it; name a file";
  }
  return {};
}

// libzmq takes a name for that of a network interface; others are looked up here.
std::string resolve(const std::string& endpoint) {
  const auto [host, port] = split(endpoint);
  if (host == "*" || is_address(host) || if_nametoindex(host.c_str()) != 0) {
    return endpoint;
  }
  int failure = 0;
  for (const int family : {AF_INET, AF_INET6}) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    failure = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (failure == 0) {
      const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, freeaddrinfo);
      char text[NI_MAXHOST];
      failure = getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof text, nullptr, 0,
                            NI_NUMERICHOST);
      if (failure == 0) {
        std::string address = text;
        if (family == AF_INET6) {
          address.insert(0, 1, '[').push_back(']');
        }
        return std::string(kTcp).append(address).append(":").append(port);
      }
    }
  }
  throw SocketError("cannot bind " + endpoint + ": no address of " + host + " is known (" +
                    gai_strerror(failure) + ")");
}

// libzmq would remove whatever is at the path. Throws SocketError unless nothing is there, or a
// socket that nobody listens on.
void require_free(const std::string& endpoint) {
  const std::string path = endpoint.substr(kIpc.size());
  struct stat file {};
  if (path == "*" || ::lstat(path.c_str(), &file) != 0) {
    return;
  }
  if (!S_ISSOCK(file.st_mode)) {
    throw SocketError("cannot bind " + endpoint + ": the file is there, and is no socket");
  }
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  const int connected =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int failure = connected == 0 ? 0 : errno;
  ::close(probe);
  if (failure == 0 || failure == EAGAIN) {
    throw SocketError("cannot bind " + endpoint + ": a process that runs listens there already");
  }
  if (failure != ECONNREFUSED) {
    throw SocketError("cannot bind " + endpoint +
                      ": who listens there cannot be told: " + std::strerror(failure));
  }
}

// A machine that has lost its power or its network says nothing. One that sends nothing for half a
// minute is asked, and a connection ends over which no sign of life has come for a minute, or whose
// peer has taken nothing of what was on its way to him.
void let_go_of_vanished(zmq::socket_t& socket) {
  constexpr int kIdleS = 30;
  constexpr int kProbeS = 10;
  constexpr int kTimeoutMs = 60'000;
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, kIdleS);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, kProbeS);
  socket.set(zmq::sockopt::tcp_maxrt, kTimeoutMs);
}

}  // namespace

std::string wrong_with_endpoint(const std::string& endpoint, bool has_curve) {
  constexpr std::string_view kMark = "://";
  if (const std::size_t mark = endpoint.find(kMark);
      mark != std::string::npos && endpoint.find(kMark, mark + 1) != std::string::npos) {
    return "is more than one endpoint; repeat the option for each, or part them by spaces";
  }
  if (endpoint.starts_with(kTcp)) {
    return wrong_with_tcp(endpoint, has_curve);
  }
  if (endpoint.starts_with(kIpc)) {
    return wrong_with_ipc(endpoint.substr(kIpc.size()));
  }
  return "must begin with tcp:// or ipc://";
}

std::string identity_of_endpoint(const std::string& endpoint) {
  if (endpoint.starts_with(kTcp)) {
    const auto [host, port] = split(endpoint);
    if (port == "*" || std::stoul(port) == 0) {
      return {};
    }
    return (host == "localhost" ? "127.0.0.1" : host) + ":" + std::to_string(std::stoul(port));
  }
  const std::string path = endpoint.substr(kIpc.size());
  if (path == "*") {
    return {};
  }
  std::error_code unreadable;
  const auto whole = std::filesystem::weakly_canonical(std::filesystem::absolute(path), unreadable);
  return unreadable ? path : whole.string();
}

std::string bind_endpoint(zmq::socket_t& socket, const std::string& endpoint, bool has_curve) {
  std::string resolved = endpoint;
  if (endpoint.starts_with(kTcp)) {
    resolved = resolve(endpoint);
    socket.set(zmq::sockopt::ipv6, is_ipv6(split(resolved).host));
    let_go_of_vanished(socket);
  } else {
    require_free(endpoint);
  }
  if (const std::string wrong = wrong_with_endpoint(resolved, has_curve); !wrong.empty()) {
    throw SocketError("cannot bind " + endpoint + ": " + wrong);
  }
  try {
    socket.bind(resolved);
    return socket.get(zmq::sockopt::last_endpoint);
  } catch (const zmq::error_t& error) {
    throw SocketError("cannot bind " + endpoint + ": " + error.what());
  }
}

}  // namespace store

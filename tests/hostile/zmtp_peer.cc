#include "zmtp_peer.h"

#include <netinet/in.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

namespace hostile {
namespace {

constexpr std::size_t kGreetingBytes = 64;
constexpr std::size_t kCookieBytes = 96;
constexpr std::size_t kShortNonceBytes = 8;
constexpr std::size_t kLongNonceBytes = 16;
// Never reached where all is well.
constexpr std::chrono::seconds kPatience{60};

void require(bool is_so, const char* otherwise) {
  if (!is_so) {
    throw std::runtime_error(otherwise);
  }
}

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string big_endian(std::uint64_t number, int size) {
  std::string text;
  for (int i = size - 1; i >= 0; --i) {
    text.push_back(static_cast<char>(number >> (8 * i)));
  }
  return text;
}

std::string box(const std::string& text, const std::string& nonce, const std::string& to,
                const std::string& from) {
  std::string boxed(text.size() + crypto_box_MACBYTES, '\0');
  require(nonce.size() == crypto_box_NONCEBYTES, "a nonce of another length");
  require(crypto_box_easy(bytes_of(boxed), bytes_of(text), text.size(), bytes_of(nonce),
                          bytes_of(to), bytes_of(from)) == 0,
          "a box that cannot be made");
  return boxed;
}

std::string unbox(const std::string& boxed, const std::string& nonce, const std::string& from,
                  const std::string& to) {
  require(boxed.size() >= crypto_box_MACBYTES, "a box that is too short");
  require(nonce.size() == crypto_box_NONCEBYTES, "a nonce of another length");
  std::string text(boxed.size() - crypto_box_MACBYTES, '\0');
  require(crypto_box_open_easy(bytes_of(text), bytes_of(boxed), boxed.size(), bytes_of(nonce),
                               bytes_of(from), bytes_of(to)) == 0,
          "a box that cannot be opened");
  return text;
}

void make_keys(std::string& public_key, std::string& secret_key) {
  public_key.resize(crypto_box_PUBLICKEYBYTES);
  secret_key.resize(crypto_box_SECRETKEYBYTES);
  crypto_box_keypair(bytes_of(public_key), bytes_of(secret_key));
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), size);
  return bytes;
}

std::string command(const std::string& name, std::string_view body) {
  return std::string(1, static_cast<char>(name.size())).append(name).append(body);
}

std::string properties(const Identity& identity) {
  const auto property = [](const std::string& name, const std::string& value) {
    return command(name, big_endian(value.size(), 4) + value);
  };
  return property("Socket-Type", identity.type) + property("Identity", identity.routing_id);
}

int connect_to(const std::string& endpoint) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  sockaddr_in remote{};
  remote.sin_family = AF_INET;
  remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_local = endpoint.starts_with("ipc://");
  if (is_local) {
    const std::string path = endpoint.substr(6);
    std::copy(path.begin(), path.end(), std::begin(local.sun_path));
  } else {
    require(endpoint.starts_with("tcp://127.0.0.1:"), "an endpoint that is not on this machine");
    remote.sin_port =
        htons(static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1))));
  }
  const auto* address = is_local ? reinterpret_cast<const sockaddr*>(&local)
                                 : reinterpret_cast<const sockaddr*>(&remote);
  const int fd = ::socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (::connect(fd, address, is_local ? sizeof local : sizeof remote) != 0) {
    require(std::chrono::steady_clock::now() < until, "nobody listens");
    std::this_thread::yield();
  }
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  require(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0, "no timeout");
  require(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0, "no timeout");
  return fd;
}

}  // namespace

ZmtpPeer::ZmtpPeer(const std::string& endpoint, const std::string& server_key)
    : fd_(connect_to(endpoint)), server_key_(server_key) {
  make_keys(public_key_, secret_key_);
  make_keys(short_public_key_, short_secret_key_);
}

ZmtpPeer::~ZmtpPeer() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

ZmtpPeer::ZmtpPeer(ZmtpPeer&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      server_key_(other.server_key_),
      public_key_(std::move(other.public_key_)),
      secret_key_(std::move(other.secret_key_)),
      short_public_key_(std::move(other.short_public_key_)),
      short_secret_key_(std::move(other.short_secret_key_)),
      server_short_key_(std::move(other.server_short_key_)),
      cookie_(std::move(other.cookie_)),
      last_nonce_(other.last_nonce_) {}

bool ZmtpPeer::shake_hands(const Identity& identity) {
  return exchange_greetings() &&
         (server_key_.empty() ? exchange_ready(identity)
                              : exchange_hello() && exchange_initiate(identity));
}

bool ZmtpPeer::exchange_greetings() { return write(greeting()) && read(kGreetingBytes); }

bool ZmtpPeer::exchange_ready(const Identity& identity) {
  return write(ready(identity)) && read_frame();
}

bool ZmtpPeer::exchange_hello() {
  const auto welcome = write(hello()) ? read_frame() : std::nullopt;
  if (!welcome) {
    return false;
  }
  const std::string boxed = welcome->body.substr(std::string_view("\7WELCOME").size());
  const std::string opened =
      unbox(boxed.substr(kLongNonceBytes), "WELCOME-" + boxed.substr(0, kLongNonceBytes),
            server_key_, short_secret_key_);
  server_short_key_ = opened.substr(0, crypto_box_PUBLICKEYBYTES);
  cookie_ = opened.substr(crypto_box_PUBLICKEYBYTES, kCookieBytes);
  return true;
}

bool ZmtpPeer::exchange_initiate(const Identity& identity) {
  return write(initiate(identity)) && read_frame();
}

std::string ZmtpPeer::greeting() const {
  const bool has_curve = !server_key_.empty();
  std::string mechanism = has_curve ? "CURVE" : "NULL";
  mechanism.resize(20);
  std::string text = "\xff" + std::string(8, '\0') + "\x7f\x03\x01" + mechanism;
  text.resize(kGreetingBytes);
  return text;
}

std::string ZmtpPeer::ready(const Identity& identity) {
  return frame(kCommand, command("READY", properties(identity)));
}

std::string ZmtpPeer::hello() {
  const std::string nonce = next_nonce();
  return frame(kCommand, command("HELLO", std::string("\1\0", 2) + std::string(72, '\0') +
                                              short_public_key_ + nonce +
                                              box(std::string(64, '\0'), "CurveZMQHELLO---" + nonce,
                                                  server_key_, short_secret_key_)));
}

std::string ZmtpPeer::initiate(const Identity& identity) {
  const std::string vouch_nonce = random_bytes(kLongNonceBytes);
  const std::string vouch = box(short_public_key_ + server_key_, "VOUCH---" + vouch_nonce,
                                server_short_key_, secret_key_);
  const std::string nonce = next_nonce();
  return frame(kCommand,
               command("INITIATE",
                       cookie_ + nonce +
                           box(public_key_ + vouch_nonce + vouch + properties(identity),
                               "CurveZMQINITIATE" + nonce, server_short_key_, short_secret_key_)));
}

std::string ZmtpPeer::frame(int flags, std::string_view body) {
  constexpr int kLong = 2;
  const bool is_long = body.size() > 255;
  return std::string(1, static_cast<char>(is_long ? flags | kLong : flags))
      .append(big_endian(body.size(), is_long ? 8 : 1))
      .append(body);
}

bool ZmtpPeer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool ZmtpPeer::send_part(std::string_view body, int flags) {
  return write(server_key_.empty() ? frame(flags, body) : frame(0, sealed(body, flags)));
}

bool ZmtpPeer::send(const std::vector<std::string>& parts) {
  bool is_sent = true;
  for (std::size_t i = 0; i < parts.size() && is_sent; ++i) {
    is_sent = send_part(parts[i], i + 1 < parts.size() ? kMore : 0);
  }
  return is_sent;
}

bool ZmtpPeer::send_command(const std::string& name, std::string_view body) {
  return send_part(command(name, body), kCommand);
}

std::optional<std::vector<std::string>> ZmtpPeer::receive() {
  std::vector<std::string> parts;
  for (;;) {
    auto next = read_frame();
    if (!next) {
      return std::nullopt;
    }
    if (!server_key_.empty()) {
      next = opened(*next);
    }
    if ((next->flags & kCommand) != 0) {
      continue;
    }
    parts.push_back(next->body);
    if ((next->flags & kMore) == 0) {
      return parts;
    }
  }
}

void ZmtpPeer::finish() {
  ::shutdown(fd_, SHUT_WR);
  wait_for_end();
}

void ZmtpPeer::wait_for_end() {
  while (read(1)) {
  }
}

std::optional<std::string> ZmtpPeer::read(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t got = 0; got < size;) {
    const ssize_t count = ::recv(fd_, bytes.data() + got, size - got, 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      throw std::runtime_error("the store neither answers nor ends the connection");
    }
    if (count <= 0) {
      return std::nullopt;
    }
    got += static_cast<std::size_t>(count);
  }
  return bytes;
}

std::optional<ZmtpPeer::Frame> ZmtpPeer::read_frame() {
  const auto flags = read(1);
  const auto size = flags ? read((flags->front() & 2) != 0 ? 8 : 1) : std::nullopt;
  if (!size) {
    return std::nullopt;
  }
  std::uint64_t bytes = 0;
  for (const char byte : *size) {
    bytes = bytes << 8 | static_cast<unsigned char>(byte);
  }
  auto body = read(bytes);
  if (!body) {
    return std::nullopt;
  }
  return Frame{.flags = flags->front(), .body = *std::move(body)};
}

std::string ZmtpPeer::next_nonce() { return big_endian(++last_nonce_, kShortNonceBytes); }

std::string ZmtpPeer::sealed(std::string_view body, int flags) {
  const std::string nonce = next_nonce();
  const int inner = (flags & kMore) | ((flags & kCommand) != 0 ? 2 : 0);
  const std::string text = std::string(1, static_cast<char>(inner)).append(body);
  return command("MESSAGE", nonce + box(text, "CurveZMQMESSAGEC" + nonce, server_short_key_,
                                        short_secret_key_));
}

ZmtpPeer::Frame ZmtpPeer::opened(const Frame& message) const {
  const std::string boxed = message.body.substr(std::string_view("\7MESSAGE").size());
  const std::string text =
      unbox(boxed.substr(kShortNonceBytes), "CurveZMQMESSAGES" + boxed.substr(0, kShortNonceBytes),
            server_short_key_, short_secret_key_);
  require(!text.empty(), "an empty CURVE message");
  return {.flags = (text.front() & 1) | ((text.front() & 2) != 0 ? kCommand : 0),
          .body = text.substr(1)};
}

}  // namespace hostile

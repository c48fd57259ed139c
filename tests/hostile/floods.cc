#include "floods.h"

#include <netinet/in.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <optional>
#include <random>

#include "discharges.h"
#include "messages.h"
#include "zmtp_peer.h"

namespace hostile {
namespace {

using wire::Head;
using wire::Method;
using Ready = std::function<void()>;

constexpr int kConnections = 10'000;
constexpr std::size_t kMiB = 1u << 20;

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), size);
  return bytes;
}

std::string text_of(std::size_t size) { return '"' + std::string(size - 2, 'x') + '"'; }

// Empty where the store has ended the connection before.
std::optional<ZmtpPeer> join(const Target& target, const std::string& type = "DEALER") {
  std::optional<ZmtpPeer> peer(std::in_place, type == "SUB" ? target.status : target.request,
                               target.server_key);
  if (!peer->shake_hands({.type = type})) {
    peer.reset();
  }
  return peer;
}

Head client_call(const Target& target, Method method, const std::string& rest) {
  return {.method = method,
          .path = '/' + std::string(kDatasource) + "/job" + rest,
          .token = target.client_token};
}

// Over and over: a connection, over which `send` says something until it is ended.
void repeat(const Target& target, const std::function<bool(ZmtpPeer&)>& send) {
  for (;;) {
    auto peer = join(target);
    while (peer && send(*peer)) {
    }
  }
}

// So many connections that have said something, and are replaced by new ones for ever.
void hold(int count, const Ready& ready, const std::function<ZmtpPeer()>& make) {
  std::deque<ZmtpPeer> peers;
  for (int i = 0; i < count; ++i) {
    peers.push_back(make());
  }
  for (ready();; peers.push_back(make())) {
    peers.front().wait_for_end();
    peers.pop_front();
  }
}

void idle(const Target& target, const Ready& ready) {
  hold(kConnections, ready, [&] {
    ZmtpPeer peer(target.request, target.server_key);
    (void)peer.shake_hands();
    return peer;
  });
}

void half_open(const Target& target, const Ready& ready) {
  hold(kConnections, ready, [&] {
    ZmtpPeer peer(target.request, target.server_key);
    (void)peer.write(peer.greeting());
    return peer;
  });
}

void unread_replies(const Target& target, const Ready& ready) {
  constexpr int kPeers = 10;
  constexpr int kRequests = 1000;
  const std::string question =
      wire::bare_frame(client_call(target, Method::GET, std::string("/") + kLargeJob));
  for (bool is_first = true;; is_first = false) {
    std::vector<std::optional<ZmtpPeer>> peers;
    for (int i = 0; i < kPeers; ++i) {
      peers.push_back(join(target));
      for (int k = 0; k < kRequests && peers.back() && peers.back()->send({"", question}); ++k) {
      }
    }
    if (is_first) {
      ready();
    }
  }
}

void unread_frames(const Target& target, const Ready& ready) {
  constexpr int kSubscribers = 5000;
  auto client = join(target);
  const auto ask = [&client](const std::string& frame) {
    if (!client || !client->send({"", frame})) {
      throw std::runtime_error("the store has ended a connection");
    }
    return wire::Answer(client->receive().value().back());
  };
  Head subscribing{.method = Method::POST,
                   .path = std::string("/sub/") + kDatasource + "/job",
                   .token = target.client_token};
  const std::string topic =
      ask(wire::subscribe_frame(subscribing, {})).body().getSubscription().getTopic();
  std::vector<std::optional<ZmtpPeer>> subscribers;
  for (int i = 0; i < kSubscribers; ++i) {
    subscribers.push_back(join(target, "SUB"));
    (void)subscribers.back()->send({"\1" + topic});
  }
  ready();
  for (std::uint64_t number = 0;;) {  // events for them
    std::vector<wire::NewJob> jobs(64);
    for (wire::NewJob& job : jobs) {
      job.job = "e" + std::to_string(++number);
    }
    (void)ask(wire::submit_frame(client_call(target, Method::POST, ""), jobs));
  }
}

void garbage(const Target& target, const Ready& ready) {
  ready();
  for (unsigned i = 0;; ++i) {
    ZmtpPeer peer(target.request, target.server_key);
    (void)peer.write((i % 2 == 0 ? std::string() : peer.greeting()) + random_bytes(200));
  }
}

void garbage_messages(const Target& target, const Ready& ready) {
  ready();
  repeat(target, [](ZmtpPeer& peer) { return peer.send({"", random_bytes(200)}); });
}

void handshakes(const Target& target, const Ready& ready) {
  ready();
  for (;;) {
    join(target);
  }
}

void subscriptions(const Target& target, const Ready& ready) {
  ready();
  for (;;) {
    auto peer = join(target, "SUB");
    while (peer && peer->send({"\1" + random_bytes(200)})) {
    }
  }
}

// So many under way over each connection.
void large_jobs(const Target& target, const Ready& ready, int ahead) {
  ready();
  std::uint64_t number = 0;
  const std::string prefix = std::to_string(randombytes_random()) + '-';
  int under_way = 0;
  repeat(target, [&](ZmtpPeer& peer) {
    const std::string frame =
        wire::submit_frame(client_call(target, Method::POST, ""),
                           {{.job = prefix + std::to_string(++number), .request = text_of(kMiB)}});
    return peer.send({"", frame}) && (++under_way < ahead || peer.receive());
  });
}

// A client's own token, to which he has added what a third party has to confirm, and confirmations
// of somebody else: it takes most time to find out.
void forged_discharges(const Target& target, const Ready& ready) {
  constexpr int kDischarges = 8;
  const auto own = std::get<auth::Macaroon>(auth::Macaroon::parse(target.client_token));
  ready();
  repeat(target, [&](ZmtpPeer& peer) {
    constexpr int kUnderWay = 16;
    for (int i = 0; i < kUnderWay; ++i) {
      auth::Macaroon token = own;
      std::vector<std::string> names;
      for (int k = 0; k < kDischarges; ++k) {
        names.push_back(std::to_string(randombytes_random()));
        token = token.with_third_party_caveat({"x", "his key", names.back()}).value();
      }
      auth::Bundle bundle{token, {}};
      for (const std::string& name : names) {
        bundle.discharges.push_back(token.bind(auth::Macaroon::mint("another key", name, "x")));
      }
      Head head = client_call(target, Method::GET, "/list");
      head.token = bundle.serialize();
      if (!peer.send({"", wire::bare_frame(head)})) {
        return false;
      }
    }
    for (int i = 0; i < kUnderWay; ++i) {
      if (!peer.receive()) {
        return false;
      }
    }
    return true;
  });
}

void parked(const Target& target, const Ready& ready) {
  constexpr int kRequests = 1000;
  auto peer = join(target);
  for (int i = 0; i < kRequests; ++i) {
    (void)peer->send(
        {"",
         wire::accept_frame(
             {.method = Method::POST, .path = "/jobs/parked/accept", .token = target.driver_token},
             {.worker = "w" + std::to_string(i), .wait_ms = 60'000})});
  }
  ready();
  peer->wait_for_end();
}

void half_frames(const Target& target, const Ready& ready) {
  constexpr int kPeers = 40;
  const std::string frame = ZmtpPeer::frame(0, std::string(16 * kMiB, 'x'));
  hold(kPeers, ready, [&] {
    ZmtpPeer peer(target.request, target.server_key);
    if (peer.shake_hands()) {
      (void)peer.write(std::string_view(frame).substr(0, frame.size() - 1));
    }
    return peer;
  });
}

// Nothing of what they are answered is read.
void read_ahead(const Target& target, const Ready& ready) {
  ready();
  Head head = client_call(target, Method::POST, "");
  head.token = "none";
  const std::string frame = wire::submit_frame(head, {{.job = "j", .request = text_of(kMiB)}});
  repeat(target, [&](ZmtpPeer& peer) { return peer.send({"", frame}); });
}

// Asks nothing of the store.
void compute(const Target&, const Ready& ready) {
  ready();
  for (std::string bytes(kMiB, 'x');;) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, 32);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size());
  }
}

// Two ends of a connection over TCP.
class Loopback {
 public:
  Loopback() : ends_{::socket(AF_INET, SOCK_STREAM, 0), -1} {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    const bool is_connected = ::bind(listener, any, size) == 0 && ::listen(listener, 1) == 0 &&
                              ::getsockname(listener, any, &size) == 0 &&
                              ::connect(ends_[0], any, size) == 0;
    ends_[1] = is_connected ? ::accept(listener, nullptr, nullptr) : -1;
    ::close(listener);
  }
  ~Loopback() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  void pass(std::string& bytes) const {
    const ssize_t sent = ::send(ends_[0], bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (sent <= 0 || ::recv(ends_[1], bytes.data(), static_cast<std::size_t>(sent), 0) <= 0) {
      throw std::runtime_error("the loopback passes nothing on");
    }
  }

 private:
  int ends_[2];
};

// Nor does this, but for the machine's loopback.
void send_to_itself(const Target&, const Ready& ready) {
  const Loopback pair;
  ready();
  for (std::string bytes(1u << 16, 'x');;) {
    pair.pass(bytes);
  }
}

// Jobs of new datasources, and of new functions.
void new_names(const Target& target, const Ready& ready) {
  ready();
  const std::string prefix = "n" + std::to_string(randombytes_random()) + '-';
  std::uint64_t number = 0;
  repeat(target, [&](ZmtpPeer& peer) {
    const std::string name = prefix + std::to_string(++number);
    std::vector<wire::NewJob> jobs(number % 2 == 0 ? 1 : 256);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      jobs[i].job = name + '-' + std::to_string(i);
      jobs[i].function = jobs[i].job;
      jobs[i].tags = {jobs[i].job};
    }
    Head head = client_call(target, Method::POST, "");
    head.path = jobs.size() == 1 ? '/' + name + "/job" : head.path;
    return peer.send({"", wire::submit_frame(head, jobs)}) && peer.receive();
  });
}

}  // namespace

const std::vector<Flood>& floods() {
  static const std::vector<Flood> kAll = {
      {"10,000 idle connections", 1, idle},
      {"10,000 half-open connections", 1, half_open},
      {"10 peers, 1,000 replies of 1 MiB unread", 1, unread_replies},
      {"5,000 subscribers that never read", 1, unread_frames},
      {"garbage for handshakes", 2, garbage},
      {"garbage for messages", 2, garbage_messages},
      {"handshakes", 2, handshakes},
      {"subscriptions to nothing", 2, subscriptions},
      {"jobs of 1 MiB", 4, [](auto& target, auto& ready) { large_jobs(target, ready, 1); }},
      {"jobs of 1 MiB, 8 at once", 4,
       [](auto& target, auto& ready) { large_jobs(target, ready, 8); }},
      {"tokens with 8 forged discharges", 4, forged_discharges},
      {"1,000 parked requests", 1, parked},
      {"40 half frames of 16 MiB", 1, half_frames},
      {"messages of 1 MiB ahead", 4, read_ahead},
      {"datasources, functions, tags", 2, new_names},
      {"nobody floods, 4 processes compute", 4, compute},
      {"nobody floods, 4 processes send over loopback", 4, send_to_itself},
  };
  return kAll;
}

}  // namespace hostile

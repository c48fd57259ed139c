#include "connections.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "accepted.h"
#include "event_fd.h"
#include "mutex.h"

namespace store {
namespace {

using jobq::Mutex;
using jobq::MutexLock;

// Between two looks at how much has come.
constexpr int kLookMs = 20;
// Connections looked at each time, so that a look stays short.
constexpr std::size_t kLookedAtOnceMax = 500;
// What ZMTP and CURVE need of a message at most besides its text, its delimiter included.
constexpr std::uint64_t kMessageCost = 128;
// What a peer may send for each look without saying anything: heartbeats of ZMTP.
constexpr std::uint64_t kForgivenAtOnce = 64;

// Of what may be on its way to all, what may be to one.
constexpr std::size_t kPeersUnread = 16;

constexpr int kEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED;

struct Event {
  std::uint16_t what = 0;
  int fd = -1;
};

// Empty when there is none.
std::optional<Event> next_event(zmq::socket_t& monitor) {
  zmq::message_t head;
  zmq::message_t endpoint;
  if (!monitor.recv(head, zmq::recv_flags::dontwait)) {
    return std::nullopt;
  }
  (void)monitor.recv(endpoint, zmq::recv_flags::dontwait);  // parts arrive together
  Event event;
  std::uint32_t value = 0;
  if (head.size() == sizeof event.what + sizeof value) {
    std::memcpy(&event.what, head.data<char>(), sizeof event.what);
    std::memcpy(&value, head.data<char>() + sizeof event.what, sizeof value);
    event.fd = static_cast<int>(value);
  }
  return event;
}

}  // namespace

struct Connections::Implementation {
  using Place = std::pair<void*, int>;  // the socket and the descriptor
  struct Watched {
    zmq::socket_t monitor;
    int fd = -1;
    Terms terms;
    std::uint64_t unheard = 0;  // the sum of its connections'
  };
  struct Connection {
    std::uint64_t number = 0;
    std::string address;                // of its peer
    std::string peer;                   // who was heard last
    std::uint64_t heard = 0;            // bytes, at least so many
    std::uint64_t unheard = 0;          // as of the last look, beyond what it may have
    std::shared_ptr<HeldBytes> unread;  // nullptr: nothing was sent yet
    bool is_shut = false;
  };

  Implementation(std::size_t the_max, std::size_t the_unread_max)
      : max(the_max), unread_max(the_unread_max), thread([this] { run(); }) {}
  ~Implementation() {
    is_over = true;
    wake.raise();
    thread.join();
  }

  void run() {
    std::vector<pollfd> fds;
    bool is_idle = true;
    while (!is_over) {
      {
        const MutexLock lock(mutex);
        read_all();
        look();
        is_idle = open.empty();
        fds.assign(1, {wake.fd(), POLLIN, 0});
        for (const auto& [socket, watched] : sockets) {
          fds.push_back({watched.fd, POLLIN, 0});
        }
      }
      (void)::poll(fds.data(), fds.size(), is_idle ? -1 : kLookMs);
      if ((fds[0].revents & POLLIN) != 0) {
        wake.lower();
      }
    }
  }

  void read_all() REQUIRES(mutex) {
    for (auto& [socket, watched] : sockets) {
      while (const auto event = next_event(watched.monitor)) {
        if (event->what == ZMQ_EVENT_ACCEPTED) {
          begin({socket, event->fd}, watched.terms.hears);
        } else if (event->what == ZMQ_EVENT_DISCONNECTED) {
          end({socket, event->fd});
        }
      }
    }
    // All are read, so that those which are still there are most likely open.
    while (!to_shut.empty()) {
      shut(to_shut.begin()->second, Why::kMax);
      to_shut.erase(to_shut.begin());
    }
  }

  void begin(const Place& place, bool hears) REQUIRES(mutex) {
    end(place);
    const std::uint64_t number = ++last_number;
    Connection& connection = open[place];
    connection.number = number;
    connection.address = store::address_of(place.second);
    by_number[number] = place;
    if (hears) {
      silent[number] = place;
    }
    if (by_number.size() - to_shut.size() > max) {
      const auto oldest = silent.begin();
      const auto chosen = oldest == silent.end() ? std::pair(number, place)
                                                 : std::pair(oldest->first, oldest->second);
      to_shut.insert(chosen);
      silent.erase(chosen.first);
    }
  }

  void end(const Place& place) REQUIRES(mutex) {
    const auto found = open.find(place);
    if (found == open.end()) {
      return;
    }
    const Connection& connection = found->second;
    if (const auto watched = sockets.find(place.first); watched != sockets.end()) {
      watched->second.unheard -= connection.unheard;
      if (watched->second.terms.hears && connection.peer.empty() && !connection.is_shut) {
        let_go(connection, Why::kSilent);
      }
    }
    if (!connection.peer.empty() && !has_ended.exchange(true)) {
      ended.raise();
    }
    by_number.erase(connection.number);
    silent.erase(connection.number);
    to_shut.erase(connection.number);
    open.erase(found);
    ++counters.ended;
  }

  // At some connections, one after the other.
  void look() REQUIRES(mutex) {
    if (std::chrono::steady_clock::now() < next_look) {
      return;
    }
    next_look = std::chrono::steady_clock::now() + std::chrono::milliseconds(kLookMs);
    auto place = open.upper_bound(looked_at);
    for (std::size_t i = std::min(kLookedAtOnceMax, open.size()); i > 0; --i) {
      if (place == open.end()) {
        place = open.begin();
      }
      looked_at = place->first;
      Connection& connection = place->second;
      connection.heard += kForgivenAtOnce;
      look_at(looked_at, connection);
      ++place;
    }
    for (auto& [socket, watched] : sockets) {
      if (watched.unheard > watched.terms.unheard_bytes_max) {
        end_flood(socket, watched);
      }
    }
    if (unread->count > unread_max / 2) {
      end_unread();
    }
  }

  void look_at(const Place& place, Connection& connection) REQUIRES(mutex) {
    Watched& watched = sockets.at(place.first);
    const std::uint64_t come = bytes_come(place.second);
    // Nobody gets credit for what costs less than it may.
    connection.heard = std::min(connection.heard, come);
    const std::uint64_t most = connection.heard + watched.terms.unheard_bytes_of_each;
    watched.unheard -= connection.unheard;
    connection.unheard = come - std::min(come, most);
    watched.unheard += connection.unheard;
  }

  void end_flood(void* socket, Watched& watched) REQUIRES(mutex) {
    std::vector<std::pair<std::uint64_t, Place>> most;
    for (auto place = open.lower_bound({socket, 0});
         place != open.end() && place->first.first == socket; ++place) {
      look_at(place->first, place->second);
      most.emplace_back(place->second.unheard, place->first);
    }
    std::sort(most.rbegin(), most.rend());
    std::uint64_t left = watched.unheard;
    for (const auto& [unheard, place] : most) {
      if (left <= watched.terms.unheard_bytes_max) {
        break;
      }
      left -= unheard;
      shut(place, Why::kFlooding);
    }
  }

  // Those that were shut down before may need a moment to be closed.
  void end_unread() REQUIRES(mutex) {
    std::vector<std::pair<std::size_t, Place>> most;
    std::size_t left = 0;
    for (auto& [place, connection] : open) {
      if (connection.unread && !connection.is_shut) {
        most.emplace_back(connection.unread->count, place);
        left += most.back().first;
      }
    }
    std::sort(most.rbegin(), most.rend());
    for (const auto& [bytes, place] : most) {
      if (left <= unread_max / 4) {
        break;
      }
      left -= bytes;
      shut(place, Why::kUnread);
    }
  }

  // libzmq then finds it at its end, and closes it. REQUIRES: it is open.
  void shut(const Place& place, Why why) REQUIRES(mutex) {
    Connection& connection = open.at(place);
    connection.is_shut = true;
    let_go(connection, why);
    ::shutdown(place.second, SHUT_RDWR);
  }

  void let_go(const Connection& connection, Why why) REQUIRES(mutex) {
    Ended& ended = counters.of(why);
    ++ended.count;
    ended.last = connection.address;
  }

  const std::size_t max;
  const std::size_t unread_max;
  const std::shared_ptr<HeldBytes> unread = std::make_shared<HeldBytes>();  // of all
  EventFd wake;
  std::atomic<bool> is_over{false};
  mutable Mutex mutex;
  std::map<void*, Watched> sockets GUARDED_BY(mutex);
  std::map<Place, Connection> open GUARDED_BY(mutex);
  std::unordered_map<std::uint64_t, Place> by_number GUARDED_BY(mutex);
  std::map<std::uint64_t, Place> silent GUARDED_BY(mutex);  // the oldest first
  std::map<std::uint64_t, Place> to_shut GUARDED_BY(mutex);
  std::uint64_t last_number GUARDED_BY(mutex) = 0;
  Place looked_at GUARDED_BY(mutex){};  // the last one
  std::chrono::steady_clock::time_point next_look GUARDED_BY(mutex){};
  Counters counters GUARDED_BY(mutex);
  std::atomic<bool> has_ended = false;
  EventFd ended;
  std::thread thread;  // last: it uses the others
};

Connections::Connections(std::size_t max, std::size_t unread_bytes_max)
    : max_(max), implementation_(std::make_unique<Implementation>(max, unread_bytes_max)) {}
Connections::~Connections() = default;

void Connections::watch(zmq::context_t& context, zmq::socket_t& socket, const Terms& terms) {
  static std::atomic<unsigned> last_name{0};
  const std::string name = "inproc://connections-" + std::to_string(++last_name);
  if (zmq_socket_monitor(socket.handle(), name.c_str(), kEvents) != 0) {
    throw zmq::error_t();
  }
  Implementation::Watched watched{
      .monitor = zmq::socket_t(context, zmq::socket_type::pair), .fd = -1, .terms = terms};
  watched.monitor.set(zmq::sockopt::linger, 0);
  watched.monitor.set(zmq::sockopt::rcvhwm, 1);  // libzmq adds a thousand: then it accepts no more
  watched.monitor.connect(name);
  watched.fd = watched.monitor.get(zmq::sockopt::fd);
  const MutexLock lock(implementation_->mutex);
  implementation_->sockets.insert_or_assign(socket.handle(), std::move(watched));
  implementation_->wake.raise();
}

void Connections::forget(zmq::socket_t& socket) {
  // Not while others wait for the lock: libzmq may have to get rid of events first.
  (void)zmq_socket_monitor(socket.handle(), nullptr, 0);
  const MutexLock lock(implementation_->mutex);
  implementation_->sockets.erase(socket.handle());
  std::vector<Implementation::Place> places;
  for (const auto& [place, connection] : implementation_->open) {
    if (place.first == socket.handle()) {
      places.push_back(place);
    }
  }
  for (const auto& place : places) {
    implementation_->end(place);
  }
  implementation_->wake.raise();
}

std::uint64_t Connections::number_of(zmq::socket_t& socket, int fd, std::string_view peer,
                                     std::size_t bytes) {
  const MutexLock lock(implementation_->mutex);
  const Implementation::Place place(socket.handle(), fd);
  auto found = implementation_->open.find(place);
  if (found == implementation_->open.end() || found->second.peer != peer) {
    // It may be a new one, which was there before what came over it.
    implementation_->read_all();
    found = implementation_->open.find(place);
    if (found == implementation_->open.end()) {
      return 0;
    }
    found->second.peer = peer;
    implementation_->silent.erase(found->second.number);
  }
  found->second.heard += bytes + kMessageCost;
  return found->second.number;
}

std::shared_ptr<HeldBytes> Connections::room_for(std::uint64_t number) {
  const std::size_t of_all = implementation_->unread->count;
  const std::size_t max = implementation_->unread_max;
  const MutexLock lock(implementation_->mutex);
  const auto found = implementation_->by_number.find(number);
  if (found == implementation_->by_number.end()) {
    return nullptr;
  }
  auto& unread = implementation_->open.at(found->second).unread;
  if (!unread) {
    unread = std::make_shared<HeldBytes>(implementation_->unread);
  }
  const std::size_t his = unread->count;
  const bool may = his == 0 ? of_all < max : his < max / kPeersUnread && of_all < max / 2;
  return may ? unread : nullptr;
}

bool Connections::is_open(std::uint64_t number) const {
  const MutexLock lock(implementation_->mutex);
  return implementation_->by_number.count(number) != 0;
}

std::string Connections::address_of(std::uint64_t number) const {
  const MutexLock lock(implementation_->mutex);
  const auto found = implementation_->by_number.find(number);
  return found == implementation_->by_number.end()
             ? std::string()
             : implementation_->open.at(found->second).address;
}

int Connections::ended_fd() const { return implementation_->ended.fd(); }

bool Connections::take_ended() {
  // In this order: who ends in between is found by the next call, though nothing tells of him.
  const bool has_ended = implementation_->has_ended.exchange(false);
  if (has_ended) {
    implementation_->ended.lower();
  }
  return has_ended;
}

void Connections::read_monitors() {
  const MutexLock lock(implementation_->mutex);
  implementation_->read_all();
}

Connections::Counters Connections::counters() const {
  const MutexLock lock(implementation_->mutex);
  Counters counters = implementation_->counters;
  if (TurnedAway away = turned_away(); away.count > 0) {
    counters.of(Why::kMax).count += away.count;
    counters.of(Why::kMax).last = std::move(away.last);
  }
  counters.open = implementation_->by_number.size();
  counters.unread_bytes = implementation_->unread->count;
  return counters;
}

}  // namespace store

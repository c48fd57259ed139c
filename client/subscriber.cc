#include "subscriber.h"

#include <algorithm>
#include <array>
#include <span>

#include "sealed.h"

namespace jobq {
namespace {

// An event is far smaller; a bound on what a false store can make us hold, together with the limit
// of frames that SUB sockets have by default.
constexpr std::int64_t kFrameBytesMax = 256 << 10;

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";

// Host and port of what follows the transport: "*:5557", "[::1]:5557".
struct Place {
  std::string_view host;
  std::string_view port;
};

std::optional<Place> place_of(std::string_view endpoint) {
  endpoint.remove_prefix(kTcp.size());
  const std::size_t colon = endpoint.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  return Place{.host = endpoint.substr(0, colon), .port = endpoint.substr(colon + 1)};
}

bool is_wildcard(std::string_view host) {
  return host == "*" || host == "0.0.0.0" || host == "[::]" || host == "::";
}

// Takes the frames that are left of a message.
bool drop_rest(zmq::socket_t& socket, zmq::message_t& frame) {
  while (frame.more()) {
    if (!receive(socket, frame)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::string> status_endpoint(const std::vector<std::string>& bound,
                                           std::string_view request_endpoint) {
  if (request_endpoint.starts_with(kIpc)) {
    const auto found = std::find_if(bound.begin(), bound.end(),
                                    [](const auto& text) { return text.starts_with(kIpc); });
    return found == bound.end() ? std::nullopt : std::optional(*found);
  }
  const auto request =
      request_endpoint.starts_with(kTcp) ? place_of(request_endpoint) : std::nullopt;
  for (const std::string& endpoint : bound) {
    const auto place = endpoint.starts_with(kTcp) ? place_of(endpoint) : std::nullopt;
    if (!request || !place) {
      continue;
    }
    if (!is_wildcard(place->host)) {
      return endpoint;
    }
    return std::string(kTcp) + std::string(request->host) + ":" + std::string(place->port);
  }
  return std::nullopt;
}

bool Subscriber::open(const std::string& endpoint, const std::string& topic,
                      const std::string& key) {
  close();
  MonitoredSocket opened = store_->sockets().make(zmq::socket_type::sub, endpoint);
  opened.socket.set(zmq::sockopt::maxmsgsize, kFrameBytesMax);
  opened.socket.set(zmq::sockopt::subscribe, topic);
  try {
    opened.socket.connect(endpoint);
  } catch (const zmq::error_t&) {
    opened.close();
    return false;
  }
  socket_ = std::move(opened);
  topic_ = topic;
  key_ = key;
  rest_ = nullptr;
  return true;
}

std::optional<Frame> Subscriber::receive() {
  while (rest_.size() > 0 || take_message()) {
    try {
      auto message = read_message(rest_);
      Frame frame = to_frame(message.getRoot<protocol::Event>());
      if (last_) {
        if (frame.sequence <= *last_) {
          throw DamagedReply("sequence: is not above that of the event before");
        }
        frame.previous = *last_;
      }
      last_ = frame.sequence;
      rest_ = kj::arrayPtr(message.getEnd(), rest_.end());
      return frame;
    } catch (const kj::Exception&) {
      // As good as lost: the next frame shows the gap.
      rest_ = nullptr;
    } catch (const DamagedReply&) {
      rest_ = nullptr;  // likewise
    }
  }
  return std::nullopt;
}

bool Subscriber::take_message() {
  zmq::message_t part;
  while (jobq::receive(socket_.socket, part)) {
    // A subscription is a prefix: longer topics are others.
    const bool is_ours = part.to_string_view() == topic_ && part.more();
    if (!is_ours || !jobq::receive(socket_.socket, part) || part.more()) {
      if (!drop_rest(socket_.socket, part)) {
        return false;
      }
      continue;
    }
    const auto opened = auth::open_sealed(key_, part.to_string_view());
    if (!opened) {
      continue;  // as good as lost
    }
    try {
      rest_ = copy_.words(std::as_bytes(std::span(*opened)));
      last_.reset();
      return true;
    } catch (const DamagedReply&) {
      // As good as lost.
    }
  }
  return false;
}

bool Subscriber::is_broken() {
  bool is_broken = false;
  while (const auto event = next_event(socket_.monitor)) {
    is_broken = is_broken || *event == LinkEvent::kGone || *event == LinkEvent::kHandshakeFailed;
  }
  return is_broken;
}

void Subscriber::wait_until(Clock::time_point end, For what) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  std::array<zmq_pollitem_t, 3> items{{{nullptr, store_->interrupt_fd(), ZMQ_POLLIN, 0},
                                       {socket_.socket.handle(), 0, ZMQ_POLLIN, 0},
                                       {socket_.monitor.handle(), 0, ZMQ_POLLIN, 0}}};
  // A signal ends the poll early, which the caller takes for nothing happened.
  const int count = is_open() && what == For::kFrames ? 3 : 1;
  static_cast<void>(has_happened(zmq_poll(items.data(), count, std::max<long>(left.count(), 0))));
}

}  // namespace jobq

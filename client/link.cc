#include "link.h"

#include <algorithm>
#include <utility>

namespace jobq {
namespace {

constexpr Span kPauseFirst{20};
constexpr Span kPauseMax{500};
// A store that only starts again is back sooner.
constexpr std::chrono::seconds kTroubleAfter{1};
// A store that has answered others in the meantime is busy, not gone: it has so many times the time
// that a silent one has.
constexpr int kPatienceWithBusy = 4;
// Answers read before whoever calls run() has its turn.
constexpr int kRepliesAtOnceMax = 256;

}  // namespace

Link::Clock::time_point Link::Call::end(bool is_connected,
                                        Clock::time_point unconnected_since) const {
  const auto latest = start + held + patience;
  return is_connected ? latest : std::min(latest, std::max(start, unconnected_since) + patience);
}

Link::Link(Connection options, std::function<void(const Call&)> on_ended)
    : options_(std::move(options)), on_ended_(std::move(on_ended)), sockets_(options_) {
  open_socket();  // here, so that an endpoint that cannot be is refused early
}

Link::~Link() { close_socket(); }

Link::Call Link::make_call(const Question& question, const std::string& token, Span patience,
                           std::shared_ptr<PendingCall> pending) {
  const std::uint64_t id = ++last_id_;
  return {id, encode(id, question, token), question.held, patience, std::move(pending)};
}

void Link::add(Call call) {
  const auto now = Clock::now();
  if (calls_.empty()) {
    got_damaged_reply_ = false;
    link_trouble_.reset();
    pause_ = kPauseFirst;
    reopen_at_ = now;
    if (!is_connected_) {
      unconnected_since_ = now;
    }
  }
  call.start = now;
  call.attempt_start = now;
  due_ = std::min(due_, socket_ ? call.end(is_connected_, unconnected_since_) : reopen_at_);
  if (!is_connected_) {
    due_ = std::min(due_, unconnected_since_ + kTroubleAfter);
  }
  if (call.pending->is_over()) {
    forget_ended();  // cancelled before it came here
  }
  unsent_.push_back(call.id);
  calls_.emplace_hint(calls_.end(), call.id, std::move(call));
}

std::size_t Link::run(Clock::time_point until) {
  events_.wait({}, ready_);
  while (true) {
    const bool is_woken = is_ready(What::kWoken) || is_ready(What::kOther);
    const std::size_t ended = work();
    if (ended > 0 || is_woken || Clock::now() >= until) {
      events_.set_time(due_);
      return ended;
    }
    events_.wait(std::min(until, due_), ready_);
  }
}

std::size_t Link::work() {
  std::size_t ended = has_ended_calls_.exchange(false) ? drop_ended() : 0;
  const bool is_monitor_ready = is_ready(What::kMonitor);
  const bool is_socket_ready = is_ready(What::kSocket);
  ready_ = {};
  // Replies first: a store that answers and goes has answered.
  if (is_socket_ready) {
    ended += take_replies();
  }
  if (is_monitor_ready) {
    follow_monitor();
  }
  if (std::exchange(is_shutting_down_, false)) {
    lose_connection();
  }
  const auto now = Clock::now();
  if (!socket_ && !calls_.empty() && now >= reopen_at_) {
    open_socket();
    send_all();
  }
  if (send_unsent()) {
    ended += take_replies();  // sending may have taken the signal that there are some
  }
  return now >= due_ ? ended + tend(now) : ended;
}

void Link::send_all() {
  unsent_.clear();
  for (auto& [id, call] : calls_) {
    unsent_.push_back(id);
  }
}

// A socket takes any number of frames, connected or not: the callers bound them.
bool Link::send_unsent() {
  if (!socket_ || unsent_.empty()) {
    return false;
  }
  const auto now = Clock::now();
  for (const std::uint64_t id : std::exchange(unsent_, {})) {
    const auto call = calls_.find(id);
    if (call == calls_.end()) {
      continue;
    }
    zmq::message_t frame;
    frame.copy(call->second.frame);
    if (!has_happened(zmq_send(socket_.socket.handle(), "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT)) ||
        !has_happened(zmq_msg_send(frame.handle(), socket_.socket.handle(), ZMQ_DONTWAIT))) {
      unsent_.push_back(id);  // a signal came
      due_ = now;
      continue;
    }
    call->second.attempt_start = now;
    due_ = std::min(due_, attempt_end(call->second));
  }
  return true;
}

std::size_t Link::take_replies() {
  std::size_t ended = 0;
  for (int i = 0; socket_ && i < kRepliesAtOnceMax; ++i) {
    // The message's last frame: whatever comes before it is envelope.
    zmq::message_t frame;
    do {
      if (!receive(socket_.socket, frame)) {
        return ended;
      }
    } while (frame.more());
    ended += take_reply({static_cast<const std::byte*>(frame.data()), frame.size()}) ? 1 : 0;
  }
  ready_[static_cast<std::size_t>(What::kSocket)] = true;  // there may be more
  wake();
  return ended;
}

bool Link::take_reply(std::span<const std::byte> frame) {
  try {
    auto message = copy_.read(frame);
    const ReplyReader reader{message.getRoot<protocol::Reply>()};
    const auto call = calls_.find(reader.reply.getId());
    if (call == calls_.end()) {
      return false;  // to a question that was given up
    }
    if (call->second.pending->is_over()) {
      end_call(call, nullptr);
      return false;
    }
    // With a body it is the refusal of what was asked for: the store is there.
    if (reader.reply.getCode() == 503 && reader.reply.getBody().isNone()) {
      is_shutting_down_ = true;
      return false;
    }
    is_trouble_told_ = false;
    std::exception_ptr error;
    try {
      call->second.pending->read(reader);
    } catch (const Refused&) {
      error = std::current_exception();
    }
    heard_at_ = Clock::now();
    pause_ = kPauseFirst;
    got_damaged_reply_ = false;
    end_call(call, std::move(error));
    return true;
  } catch (const kj::Exception&) {
    got_damaged_reply_ = true;
  } catch (const DamagedReply&) {
    got_damaged_reply_ = true;
  }
  return false;
}

void Link::end_call(Calls::iterator call, std::exception_ptr error) {
  const Call ended = std::move(calls_.extract(call).mapped());
  if (ended.pending->end()) {
    ended.pending->finish(std::move(error));
  }
  if (on_ended_) {
    on_ended_(ended);
  }
}

void Link::follow_monitor() {
  bool is_lost = false;
  const auto now = Clock::now();
  while (const auto event = socket_ ? next_event(socket_.monitor) : std::nullopt) {
    if (*event == LinkEvent::kUp) {
      is_connected_ = true;
      link_trouble_.reset();
      for (auto& [id, call] : calls_) {
        call.attempt_start = now;  // what was sent before is on its way only now
      }
    } else if (*event == LinkEvent::kGone) {
      is_lost = true;
    } else if (link_trouble_ != LinkEvent::kHandshakeFailed) {
      link_trouble_ = event;
    }
  }
  due_ = now;
  if (is_lost) {
    lose_connection();
  }
}

// A store that hangs up or says 503 again and again must not be asked in a tight loop.
void Link::lose_connection() {
  const auto now = Clock::now();
  if (std::exchange(is_connected_, false)) {
    unconnected_since_ = now;
  }
  close_socket();
  due_ = now;
  if (unsent_.size() == calls_.size()) {  // it broke since the last call
    reopen_at_ = now;
    return;
  }
  if (now >= unconnected_since_ + kTroubleAfter) {
    tell_trouble();
  }
  reopen_at_ = now + pause_;
  pause_ = std::min(2 * pause_, kPauseMax);
}

Link::Clock::time_point Link::attempt_end(const Call& call) const {
  const Span retry_after = std::max(options_.retry_after, kPauseFirst);
  if (!is_connected_) {
    return call.attempt_start + retry_after;
  }
  const auto quiet_since =
      std::clamp(heard_at_, call.attempt_start,
                 call.attempt_start + (kPatienceWithBusy - 1) * Clock::duration(retry_after));
  return quiet_since + call.held + retry_after;
}

// Does what time has brought: calls whose patience is over, attempts that are to be repeated.
std::size_t Link::tend(Clock::time_point now) {
  std::vector<std::uint64_t> over;
  bool is_silent = false;
  due_ = Clock::time_point::max();
  for (const auto& [id, call] : calls_) {
    const auto end = call.end(is_connected_, unconnected_since_);
    if (now >= end) {
      over.push_back(id);
      continue;
    }
    due_ = std::min({due_, end, socket_ ? attempt_end(call) : reopen_at_});
    is_silent = is_silent || (socket_ && now >= attempt_end(call));
  }
  for (const std::uint64_t id : over) {
    const auto call = calls_.find(id);
    if (call != calls_.end()) {
      end_call(call, std::make_exception_ptr(
                         Unreachable(options_.endpoint + ": " + what_is_wrong() + " for " +
                                     std::to_string(call->second.patience.count()) + " ms")));
    }
  }
  if (is_silent) {
    be_silent(now);
  } else if (!is_connected_ && !is_trouble_told_ && !calls_.empty()) {
    if (now >= unconnected_since_ + kTroubleAfter) {
      tell_trouble();
    } else {
      due_ = std::min(due_, unconnected_since_ + kTroubleAfter);
    }
  }
  return over.size();
}

// The store has not answered in time: everything again, on a fresh socket.
void Link::be_silent(Clock::time_point now) {
  if (std::exchange(is_connected_, false)) {
    unconnected_since_ = now;
  }
  close_socket();
  tell_trouble();
  link_trouble_.reset();  // that was of a store that is gone now
  reopen_at_ = now;
  due_ = now;
}

std::size_t Link::drop_ended() {
  std::size_t dropped = 0;
  for (auto call = calls_.begin(); call != calls_.end();) {
    const auto ended = call++;
    if (ended->second.pending->is_over()) {
      end_call(ended, nullptr);
      ++dropped;
    }
  }
  return dropped;
}

void Link::open_socket() {
  is_connected_ = false;
  MonitoredSocket opened = sockets_.make(zmq::socket_type::dealer, options_.endpoint);
  try {
    opened.socket.connect(options_.endpoint);
  } catch (const zmq::error_t& error) {
    throw std::invalid_argument("endpoint: " + options_.endpoint + ": " + error.what());
  }
  socket_ = std::move(opened);
  events_.add(socket_.socket, What::kSocket);
  events_.add(socket_.monitor, What::kMonitor);
  ready_[static_cast<std::size_t>(What::kMonitor)] = true;  // opening may have taken its signal
}

void Link::close_socket() {
  if (socket_) {
    events_.remove(socket_.socket);
    events_.remove(socket_.monitor);
  }
  socket_.close();
  is_connected_ = false;
}

void Link::tell_trouble() {
  if (!std::exchange(is_trouble_told_, true) && options_.on_trouble) {
    options_.on_trouble("waiting for " + options_.endpoint + ": " + what_is_wrong());
  }
}

std::string Link::what_is_wrong() const {
  if (got_damaged_reply_) {
    return "no reply that can be understood";
  }
  if (link_trouble_ == LinkEvent::kHandshakeFailed) {
    return "the handshake failed (are the keys right?)";
  }
  return link_trouble_ ? "cannot connect (does a store listen there?)" : "no answer";
}

}  // namespace jobq

#include "fake_stream.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "sealed.h"

namespace {

using Clock = std::chrono::steady_clock;
using Kind = FakeStream::Kind;

constexpr const char* kNone = "none";

std::string to_bytes(const std::function<void(protocol::Event::Builder)>& fill) {
  capnp::MallocMessageBuilder message;
  fill(message.initRoot<protocol::Event>());
  const auto words = capnp::messageToFlatArray(message);
  return {reinterpret_cast<const char*>(words.begin()), words.asBytes().size()};
}

bool is_end(Kind kind) {
  return kind == Kind::COMPLETE || kind == Kind::FAILED || kind == Kind::CANCELLED;
}

}  // namespace

FakeStream::FakeStream(const TemporaryDirectory& directory, Options options)
    : endpoint_(directory.endpoint()), options_(std::move(options)), random_(options_.faults.seed) {
  start();
}

void FakeStream::start() {
  {
    const std::lock_guard lock(mutex_);
    topic_ = "topic-" + std::to_string(++topic_number_);
    is_subscribed_ = false;
    outbox_.clear();
    late_.clear();
    parked_.clear();
  }
  is_over_ = false;
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  store_ = std::make_unique<FakeStore>(
      endpoint_, [this](FakeStore& store, const Asked& asked) { answer(store, asked); },
      options_.keys.secret_key);
  thread_ = std::thread([this] { run(); });  // which looks at the store
}

void FakeStream::stop() {
  if (!thread_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    parked_.clear();
  }
  is_over_ = true;
  eventfd_write(wake_, 1);
  thread_.join();
  store_.reset();
  close(wake_);
}

void FakeStream::restart(const std::function<void()>& meanwhile) {
  stop();
  if (meanwhile) {
    meanwhile();
  }
  start();
}

void FakeStream::change(const std::function<void(Options&)>& change) {
  const std::lock_guard lock(mutex_);
  change(options_);
}

void FakeStream::write(const std::string& job, Kind kind, const std::string& client) {
  const std::uint64_t sequence = (journal_.empty() ? forgotten_ : journal_.back().sequence) + 1;
  journal_.push_back({sequence, last_of_alice_, kind, job, client});
  if (client == "alice") {
    last_of_alice_ = sequence;
    jobs_.emplace(job, sequence);
    if (is_end(kind)) {
      jobs_.erase(job);
    }
  }
}

std::uint64_t FakeStream::add(const std::string& job, Kind kind, const std::string& client) {
  const std::lock_guard lock(mutex_);
  write(job, kind, client);
  if (client == "alice") {
    publish(journal_.back());
    answer_parked(false);
  }
  return journal_.back().sequence;
}

std::uint64_t FakeStream::add_unsent(const std::string& job, Kind kind) {
  const std::lock_guard lock(mutex_);
  write(job, kind, "alice");
  return journal_.back().sequence;
}

void FakeStream::send_again(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(journal_.begin(), journal_.end(),
                                  [&](const Entry& entry) { return entry.sequence == sequence; });
  publish(*found);
}

void FakeStream::forget(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  std::erase_if(journal_, [&](const Entry& entry) { return entry.sequence <= sequence; });
  forgotten_ = std::max(forgotten_, sequence);
}

void FakeStream::wipe() {
  const std::lock_guard lock(mutex_);
  journal_.clear();
  jobs_.clear();
  forgotten_ = last_of_alice_ = 0;
}

std::vector<std::uint64_t> FakeStream::sequences(std::uint64_t after) {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> sequences;
  for (const Entry& entry : journal_) {
    if (entry.client == "alice" && entry.sequence > after) {
      sequences.push_back(entry.sequence);
    }
  }
  return sequences;
}

std::uint64_t FakeStream::last() {
  const std::lock_guard lock(mutex_);
  return journal_.empty() ? forgotten_ : journal_.back().sequence;
}

void FakeStream::await_subscriber() {
  std::unique_lock lock(mutex_);
  has_subscriber_.wait_for(lock, kForEver, [&] { return is_subscribed_; });
}

void FakeStream::put(std::string topic, std::string body) {
  if (body != kNone) {
    body = auth::seal(key(), ++sealed_, body);
    if (chance(options_.faults.tampered)) {
      char& byte = body[random_() % body.size()];
      byte = static_cast<char>(byte ^ (1 << random_() % 8));
    }
  }
  outbox_.emplace_back(std::move(topic), std::move(body));
  eventfd_write(wake_, 1);
}

void FakeStream::put_joined() {
  if (!joined_.empty()) {
    put(topic_, std::exchange(joined_, {}));
  }
}

void FakeStream::publish(const Entry& entry) {
  const auto body_of = [&](std::uint64_t sequence) {
    return to_bytes([&](protocol::Event::Builder out) {
      out.setSequence(sequence);
      // Of the first in a frame alone this says what the scope had before.
      out.setPrevious(joined_.empty() ? entry.previous : sequence - 1);
      out.setKind(entry.kind);
      out.setJob(entry.job);
      out.setClient(entry.client);
    });
  };
  const FrameFaults& faults = options_.faults;
  if (entry.previous != last_joined_) {
    put_joined();
  }
  if (chance(faults.strange)) {
    put(topic_ + "x", body_of(entry.sequence + 1'000'000));
  }
  if (chance(faults.lost)) {
    return put_joined();
  }
  std::string body = body_of(entry.sequence);
  if (chance(faults.damaged)) {
    const std::size_t size = body.size();
    const std::array<std::string, 5> damages{body.substr(0, random_() % size),
                                             body.substr(0, random_() % (size / 8) * 8), "",
                                             std::string(size, '\xff'), kNone};
    body = damages[random_() % damages.size()];
    if (body != kNone) {
      body.insert(0, std::exchange(joined_, {}));
    }
    put_joined();
    return put(topic_, body);
  }
  if (chance(faults.late)) {
    put_joined();
    late_.push_back(body_of(entry.sequence));
    return;
  }
  if (chance(faults.joined)) {
    joined_ += body;
    last_joined_ = entry.sequence;
    return;
  }
  body.insert(0, std::exchange(joined_, {}));
  put(topic_, body);
  if (chance(faults.twice)) {
    put(topic_, body);
  }
  while (!late_.empty() && chance(50)) {
    put(topic_, late_.front());
    late_.pop_front();
  }
}

void FakeStream::send_frame(Kind kind) {
  put_joined();
  put(topic_, to_bytes([&](protocol::Event::Builder out) {
        out.setSequence(journal_.empty() ? forgotten_ : journal_.back().sequence);
        out.setPrevious(last_of_alice_);
        out.setKind(kind);
      }));
}

void FakeStream::end_topic() {
  const std::lock_guard lock(mutex_);
  send_frame(Kind::ENDED);
  topic_ = "topic-" + std::to_string(++topic_number_);
  is_subscribed_ = false;
}

void FakeStream::run() {
  zmq::context_t context;
  zmq::socket_t stream(context, zmq::socket_type::xpub);
  stream.set(zmq::sockopt::linger, 0);
  if (!options_.keys.secret_key.empty()) {
    stream.set(zmq::sockopt::curve_server, true);
    stream.set(zmq::sockopt::curve_secretkey, options_.keys.secret_key);
  }
  bool is_bound = false;
  while (!is_over_) {
    {
      const std::lock_guard lock(mutex_);
      if (options_.has_stream && !is_bound) {
        stream.bind(endpoint_ + "-stream");
        is_bound = true;
      }
    }
    std::array<zmq_pollitem_t, 2> items{
        {{stream.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_, ZMQ_POLLIN, 0}}};
    const bool is_idle = zmq_poll(items.data(), 2, options_.heartbeat.count()) == 0;
    std::uint64_t count = 0;
    eventfd_read(wake_, &count);
    const std::lock_guard lock(mutex_);
    zmq::message_t wish;
    while (stream.recv(wish, zmq::recv_flags::dontwait)) {
      if (wish.to_string() == "\x01" + topic_) {
        is_subscribed_ = true;
        has_subscriber_.notify_all();
        if (options_.has_heartbeats) {
          send_frame(Kind::HEARTBEAT);
        }
      }
    }
    if (is_idle && is_subscribed_ && options_.has_heartbeats) {
      send_frame(Kind::HEARTBEAT);
    }
    answer_parked(true);
    for (const auto& [topic, body] : outbox_) {
      const bool is_whole = body != kNone;
      stream.send(zmq::buffer(topic), is_whole ? zmq::send_flags::sndmore : zmq::send_flags::none);
      if (is_whole) {
        stream.send(zmq::buffer(body), zmq::send_flags::none);
      }
    }
    outbox_.clear();
  }
}

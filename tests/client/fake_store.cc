#include "fake_store.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <regex>
#include <stdexcept>

std::string make_reply(std::uint64_t id, unsigned code, const FillReply& fill,
                       const std::string& error) {
  capnp::MallocMessageBuilder message;
  auto reply = message.initRoot<protocol::Reply>();
  reply.setId(id);
  reply.setCode(static_cast<std::uint16_t>(code));
  reply.setError(error.c_str());
  if (fill) {
    fill(reply);
  }
  const auto words = capnp::messageToFlatArray(message);
  return {reinterpret_cast<const char*>(words.begin()), words.asBytes().size()};
}

std::string text_of(capnp::DynamicStruct::Reader message) {
  static const std::regex kEmpty(
      R"re(, \w+ = (""|\(\)|\[\]|0|false)(?=[,)])|\w+ = (""|\(\)|\[\]|0|false)(, |(?=\))))re");
  std::string text = kj::str(message).cStr();
  for (std::string before; before != text;) {
    before = text;
    text = std::regex_replace(text, kEmpty, "");
  }
  return text;
}

KeyPair new_key_pair() {
  std::array<char, 41> public_key{};
  std::array<char, 41> secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    throw zmq::error_t();
  }
  return {public_key.data(), secret_key.data()};
}

jobq::Connection quick_connection(const std::string& endpoint) {
  return {.endpoint = endpoint,
          .server_key = {},
          .token = "token",
          .patience = std::chrono::seconds(20),
          .retry_after = std::chrono::milliseconds(100)};
}

FakeStore::FakeStore(const std::string& endpoint, Handler handler,
                     const std::string& curve_secret_key)
    : handler_(std::move(handler)), router_(context_, zmq::socket_type::router) {
  router_.set(zmq::sockopt::linger, 0);
  if (!curve_secret_key.empty()) {
    router_.set(zmq::sockopt::curve_server, true);
    router_.set(zmq::sockopt::curve_secretkey, curve_secret_key);
  }
  router_.bind(endpoint);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread([this] { run(); });
}

FakeStore::~FakeStore() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  eventfd_write(wake_, 1);
  thread_.join();
  close(wake_);
}

void FakeStore::send(const Asked& asked, std::string bytes) {
  {
    const std::lock_guard lock(mutex_);
    outbox_.emplace_back(asked.peer, std::move(bytes));
  }
  eventfd_write(wake_, 1);
}

void FakeStore::reply(const Asked& asked, unsigned code, const FillReply& fill,
                      const std::string& error) {
  send(asked, make_reply(asked.request().getId(), code, fill, error));
}

std::vector<Asked> FakeStore::asked(std::size_t count_min) {
  std::unique_lock lock(mutex_);
  has_asked_.wait_for(lock, kForEver, [&] { return asked_.size() >= count_min; });
  return asked_;
}

void FakeStore::run() {
  while (true) {
    std::array<zmq_pollitem_t, 2> items{
        {{router_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_, ZMQ_POLLIN, 0}}};
    zmq_poll(items.data(), 2, -1);
    std::uint64_t count = 0;
    eventfd_read(wake_, &count);
    {
      const std::lock_guard lock(mutex_);
      if (is_ending_) {
        return;
      }
    }
    zmq::message_t peer;
    while (router_.recv(peer, zmq::recv_flags::dontwait)) {
      zmq::message_t delimiter;
      zmq::message_t body;
      if (!router_.recv(delimiter) || delimiter.size() != 0 || !router_.recv(body)) {
        continue;
      }
      Asked asked{.peer = peer.to_string(), .bytes = body.to_string(), .message = {}, .words = {}};
      asked.words = std::make_shared<std::vector<capnp::word>>(body.size() / sizeof(capnp::word));
      std::memcpy(asked.words->data(), body.data(), body.size());
      asked.message = std::make_shared<capnp::FlatArrayMessageReader>(
          kj::arrayPtr(asked.words->data(), asked.words->size()));
      handler_(*this, asked);
      // Afterwards: a message's reader is not for two threads.
      const std::lock_guard lock(mutex_);
      asked_.push_back(std::move(asked));
      has_asked_.notify_all();
    }
    send_outbox();
  }
}

void FakeStore::send_outbox() {
  const std::lock_guard lock(mutex_);
  for (const auto& [peer, bytes] : outbox_) {
    router_.send(zmq::buffer(peer), zmq::send_flags::sndmore);
    router_.send(zmq::message_t(), zmq::send_flags::sndmore);
    router_.send(zmq::buffer(bytes), zmq::send_flags::none);
  }
  outbox_.clear();
}

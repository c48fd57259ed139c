// RabbitMQ: a quorum queue, publisher confirms, consumers that acknowledge. A confirm is sent when
// the queue's log is synced; an acknowledgement of a consumer has no answer, so its end is not
// known to be on disk.
#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <stdexcept>

#include "../steady_time.h"
#include "peer.h"

namespace bench {
namespace {

constexpr int kChannel = 1;
constexpr int kFrameMax = 131072;
constexpr unsigned kPrefetch = 256;

class RabbitQueue : public PeerQueue {
 public:
  explicit RabbitQueue(const Peer& peer) : request_(peer.request), state_(amqp_new_connection()) {
    amqp_socket_t* socket = amqp_tcp_socket_new(state_);
    if (amqp_socket_open(socket, peer.address.c_str(), peer.port) != AMQP_STATUS_OK) {
      throw std::runtime_error("rabbitmq: cannot connect");
    }
    amqp_login(state_, "/", 0, kFrameMax, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    amqp_channel_open(state_, kChannel);
    require("open");
    amqp_confirm_select(state_, kChannel);
    require("confirm");
    declare("jobs");
    declare("ended");
  }
  ~RabbitQueue() override { amqp_destroy_connection(state_); }

  void submit(unsigned jobs, unsigned) override {
    for (unsigned i = 0; i < jobs; ++i) {
      publish("jobs");
    }
    wait_for_confirms();
  }

  unsigned work(unsigned jobs, unsigned) override {
    consume("jobs", kPrefetch);
    unsigned taken = 0;
    while (taken < jobs && take(taken == 0 ? 100'000 : 0)) {
      ++taken;
    }
    if (taken > 0) {
      amqp_basic_ack(state_, kChannel, last_, 1);
    }
    return taken;
  }

  double submit_and_wait() override {
    consume("ended", 1);
    const auto start = SteadyClock::now();
    publish("jobs");  // that its end is told says that it was confirmed
    while (!take(1'000'000)) {
    }
    const double ms = 1e3 * seconds_since(start);
    amqp_basic_ack(state_, kChannel, last_, 0);
    return ms;
  }

  void work_and_tell() override {
    consume("jobs", 1);  // or the next could come before the confirm
    if (take(100'000)) {
      publish("ended");
      wait_for_confirms();
      amqp_basic_ack(state_, kChannel, last_, 0);
    }
  }

 private:
  void require(const char* what) {
    const amqp_rpc_reply_t reply = amqp_get_rpc_reply(state_);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {
      throw std::runtime_error(std::string("rabbitmq: ") + what + ": " +
                               amqp_error_string2(reply.library_error));
    }
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
      const bool is_of_channel = reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD;
      const amqp_bytes_t text =
          is_of_channel ? static_cast<amqp_channel_close_t*>(reply.reply.decoded)->reply_text
                        : static_cast<amqp_connection_close_t*>(reply.reply.decoded)->reply_text;
      throw std::runtime_error(std::string("rabbitmq: ") + what + " is refused: " +
                               std::string(static_cast<const char*>(text.bytes), text.len));
    }
  }

  void declare(const char* name) {
    amqp_table_entry_t entry{};
    entry.key = amqp_cstring_bytes("x-queue-type");
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_cstring_bytes("quorum");
    amqp_queue_declare(state_, kChannel, amqp_cstring_bytes(name), 0, 1, 0, 0, {1, &entry});
    require("declare");
  }

  void publish(const char* queue) {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = 2;
    amqp_basic_publish(state_, kChannel, amqp_empty_bytes, amqp_cstring_bytes(queue), 0, 0,
                       &properties, {request_.size(), request_.data()});
    ++published_;
  }

  void wait_for_confirms() {
    while (confirmed_ < published_) {
      amqp_frame_t frame;
      if (amqp_simple_wait_frame(state_, &frame) != AMQP_STATUS_OK) {
        throw std::runtime_error("rabbitmq: gone");
      }
      if (frame.frame_type == AMQP_FRAME_METHOD &&
          frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
        const auto* ack = static_cast<amqp_basic_ack_t*>(frame.payload.method.decoded);
        confirmed_ = ack->multiple != 0 ? ack->delivery_tag : confirmed_ + 1;
        amqp_maybe_release_buffers(state_);
      }
    }
  }

  void consume(const char* queue, unsigned prefetch) {
    if (!is_consuming_) {
      amqp_basic_qos(state_, kChannel, 0, static_cast<std::uint16_t>(prefetch), 0);
      amqp_basic_consume(state_, kChannel, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0,
                         amqp_empty_table);
      require("consume");
      is_consuming_ = true;
    }
  }

  bool take(int wait_us) {
    amqp_envelope_t envelope;
    timeval wait{.tv_sec = wait_us / 1'000'000, .tv_usec = wait_us % 1'000'000};
    amqp_maybe_release_buffers(state_);
    amqp_rpc_reply_t reply = amqp_consume_message(state_, &envelope, &wait, 0);
    while (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
           reply.library_error == AMQP_STATUS_UNEXPECTED_STATE) {
      amqp_frame_t confirm;
      amqp_simple_wait_frame(state_, &confirm);
      reply = amqp_consume_message(state_, &envelope, &wait, 0);
    }
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
      return false;
    }
    last_ = envelope.delivery_tag;
    amqp_destroy_envelope(&envelope);
    return true;
  }

  std::string request_;
  const amqp_connection_state_t state_;
  std::uint64_t published_ = 0;
  std::uint64_t confirmed_ = 0;
  std::uint64_t last_ = 0;
  bool is_consuming_ = false;
};

}  // namespace

std::unique_ptr<PeerQueue> connect_rabbitmq(const Peer& peer) {
  return std::make_unique<RabbitQueue>(peer);
}

}  // namespace bench

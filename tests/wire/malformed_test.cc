#include <catch2/catch.hpp>
#include <random>

#include "local_store.h"
#include "peer.h"
#include "sockets.h"

namespace wire {
namespace {

constexpr std::size_t kFrameBytesMax = 64u << 10;

// A store with one job in it, so that there is something to spoil.
struct Hostile {
  LocalStore store{[](store::Config& config) { config.limits.frame_bytes_max = kFrameBytesMax; }};
  Peer witness{store.request_endpoint()};
  std::uint64_t digest_before = 0;

  Hostile() {
    const auto frame = submit_frame(submit_head(1, store.client_token()), {{.job = "j-1"}});
    REQUIRE(witness.ask(frame).code() == 200);
    digest_before = store.digest();
  }
  void check_store_is_well() {
    CHECK(witness.ask(bare_frame({.id = 2, .path = "/status"})).code() == 200);
    CHECK(store.digest() == digest_before);
    const auto query = job_query_frame(
        client_call(3, Method::GET, "/scan/job", store.client_token()), {.job = "j-1"});
    CHECK(witness.ask(query).body().getJob().getStatus() == protocol::Status::SUBMITTED);
  }
};

bool libzmq_is_patched() { return store::Sockets({}).is_guarded(); }

const std::string kGood = bare_frame({.id = 42, .path = "/status"});

}  // namespace

TEST_CASE_METHOD(Hostile, "garbage is answered with 400 and no id") {
  Peer peer(store.request_endpoint());
  std::mt19937_64 random(4711);
  for (std::size_t size : {1u, 7u, 8u, 9u, 16u, 64u, 1000u, 4096u, 65'528u}) {
    std::string garbage(size, '\0');
    for (char& byte : garbage) {
      byte = static_cast<char>(random());
    }
    garbage.back() = static_cast<char>(0xff);
    garbage.front() = static_cast<char>(0xff);  // far more segments than there can be
    INFO(size << " bytes");
    const Answer answer = peer.ask(garbage);
    CHECK(answer.code() == 400);
    CHECK(answer.id() == 0);
    CHECK_THAT(answer.error(), Catch::StartsWith("frame:"));
  }
  check_store_is_well();
}

TEST_CASE_METHOD(Hostile, "an empty frame is answered with 400") {
  Peer peer(store.request_endpoint());
  CHECK(peer.ask("").code() == 400);
  // The same without a delimiter: then the one empty part is the frame.
  peer.send_parts({""});
  const auto parts = peer.receive_parts();
  REQUIRE(parts.size() == 1);
  CHECK(Answer(parts[0]).code() == 400);
  check_store_is_well();
}

TEST_CASE_METHOD(Hostile, "a truncated submit is answered with 400 and does nothing") {
  Peer peer(store.request_endpoint());
  const std::string frame = submit_frame(submit_head(1, store.client_token()), {{.job = "new"}});
  for (std::size_t size = 0; size < frame.size(); size += 4) {
    INFO("cut to " << size << " of " << frame.size());
    CHECK(peer.ask(frame.substr(0, size)).code() == 400);
  }
  check_store_is_well();
}

TEST_CASE_METHOD(Hostile, "messages of a wrong number of parts get no answer and are counted") {
  Peer peer(store.request_endpoint());
  const std::vector<std::vector<std::string>> wrong = {
      {"no delimiter", kGood}, {"", "", kGood},     {"", kGood, ""}, {kGood, ""},
      {"", kGood, kGood},      {"a", "b", "c", "d"}};
  for (const auto& parts : wrong) {
    peer.send_parts(parts);
  }
  // An answer to one of those would come first.
  CHECK(peer.ask(bare_frame({.id = 43, .path = "/status"})).id() == 43);
  CHECK_FALSE(peer.try_receive());
  const Answer stats =
      witness.ask(bare_frame(client_call(4, Method::GET, "/admin/stats", store.operator_token())));
  CHECK(stats.body().getStats().getRefusals() == wrong.size());
  check_store_is_well();
}

TEST_CASE_METHOD(Hostile, "a message of a thousand parts does nothing") {
  {
    Peer peer(store.request_endpoint());
    peer.send_parts(std::vector<std::string>(1000, kGood));
    if (libzmq_is_patched()) {
      CHECK(peer.wait_for_end_of_connection());
    }
  }
  check_store_is_well();
}

TEST_CASE_METHOD(Hostile, "half a message of a peer that goes away is dropped") {
  {
    Peer peer(store.request_endpoint());
    CHECK(peer.ask(kGood).code() == 200);  // it is connected now
    peer.send_first_parts(
        {"", submit_frame(submit_head(1, store.client_token()), {{.job = "new"}})});
  }
  check_store_is_well();
}

TEST_CASE_METHOD(Hostile, "a frame above the limit is 413 and names it") {
  Peer peer(store.request_endpoint());
  for (const std::size_t size : {kFrameBytesMax + 1, kFrameBytesMax + 8, 2 * kFrameBytesMax}) {
    INFO(size << " bytes");
    const Answer answer = peer.ask(std::string(size, 'x'));
    CHECK(answer.code() == 413);
    CHECK_THAT(answer.error(), Catch::Contains(std::to_string(kFrameBytesMax)));
  }
  CHECK(peer.ask(std::string(kFrameBytesMax, '\xff')).code() == 400);
  check_store_is_well();
}

TEST_CASE_METHOD(Hostile, "a peer that sends four times the limit is disconnected") {
  Peer peer(store.request_endpoint());
  CHECK(peer.ask(kGood).code() == 200);
  peer.send(std::string(2 * kFrameBytesMax + 1, 'x'));
  CHECK(peer.wait_for_end_of_connection());
  CHECK_FALSE(peer.try_receive());
  // It may come back and behave.
  CHECK(peer.ask(kGood).code() == 200);
  check_store_is_well();
}

TEST_CASE_METHOD(Hostile, "no change of one byte in a submit does harm") {
  Peer peer(store.request_endpoint());
  const std::string token = store.client_token();
  // The job that is there already, with other content: a conflict when nothing is damaged.
  const std::string frame =
      submit_frame(submit_head(1, token), {{.job = "j-1", .request = "\"other content\""}});
  REQUIRE(peer.ask(frame).code() == 409);
  const std::size_t id_of_job = frame.find("j-1");
  REQUIRE(id_of_job != std::string::npos);
  for (std::size_t i = 0; i < frame.size(); ++i) {
    std::string damaged = frame;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x80);
    INFO("byte " << i);
    const unsigned code = peer.ask(damaged).code();
    CHECK((code >= 400 && code < 500));
  }
  check_store_is_well();
}

TEST_CASE_METHOD(Hostile, "a subscriber is turned away by the request socket, and hears nothing") {
  Peer ear(store.request_endpoint(), {.type = zmq::socket_type::sub});
  CHECK_FALSE(ear.wait_for_end_of_connection());
  check_store_is_well();
  CHECK_FALSE(ear.try_receive());
}

TEST_CASE_METHOD(Hostile, "a peer that chose its own identity is not served by it") {
  Peer peer(store.request_endpoint(), {.routing_id = "somebody"});
  if (libzmq_is_patched()) {
    CHECK(peer.ask(kGood).code() == 200);
    return;
  }
  peer.send(kGood);
  const auto stats =
      bare_frame(client_call(1, Method::GET, "/admin/stats", store.operator_token()));
  while (witness.ask(stats).body().getStats().getRefusals() == 0) {
  }
  CHECK_FALSE(peer.try_receive());
  check_store_is_well();
}

}  // namespace wire

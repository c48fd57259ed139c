#include <catch2/catch.hpp>

#include "local_store.h"
#include "peer.h"

namespace wire {
namespace {

const std::string kStatus = bare_frame({.id = 1, .path = "/status"});

}  // namespace

TEST_CASE("only who knows the store's key gets an answer") {
  LocalStore store([](store::Config& config) { config.curve = true; });
  for (const std::string& endpoint : {store.request_endpoint(), store.driver_endpoint()}) {
    Peer knowing(endpoint, {.server_key = store.public_key()});
    CHECK(knowing.ask(kStatus).code() == 200);

    Peer mistaken(endpoint, {.server_key = make_curve_pair().public_key});
    mistaken.send(kStatus);
    CHECK_FALSE(mistaken.wait_for_end_of_connection());
    CHECK_FALSE(mistaken.try_receive());

    Peer plain(endpoint);
    plain.send(kStatus);
    CHECK_FALSE(plain.wait_for_end_of_connection());
    CHECK_FALSE(plain.try_receive());

    CHECK(knowing.ask(kStatus).code() == 200);
  }
}

TEST_CASE("a peer that insists on CURVE does not talk to a plain store") {
  LocalStore store;
  Peer peer(store.request_endpoint(), {.server_key = store.public_key()});
  peer.send(kStatus);
  CHECK_FALSE(peer.wait_for_end_of_connection());
  CHECK_FALSE(peer.try_receive());
}

TEST_CASE("CURVE does not replace the token") {
  LocalStore store([](store::Config& config) { config.curve = true; });
  Peer peer(store.request_endpoint(), {.server_key = store.public_key()});
  CHECK(peer.ask(submit_frame(submit_head(1, ""), {{.job = "j"}})).code() == 401);
  CHECK(peer.ask(submit_frame(submit_head(1, store.client_token()), {{.job = "j"}})).code() == 200);
}

}  // namespace wire

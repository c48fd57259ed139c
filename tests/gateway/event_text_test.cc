#include "event_text.h"

#include <catch2/catch.hpp>

using gateway::Message;
using gateway::StreamForm;

TEST_CASE("a message has its name, its cursor and its line") {
  REQUIRE(gateway::text_of(Message{"submitted", R"({"a":1})", 7}, StreamForm::kServerSent) ==
          "event: submitted\nid: 7\ndata: {\"a\":1}\n\n");
  REQUIRE(gateway::text_of(Message{"snapshot", "{}"}, StreamForm::kServerSent) ==
          "event: snapshot\ndata: {}\n\n");
  REQUIRE(gateway::text_of(Message{"submitted", R"({"a":1})", 7}, StreamForm::kLines) ==
          "{\"a\":1}\n");
}

TEST_CASE("a heartbeat is no event, and says how far the stream has come") {
  REQUIRE(gateway::heartbeat_text(9, StreamForm::kServerSent) == ": heartbeat\nid: 9\n\n");
  REQUIRE(gateway::heartbeat_text(9, StreamForm::kLines) ==
          "{\"event\":\"heartbeat\",\"cursor\":9}\n");
}

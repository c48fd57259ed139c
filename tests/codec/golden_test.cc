#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <set>

#include "../describe/describe.h"
#include "decode.h"
#include "golden_files.h"
#include "golden_replies.h"
#include "golden_requests.h"
#include "messages.h"

namespace store {
namespace {

// In the order of the schema.
constexpr const char* kEventNames[] = {
    "submitted", "accepted", "progress",  "log",        "complete",    "failed",
    "forbidden", "retrying", "released",  "lease-lost", "undelivered", "cancel-requested",
    "cancelled", "edited",   "heartbeat", "ended",      "flagged"};

// The kinds of body, in the words of the schema.
template <typename Body>
std::set<std::string> kinds_in_schema() {
  std::set<std::string> kinds;
  for (const auto field : capnp::Schema::from<Body>().getUnionFields()) {
    kinds.insert(field.getProto().getName().cStr());
  }
  return kinds;
}
template <typename Body>
std::string kind_of(const Body& body) {
  const auto fields = capnp::Schema::from<typename Body::Reads>().getUnionFields();
  for (const auto field : fields) {
    if (field.getProto().getDiscriminantValue() == static_cast<unsigned>(body.which())) {
      return field.getProto().getName().cStr();
    }
  }
  return "?";
}

}  // namespace

TEST_CASE("requests of released versions still mean the same") {
  const Limits limits;
  RequestReader reader(limits);
  for (const GoldenRequest& request : golden_requests()) {
    INFO(request.name);
    golden::check(request.name, request.frame, capnp::Schema::from<protocol::Request>());
    const Decoded decoded = decode(reader, request.frame);
    if (request.described.empty()) {
      REQUIRE(std::holds_alternative<Route>(decoded));
    } else {
      REQUIRE(std::holds_alternative<Command>(decoded));
      CHECK(describe(std::get<Command>(decoded)) == request.described);
    }
  }
}

TEST_CASE("replies are the same bytes as in released versions") {
  KnownTexts texts = golden_texts();
  for (const GoldenReply& golden : golden_replies()) {
    INFO(golden.name);
    const std::string bytes = std::visit(
        [&](const auto& reply) { return encode_reply(0x0123456789abcdef, reply, texts); },
        golden.reply);
    golden::check(golden.name, bytes, capnp::Schema::from<protocol::Reply>());
    CHECK(wire::Answer(golden::read(golden.name)).id() == 0x0123456789abcdef);
  }
}

TEST_CASE("frames of streams are the same bytes as in released versions") {
  std::set<Event::Kind> kinds;
  for (const Event& event : golden_events()) {
    kinds.insert(event.kind);
    const std::string bytes = encode_event("scan", event, event.sequence - 3);
    golden::check("event-" + std::string(kEventNames[static_cast<std::size_t>(event.kind)]), bytes,
                  capnp::Schema::from<protocol::Event>());
  }
  Event flagged = golden_events().front();
  flagged.kind = Event::Kind::kFlagged;
  flagged.text = "slow";
  golden::check("event-flagged", encode_event("scan", flagged, flagged.sequence - 3),
                capnp::Schema::from<protocol::Event>());
  constexpr std::size_t kOfStreams = 2;
  REQUIRE(kinds.size() + 1 + kOfStreams == Event::kKindCount);
  const Time now(Span(1'700'000'000'000));
  for (const auto& [name, sign] : {std::pair("event-heartbeat", StreamSign::kHeartbeat),
                                   {"event-ended", StreamSign::kEnded}}) {
    const std::string bytes = encode_sign(sign, "scan", now, 17, 40);
    golden::check(name, bytes, capnp::Schema::from<protocol::Event>());
  }
}

// Each request kind of the schema has a golden message, and no file is left without a test.
TEST_CASE("every golden message is tested and every kind of body has one") {
  std::set<std::string> request_kinds;
  std::set<std::string> reply_kinds;
  std::set<std::size_t> commands;
  std::set<std::pair<std::size_t, std::size_t>> replies;
  std::set<std::string> names;
  const Limits limits;
  RequestReader reader(limits);
  for (const GoldenRequest& request : golden_requests()) {
    names.insert(request.name);
    std::vector<capnp::word> words(request.frame.size() / sizeof(capnp::word));
    std::memcpy(words.data(), request.frame.data(), request.frame.size());
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words.data(), words.size()));
    request_kinds.insert(kind_of(message.getRoot<protocol::Request>().getBody()));
    const Decoded decoded = decode(reader, request.frame);
    if (const auto* command = std::get_if<Command>(&decoded)) {
      commands.insert(command->index());
    }
  }
  for (const GoldenReply& golden : golden_replies()) {
    names.insert(golden.name);
    replies.emplace(golden.reply.index(),
                    std::visit([](const auto& reply) { return reply.index(); }, golden.reply));
    reply_kinds.insert(kind_of(wire::Answer(golden::read(golden.name)).body()));
  }
  CHECK(request_kinds == kinds_in_schema<protocol::Request::Body>());
  CHECK(reply_kinds == kinds_in_schema<protocol::Reply::Body>());
  CHECK(commands.size() == std::variant_size_v<Command>);
  // A subscription is answered by the server, and one to observe in Zest.
  CHECK(replies.size() == std::variant_size_v<Reply> - 1 + std::variant_size_v<ServerReply> - 1);
  for (const auto& file : std::filesystem::directory_iterator(GOLDEN_DIR)) {
    const std::string name = file.path().stem().string();
    if (name.starts_with("event-")) {
      const auto known = std::find(std::begin(kEventNames), std::end(kEventNames), name.substr(6));
      CHECK(known != std::end(kEventNames));
    } else if (name.starts_with("request-") || name.starts_with("reply-")) {
      CHECK_THAT(std::vector<std::string>(names.begin(), names.end()), Catch::VectorContains(name));
    }
  }
}

}  // namespace store

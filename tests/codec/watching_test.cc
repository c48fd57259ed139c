// What watchers ask for, and what of an event they are shown.
#include <catch2/catch.hpp>
#include <cstring>

#include "cases.h"
#include "golden_replies.h"

namespace store {
namespace {

std::string subscribe(const wire::Subscribe& said, const std::string& path = "/scan/job/events") {
  return wire::subscribe_frame(post(path), said);
}
std::string events(const wire::EventQuery& said, const std::string& path = "/scan/job/events") {
  return wire::event_query_frame(get(path), said);
}

struct Shown {
  explicit Shown(const std::string& bytes)
      : words(bytes.size() / sizeof(capnp::word)),
        reader((std::memcpy(words.data(), bytes.data(), bytes.size()),
                kj::arrayPtr(words.data(), words.size()))),
        event(reader.getRoot<protocol::Event>()) {}
  std::vector<capnp::word> words;
  capnp::FlatArrayMessageReader reader;
  protocol::Event::Reader event;
};

}  // namespace

TEST_CASE("a client watches itself or a job of its own") {
  Codec codec;
  CHECK(codec.body<Subscribe>(subscribe({})).client == "alice");
  CHECK(codec.body<Subscribe>(subscribe({})).job.empty());
  CHECK(codec.body<Subscribe>(subscribe({.job = "j"})).job == "j");
  CHECK(codec.body<Subscribe>(subscribe({}, "/scan/job/j/events")).job == "j");
  CHECK(codec.body<Subscribe>(subscribe({.job = "j"}, "/scan/job/j/events")).job == "j");
  CHECK(codec.body<ReadEvents>(events({.job = "j"}, "/scan/job/j/events")).job == "j");
  check_refused(codec, subscribe({.job = "other"}, "/scan/job/j/events"), 400, "job", "");
  check_refused(codec, events({.job = "other"}, "/scan/job/j/events"), 400, "job", "");
  check_refused(codec, subscribe({.client = ""}), 400, "client", "empty");
  check_refused(codec, events({.client = ""}), 400, "client", "empty");
  check_refused(codec, subscribe({.job = "a/b"}), 400, "job", "");
}

TEST_CASE("a pinned client watches itself, whoever it says that it is") {
  Codec codec;
  CHECK(codec.body<Subscribe>(subscribe({.client = ""}), "bob").client == "bob");
  CHECK(codec.body<ReadEvents>(wire::bare_frame(get("/scan/job/events")), "bob").client == "bob");
  CHECK(codec.body<Subscribe>(subscribe({.client = "alice"}), "bob").client == "bob");
}

TEST_CASE("a driver watches all, a client, or a job") {
  Codec codec;
  const std::string path = "/jobs/scan/events";
  CHECK_FALSE(codec.body<Subscribe>(wire::bare_frame(post(path))).client);
  CHECK_FALSE(codec.body<Subscribe>(wire::bare_frame(post("/sub/scan/jobs"))).client);
  CHECK_FALSE(codec.body<ReadEvents>(wire::bare_frame(get(path))).client);
  CHECK(codec.body<Subscribe>(subscribe({}, path)).client == "alice");
  CHECK(codec.body<Subscribe>(subscribe({.client = ""}, "/jobs/scan/job/j/events")).job == "j");
}

TEST_CASE("numbers of watchers have their limits") {
  Codec codec;
  CHECK(codec.body<Subscribe>(subscribe({})).limit == 100);
  CHECK(codec.body<Subscribe>(subscribe({.limit = 1000})).limit == 1000);
  check_refused(codec, subscribe({.limit = 1001}), 400, "limit", "1000");
  CHECK(codec.body<ReadEvents>(events({.limit = 1000})).limit == 1000);
  check_refused(codec, events({.limit = 1001}), 400, "limit", "1000");
  CHECK(codec.body<ReadEvents>(events({.wait_ms = 60'000})).wait == Span(60'000));
  check_refused(codec, events({.wait_ms = 60'001}), 400, "waitMs", "60000");
  CHECK(codec.body<ReadEvents>(events({.after = UINT64_MAX})).after == UINT64_MAX);
}

TEST_CASE("events of a page are chained from the cursor on") {
  KnownTexts texts = golden_texts();
  const wire::Answer answer(encode_reply(
      1, EventsReply{.datasource = "scan", .scope = {}, .after = 17, .limit = 9, .scans = 9},
      texts));
  Sequence previous = 17;
  for (const auto event : answer.body().getEvents().getEvents()) {
    CHECK(event.getPrevious() == previous);
    CHECK(event.getDatasource() == "scan");
    previous = event.getSequence();
  }
  CHECK(previous == 33);
  CHECK(answer.body().getEvents().getCursor() == 40);
  CHECK(answer.body().getEvents().getIsEnd());
}

TEST_CASE("a cursor that leads nowhere is 410, with a snapshot to go on from") {
  KnownTexts texts;
  const wire::Answer answer(
      encode_reply(1, GoneReply{"after: gone", {.cursor = 51, .oldest = 12, .jobs = {}}}, texts));
  CHECK(answer.code() == 410);
  CHECK(answer.error() == "after: gone");
  CHECK(answer.body().getSnapshot().getCursor() == 51);
  CHECK(answer.body().getSnapshot().getOldest() == 12);
}

TEST_CASE("an error and a log line are only in the events that have them") {
  for (const Event& event : golden_events()) {
    const Shown shown(encode_event("scan", event, 0));
    CAPTURE(static_cast<int>(event.kind));
    const bool has_error = event.kind == Event::Kind::kFailed ||
                           event.kind == Event::Kind::kForbidden ||
                           event.kind == Event::Kind::kRetrying;
    CHECK(shown.event.hasError() == has_error);
    CHECK((!has_error || shown.event.getError().getDetail().size() == 0));
    CHECK(shown.event.hasLog() == (event.kind == Event::Kind::kLog));
    CHECK(shown.event.hasWorker() == (event.kind == Event::Kind::kAccepted));
    CHECK(shown.event.hasParent() == (event.kind == Event::Kind::kSubmitted));
  }
}

}  // namespace store

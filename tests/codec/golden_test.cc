#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <set>

#include "decode.h"
#include "describe.h"
#include "golden_files.h"
#include "golden_requests.h"
#include "messages.h"
#include "text_form.h"

namespace store {
namespace {

Time at(std::int64_t ms) { return Time(Span(1'700'000'000'000 + ms)); }

JobView job_view(const std::string& id, Status status) {
  return {.key = {.datasource = 3, .sequence = 41},
          .id = id,
          .client = "alice",
          .worker = "host:4711",
          .status = status,
          .changed = 44,
          .priority = 70,
          .attempt = 2,
          .lost_leases = 1,
          .submitted_at = at(0),
          .accepted_at = at(250),
          .deadline = status == Status::kAccepted ? at(30'250) : Time{},
          .finished_at = is_final(status) ? at(900) : Time{}};
}

struct GoldenReply {
  std::string name;
  Reply reply;
};

std::vector<GoldenReply> golden_replies() {
  const Refused conflict{Code::kConflict, "lease: not held"};
  const JobView submitted = job_view("j-1", Status::kSubmitted);
  return {
      {"reply-refused", Refused{Code::kTooMany, "waitMs: waitersMax = 10000 are waiting"}},
      {"reply-submitted",
       SubmitReply{{SubmitReply::Taken{submitted, true},
                    SubmitReply::Taken{job_view("j-2", Status::kRetrying), false},
                    Refused{Code::kBadRequest, "jobs[2].request: is not JSON"}}}},
      {"reply-submitted-one-refused",
       SubmitReply{{Refused{Code::kConflict, "job: this id is taken"}}}},
      {"reply-job-accepted", JobReply{job_view("j-1", Status::kAccepted)}},
      {"reply-job-complete", JobReply{job_view("j-1", Status::kComplete)}},
      {"reply-job-failed", JobReply{job_view("j-1", Status::kFailed)}},
      {"reply-jobs",
       ListReply{{job_view("j-1", Status::kFailed), job_view("j-2", Status::kCancelled),
                  job_view("j-3", Status::kForbidden)},
                 43}},
      {"reply-accepted",
       AcceptReply{{job_view("j-1", Status::kAccepted), job_view("j-2", Status::kAccepted)}}},
      {"reply-accepted-none", AcceptReply{}},
      {"reply-renewed", RenewReply{{at(60'000), std::nullopt}}},
      {"reply-updated", UpdateReply{{Status::kComplete, conflict, Status::kFailed}}},
      {"reply-store", StoreStatus{.version = "0.1.0",
                                  .name = "jobqd",
                                  .uptime = Span(86'400'000),
                                  .now = at(0),
                                  .request_endpoints = {"tcp://0.0.0.0:5555", "ipc:///run/jobq"},
                                  .driver_endpoints = {"tcp://0.0.0.0:5558"},
                                  .status_endpoints = {"tcp://0.0.0.0:5557"}}},
      {"reply-stats", StoreStats{.requests = 1,
                                 .refusals = 2,
                                 .replies_dropped = 3,
                                 .turns = 4,
                                 .commits = 5,
                                 .syncs = 6,
                                 .journal_bytes = 7,
                                 .derived_bytes = 8,
                                 .wal_bytes = 9,
                                 .flush_bytes = 10,
                                 .compaction_bytes = 11,
                                 .jobs_live = 12,
                                 .jobs_finished = 13,
                                 .waiters_parked = 14}},
  };
}

const Texts& read_texts(JobKey job) {
  static const Texts kTexts{.request = R"({"page":1})",
                            .response = R"(["done"])",
                            .failure = {"exit-1", "the scanner jammed", "tray 2"}};
  REQUIRE(job == JobKey{3, 41});
  return kTexts;
}

}  // namespace

TEST_CASE("requests of released versions still mean the same", "[golden]") {
  const Limits limits;
  RequestReader reader(limits);
  for (const GoldenRequest& request : golden_requests()) {
    INFO(request.name);
    golden::check(request.name, request.frame, text_form<protocol::Request>(request.frame));
    const Decoded decoded = decode(reader, limits, golden::read(request.name));
    if (request.described.empty()) {
      REQUIRE(std::holds_alternative<Route>(decoded));
    } else {
      REQUIRE(std::holds_alternative<Command>(decoded));
      CHECK(describe(std::get<Command>(decoded)) == request.described);
    }
  }
}

TEST_CASE("replies are the same bytes as in released versions", "[golden]") {
  for (const GoldenReply& golden : golden_replies()) {
    INFO(golden.name);
    const std::string bytes = encode_reply(0x0123456789abcdef, golden.reply, read_texts);
    golden::check(golden.name, bytes, text_form<protocol::Reply>(bytes));
    CHECK(wire::Answer(golden::read(golden.name)).id() == 0x0123456789abcdef);
  }
}

TEST_CASE("the code of a reply is that of its one item, 200 or 207", "[golden]") {
  const auto code_of = [](const Reply& reply) {
    return wire::Answer(encode_reply(1, reply, read_texts)).code();
  };
  const SubmitReply::Taken taken{job_view("j-1", Status::kSubmitted), true};
  const Refused conflict{Code::kConflict, "job: taken"};
  CHECK(code_of(SubmitReply{{taken}}) == 200);
  CHECK(code_of(SubmitReply{{taken, taken}}) == 200);
  CHECK(code_of(SubmitReply{{conflict}}) == 409);
  CHECK(code_of(SubmitReply{{taken, conflict}}) == 207);
  CHECK(code_of(SubmitReply{{conflict, conflict}}) == 207);
  CHECK(code_of(RenewReply{{std::nullopt}}) == 409);
  CHECK(code_of(RenewReply{{at(1), std::nullopt}}) == 207);
  CHECK(code_of(UpdateReply{{Status::kComplete}}) == 200);
  CHECK(code_of(UpdateReply{{conflict}}) == 409);
  CHECK(code_of(UpdateReply{{Status::kComplete, conflict}}) == 207);
}

// Each request kind of the schema has a golden message, and no file is left without a test.
TEST_CASE("every golden message is tested and every kind of body has one", "[golden]") {
  std::set<unsigned> request_kinds;
  std::set<unsigned> reply_kinds;
  std::set<std::string> names;
  for (const GoldenRequest& request : golden_requests()) {
    names.insert(request.name);
    std::vector<capnp::word> words(request.frame.size() / sizeof(capnp::word));
    std::memcpy(words.data(), request.frame.data(), request.frame.size());
    capnp::FlatArrayMessageReader reader(kj::arrayPtr(words.data(), words.size()));
    request_kinds.insert(reader.getRoot<protocol::Request>().getBody().which());
  }
  for (const GoldenReply& golden : golden_replies()) {
    names.insert(golden.name);
    reply_kinds.insert(wire::Answer(golden::read(golden.name)).body().which());
  }
  const auto kinds_in = [](capnp::StructSchema body) { return body.getUnionFields().size(); };
  CHECK(request_kinds.size() == kinds_in(capnp::Schema::from<protocol::Request::Body>()));
  CHECK(reply_kinds.size() == kinds_in(capnp::Schema::from<protocol::Reply::Body>()));
  for (const auto& file : std::filesystem::directory_iterator(GOLDEN_DIR)) {
    const std::string name = file.path().stem().string();
    if (name.starts_with("request-") || name.starts_with("reply-")) {
      CHECK_THAT(std::vector<std::string>(names.begin(), names.end()), Catch::VectorContains(name));
    }
  }
}

}  // namespace store

#include "golden_requests.h"

#include "describe.h"
#include "messages.h"

namespace store {
namespace {

constexpr Span kHour = std::chrono::hours(1);

wire::Head head(std::uint64_t id, wire::Method method, const std::string& path) {
  return {.id = id, .method = method, .path = path, .token = "MDAxY2xvY2F0aW9uIHN0b3JlCg"};
}

GoldenRequest submit() {
  return {"request-submit",
          wire::submit_frame(head(1, wire::Method::POST, "/scan/job/"),
                             {{.job = "j-1",
                               .client = "alice",
                               .request = R"({"page":1,"name":"Überblick"})",
                               .priority = 100,
                               .keep_for_ms = 60'000},
                              {.job = "j-2", .client = "bob", .request = "null"}}),
          describe(Submit{.datasource = "scan",
                          .jobs = {Submitted{.id = "j-1",
                                             .client = "alice",
                                             .request = R"({"page":1,"name":"Überblick"})",
                                             .priority = 100,
                                             .keep_for = Span(60'000)},
                                   Submitted{.id = "j-2",
                                             .client = "bob",
                                             .request = "null",
                                             .priority = 50,
                                             .keep_for = kHour}}})};
}

std::vector<GoldenRequest> queries() {
  return {
      {"request-job-query",
       wire::job_query_frame(
           head(2, wire::Method::GET, "/scan/job/"),
           {.job = "j-1", .client = "alice", .wait_ms = 60'000, .seen = 7, .until_final = true}),
       describe(GetJob{.datasource = "scan",
                       .job = "j-1",
                       .client = "alice",
                       .wait = Span(60'000),
                       .seen = 7,
                       .until_final = true})},
      {"request-driver-job-query",
       wire::bare_frame(head(3, wire::Method::GET, "/jobs/scan/job/j-1")),
       describe(GetJob{.datasource = "scan", .job = "j-1", .client = {}})},
      {"request-list-query",
       wire::list_query_frame(
           head(4, wire::Method::GET, "/scan/job/list"),
           {.client = "alice",
            .cursor = 12,
            .limit = 1000,
            .statuses = {protocol::Status::SUBMITTED, protocol::Status::FORBIDDEN}}),
       describe(ListJobs{.datasource = "scan",
                         .client = "alice",
                         .cursor = 12,
                         .limit = 1000,
                         .statuses = 0b1000001})},
      {"request-driver-list", wire::bare_frame(head(5, wire::Method::GET, "/jobs/scan/list")),
       describe(ListJobs{.datasource = "scan", .client = {}, .limit = 100, .statuses = 0xff})},
      {"request-status", wire::bare_frame({.id = 6, .path = "/status"}), ""},
  };
}

std::vector<GoldenRequest> driver_calls() {
  return {
      {"request-accept",
       wire::accept_frame(head(7, wire::Method::POST, "/jobs/scan/accept"),
                          {.worker = "host:4711",
                           .request_number = 1'700'000'000'000'000,
                           .max = 1024,
                           .lease_ms = 3'600'000,
                           .wait_ms = 250}),
       describe(Accept{.datasource = "scan",
                       .worker = "host:4711",
                       .request_number = 1'700'000'000'000'000,
                       .max = 1024,
                       .lease = kHour,
                       .wait = Span(250)})},
      {"request-renew",
       wire::renew_frame(head(8, wire::Method::POST, "/jobs/scan/renew"),
                         {{.job = "j-1", .attempt = 1}, {.job = "j-2", .attempt = 4'000'000'000}},
                         100),
       describe(Renew{.datasource = "scan",
                      .leases = {{"j-1", 1}, {"j-2", 4'000'000'000}},
                      .lease = Span(100)})},
      {"request-update",
       wire::update_frame(head(9, wire::Method::POST, "/jobs/scan/update"),
                          {{.lease = {"j-1", 1}, .response = R"([true,"fertig",1.5e3])"},
                           {.lease = {"j-2", 2},
                            .error_code = "exit-1",
                            .error_message = "the scanner jammed",
                            .error_detail = "tray 2\nroller 3"}}),
       describe(Update{
           .datasource = "scan",
           .outcomes = {Outcome{{"j-1", 1}, Completed{R"([true,"fertig",1.5e3])"}},
                        Outcome{{"j-2", 2},
                                Failed{{"exit-1", "the scanner jammed", "tray 2\nroller 3"}}}}})},
      {"request-update-one",
       wire::update_frame(head(10, wire::Method::POST, "/jobs/scan/job/j-1/"),
                          {{.lease = {"", 3}, .response = "0"}}),
       describe(Update{.datasource = "scan", .outcomes = {Outcome{{"j-1", 3}, Completed{"0"}}}})},
  };
}

}  // namespace

std::vector<GoldenRequest> golden_requests() {
  std::vector<GoldenRequest> all = {submit()};
  for (const auto& some : {queries(), driver_calls()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace store

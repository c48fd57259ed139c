// Replies about workers, what they are told, and how long jobs waited for them.
#include "golden_replies.h"

namespace store {
namespace {

Time time_of(std::int64_t ms) { return Time(Span(1'700'000'000'000 + ms)); }

}  // namespace

std::vector<GoldenReply> replies_about_workers() {
  return {
      {"reply-accepted-halt", AcceptReply{{}, {}, jobq::WorkerOrder::kHalt}},
      {"reply-workers", WorkersReply{{{"host:4711",
                                       time_of(1),
                                       false,
                                       101,
                                       {{.lease = {"j-1", 3},
                                         .function = "ocr",
                                         .accepted_at = time_of(250),
                                         .lease_until = time_of(30'250),
                                         .progress = 0.25}},
                                       jobq::WorkerState::kIdle,
                                       jobq::WorkerOrder::kUnsaid},
                                      {"host:4712",
                                       time_of(2),
                                       true,
                                       0,
                                       {},
                                       jobq::WorkerState::kIdle,
                                       jobq::WorkerOrder::kUnsaid}}}},
      {"reply-workers-about", WorkersReply{{{"host:4711",
                                             time_of(1),
                                             true,
                                             0,
                                             {},
                                             jobq::WorkerState::kDraining,
                                             jobq::WorkerOrder::kDrain,
                                             {"host-1", 4711, time_of(5), "scanner 2.1", 4},
                                             {{"ocr", "thumbnail"}, {"gpu"}}}}}},
      {"reply-datasources-times",
       DatasourcesReply{{{.datasource = "scan",
                          .total = {.runs = 3, .waited = Span(6), .ran = Span(7)},
                          .wait_times = {1, 0, 2},
                          .run_times = {0, 0, 0, 3},
                          .functions = {{.function = "ocr",
                                         .total = {.runs = 1, .waited = Span(1)},
                                         .wait_times = {0, 1}}}}}}},
      {"reply-store-mode", jobq::StoreMode{.is_paused = true, .order = jobq::WorkerOrder::kUnsaid}},
      {"reply-store-mode-halt", jobq::StoreMode{.order = jobq::WorkerOrder::kHalt}},
  };
}

}  // namespace store

// What is told of what attempts and functions keep.
#include "golden_replies.h"

namespace store {
namespace {

Time at(std::int64_t ms) { return Time(Span(1'700'000'000'000 + ms)); }

AcceptedView accepted(bool has_room) {
  AcceptedView view;
  view.lease = {"j-4", 2, {}};
  view.client = "alice";
  view.function = "ocr";
  view.left_out = !has_room;
  view.has_checkpoint = has_room;
  if (has_room) {
    view.state = {{"page", "7"}, {"seen", "a\nb"}};
  }
  view.key = {3, 41};
  return view;
}

JobReply flagged() {
  JobReply reply;
  reply.job.job = "j-4";
  reply.job.client = "alice";
  reply.job.status = Status::kAccepted;
  reply.job.attempt = 1;
  reply.job.started_at = at(1);
  reply.job.is_slow = reply.job.is_stalled = true;
  reply.job.terms = Terms{
      .slow_after = Span(4), .stall_after = Span(5), .stall_fails = true, .defer_max = Span(6)};
  reply.job.key = {3, 41};
  return reply;
}

JobReply with_checkpoint() {
  JobReply reply;
  reply.job.job = "j-4";
  reply.job.client = "alice";
  reply.job.status = Status::kRetrying;
  reply.job.attempt = 1;
  reply.job.checkpoint_bytes = 6;
  reply.job.group = "album";
  reply.job.key = {3, 41};
  reply.with_request = reply.with_checkpoint = true;
  return reply;
}

jobq::CodeStatus code() {
  return {.hash = std::string(64, 'a'),
          .runtime = "python3",
          .bytes = 16,
          .uses = 3,
          .added_at = at(0),
          .used_at = at(5)};
}

AcceptedView of_code() {
  AcceptedView view;
  view.lease = {"j-4", 2, {}};
  view.client = "alice";
  view.code = code().hash;
  view.method = "count";
  view.key = {3, 41};
  return view;
}

JobReply runs_code() {
  JobReply reply;
  reply.job.job = "j-4";
  reply.job.client = "alice";
  reply.job.code = code().hash;
  reply.job.method = "count";
  reply.job.key = {3, 41};
  return reply;
}

}  // namespace

std::vector<GoldenReply> replies_about_state() {
  return {{"reply-code", CodeReply{3, code()}},
          {"reply-code-added", code()},
          {"reply-codes", jobq::CodePage{{code()}, true}},
          {"reply-accepted-code", AcceptReply{{of_code()}, {}}},
          {"reply-job-code", runs_code()},
          {"reply-accepted-state", AcceptReply{{accepted(true), accepted(false)}, {}}},
          {"reply-job-checkpoint", with_checkpoint()},
          {"reply-job-flagged", flagged()},
          {"reply-states", jobq::StatePage{{{.function = "ocr",
                                             .changed_at = at(0),
                                             .count = 2,
                                             .values = {{"page", "7"}, {"seen", "a\nb"}}},
                                            {.function = "scan", .changed_at = at(5), .count = 1}},
                                           true}}};
}

}  // namespace store

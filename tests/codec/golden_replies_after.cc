// What is told of jobs that wait for others.
#include "golden_replies.h"

namespace store {
namespace {

// An answer, one that is too large, and one that has ended otherwise.
std::vector<jobq::AwaitedJob> awaited(bool is_accept) {
  return {{.job = "j-1", .status = Status::kComplete},
          {.datasource = "mail", .job = "j-2", .status = Status::kComplete, .left_out = is_accept},
          {.job = "j-3", .any_end = true, .status = Status::kFailed}};
}

AcceptedView accepted() {
  AcceptedView view;
  view.lease = {"j-4", 1, {}};
  view.client = "alice";
  view.after = awaited(true);
  view.key = {3, 41};
  view.responses = {{3, 41}, {}, {}};
  return view;
}

JobReply waiting() {
  JobReply reply;
  reply.job.job = "j-4";
  reply.job.client = "alice";
  reply.job.after = awaited(false);
  reply.job.after[2].status = Status::kAccepted;
  reply.job.key = {3, 41};
  return reply;
}

JobReply followed() {
  JobReply reply;
  reply.job.job = "j-4";
  reply.job.client = "alice";
  reply.job.follows = "mail/j-3";
  reply.job.then = {
      {.datasource = "mail", .function = "send", .job = "j-5", .then = {{}}, .made = true},
      {.on = jobq::FollowOn::kFailed, .request = "[1]", .priority = 9},
      {.on = jobq::FollowOn::kAny, .refused = "token: was revoked"}};
  reply.job.key = {3, 41};
  return reply;
}

}  // namespace

std::vector<GoldenReply> replies_about_after() {
  return {
      {"reply-accepted-after", AcceptReply{{accepted()}, {}}},
      {"reply-job-after", waiting()},
      {"reply-job-then", followed()},
      {"reply-explanation-after",
       Explanation{Status::kSubmitted, {{Reason::Kind::kAfter, "it waits for j-3", {}, 1}}, {}}}};
}

}  // namespace store

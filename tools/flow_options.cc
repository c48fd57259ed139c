#include "flow_options.h"

#include "job_terms.h"

namespace tools {
namespace {

void declare_one(Options& options, const std::string& option, jobq::FollowOn on,
                 std::vector<jobq::FollowUp>& then, const char* about) {
  options.names(option + " DSID", about, [&then, option, on](const std::string& text) {
    then.push_back(follow_up_of_option(option, text, on));
  });
}

}  // namespace

void declare_then(Options& options, std::vector<jobq::FollowUp>& then) {
  declare_one(options, "--then", jobq::FollowOn::kComplete, then,
              "What is submitted when it is complete, with its response: a datasource, or "
              "DSID:FUNCTION, or :FUNCTION in the same one; may be repeated, up to 16");
  declare_one(options, "--then-failed", jobq::FollowOn::kFailed, then,
              "The same when it failed or was forbidden, with the error");
  declare_one(options, "--then-any", jobq::FollowOn::kAny, then, "The same however it ends");
}

void declare_keys(Options& options, jobq::NewJob& job) {
  options.text("--group NAME", job.group,
               "That it belongs to: its jobs are listed, waited for and cancelled as one");
  options.text("--key KEY", job.turn_key,
               "Jobs with the same key run one at a time, in the order of their submits");
  options.text("--unique NAME", job.unique,
               "Of this name there is one job at a time that has not ended; who submits another "
               "one is answered with it");
  options.value("--if-unique DOES",
                "What becomes of that other one instead: answer (the default), refuse, or replace "
                "the request of the job that waits",
                [&job](const std::string& text) {
                  job.if_unique = enum_of_option("--if-unique", text, all_of<jobq::IfUnique>());
                });
}

}  // namespace tools

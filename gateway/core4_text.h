// What core4's job API answers, as JSON: jobs, kinds of jobs, lines of logs, and what is around
// them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobq/functions.h"
#include "jobq/types.h"
#include "raw_json.h"
#include "reply.h"

namespace gateway {

// Of a list, counted from 0.
struct Core4Page {
  std::size_t page = 0;
  std::size_t per_page = 10;
  std::size_t total = 0;
};

// `data` is JSON.
Reply core4_reply(std::string_view data);
Reply core4_reply(const std::vector<std::string>& items, const Core4Page& page);
// The same answer as core4 would word it.
Reply core4_refusal(Reply refused);

// core4's word for the job's status.
std::string core4_state(const jobq::JobStatus& job);
// Whether core4 would have it in its journal, and no more in its queue.
bool is_journaled(const jobq::JobStatus& job);

// Of one that the user may not read: that it is there, and how far.
jobq::JobStatus masked(const jobq::JobStatus& job);
inline bool is_masked(const jobq::JobStatus& job) { return job.client.empty(); }

std::string core4_job(const jobq::JobStatus& job, bool with_journal);
std::string core4_log_line(const std::string& job, const std::string& kind,
                           const jobq::LogLine& line);
std::string core4_function(const jobq::FunctionStatus& function, const std::string& schedule);

// What lists are sorted by, and narrowed to; null: nothing. Empty: there is no such field.
std::optional<jobq::Json> core4_field(const jobq::JobStatus& job, std::string_view name);
std::optional<jobq::Json> core4_field(const jobq::FunctionStatus& function, std::string_view name);
inline const std::string& core4_name(const jobq::JobStatus& job) { return job.function; }
inline const std::string& core4_name(const jobq::FunctionStatus& status) {
  return status.function.name;
}

// 24 hexadecimal digits, the first eight of them the time, as core4's ids have.
std::string new_core4_id();

}  // namespace gateway

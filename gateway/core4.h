// core4's job API below /core4/api/v1/job: jobs of the user's first datasource, whose functions are
// what core4 calls the qual_name of a job.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "asker.h"
#include "core4_stream.h"
#include "core4_text.h"
#include "held_bytes.h"
#include "http_request.h"
#include "steps.h"

namespace gateway {

class Core4 {
 public:
  static constexpr std::string_view kPath = "/core4/api/v1";

  // All must outlive this.
  Core4(StoreCalls& calls, const Core4Stream::Parts& streams) : calls_(calls), streams_(streams) {}

  struct Asked {
    const HttpRequest& request;
    const Asker& asker;
    HeldBytes::Share& share;
    kj::HttpService::Response& response;
    const Reply& head;
  };
  // Throws Refusal. REQUIRES: what is asked outlives the promise.
  Told answer(const Asked& asked, std::string_view body);

 private:
  struct Call;
  struct Kinds;

  Told answer_of_path(const Call& call);
  Told answer_of_job(const Call& call, const std::string& action, const std::string& job);
  Told kinds(const Call& call);
  Told kinds_from(const Call& call, Kinds kinds, std::string cursor);
  Told kinds_page(const Call& call, Kinds kinds);
  Told queue(const Call& call);
  Told queue_page(const Call& call, std::vector<jobq::JobStatus> rows, Core4Page page);
  Told enqueue(const Call& call);
  Told details(const Call& call, const std::string& job);
  Told kill(const Call& call, const std::string& job);
  Told restart(const Call& call, const std::string& job);
  Told remove(const Call& call, const std::string& job);
  Told log(const Call& call, const std::string& job);
  Told follow(const Call& call, const std::string& job, bool with_states = true);
  Told follow_any(const Call& call, const std::string& name);
  Told follow_kind(const Call& call, const std::string& name, Reply otherwise);

  StoreCalls& calls_;
  const Core4Stream::Parts streams_;
};

}  // namespace gateway

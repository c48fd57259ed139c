// What core4 streams of a job, as server-sent events: its `state` as it is and as it changes, all
// lines of its `log`, and `close` once it has ended. Lines have numbers, and a job says how many
// there are, so that none is told twice and none left out.
#pragma once

#include <kj/compat/http.h>
#include <kj/timer.h>

#include <string>

#include "asker.h"
#include "reply.h"
#include "settings.h"
#include "steps.h"
#include "store_calls.h"
#include "stream_parts.h"

namespace gateway {

// Before the store is asked again that was away.
inline constexpr kj::Duration kCore4Pause = 1 * kj::SECONDS;

// As a server-sent event; `json` is one line.
std::string core4_event(const char* name, const std::string& json);

class Core4Stream {
 public:
  using Parts = StreamParts;
  // All must outlive this. Without states only the log.
  Core4Stream(const Parts& parts, StoreCalls& calls, const Asker& asker, jobq::JobAddress address,
              bool with_states);

  // A reply where there is no stream. REQUIRES: both outlive the promise.
  Told run(kj::HttpService::Response& response, Reply head);

 private:
  using Next = kj::Promise<void>;

  kj::Promise<jobq::Answer<jobq::JobStatus>> ask(jobq::Span held);
  Next go_on(jobq::Answer<jobq::JobStatus> answer);
  Next tell(jobq::JobStatus job);
  Next tell_log(const jobq::JobStatus& job);
  Next wait_or_close(const jobq::JobStatus& job);
  Next pause();
  Next close();
  Next write(std::string text) { return parts_.sender.write(*out_, std::move(text)); }

  const Parts parts_;
  StoreCalls& calls_;
  const Asker& asker_;
  const jobq::JobAddress address_;
  const bool with_states_;
  std::uint64_t seen_ = 0;
  std::string told_state_{};  // by which it is known again
  unsigned last_line_ = 0;
  unsigned states_ = 0, lines_ = 0;  // told
  kj::Own<kj::AsyncOutputStream> out_;
  kj::Own<StreamPlaces::Place> place_;
};

}  // namespace gateway

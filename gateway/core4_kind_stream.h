// What core4 streams of all jobs of a kind, as server-sent events: `state` and `log` of each, from
// now on, until the reader goes.
#pragma once

#include <kj/compat/http.h>

#include <map>
#include <string>

#include "answers.h"
#include "asker.h"
#include "core4_stream.h"
#include "steps.h"

namespace gateway {

class Core4KindStream {
 public:
  // All must outlive this.
  Core4KindStream(const Core4Stream::Parts& parts, StoreCalls& calls, const Asker& asker,
                  std::string kind)
      : parts_(parts), calls_(calls), asker_(asker), kind_(std::move(kind)) {}

  // A reply where there is no stream. REQUIRES: both outlive the promise.
  Told run(kj::HttpService::Response& response, Reply head);

 private:
  using Next = kj::Promise<void>;
  using Jobs = std::map<std::string, jobq::JobStatus>;

  kj::Promise<EventsAnswer> ask(std::uint64_t after, jobq::Span held);
  Next go_on(EventsAnswer answer);
  Next tell(EventPage page);
  kj::Promise<Jobs> jobs_of(const EventPage& page);
  std::string text_of(const EventPage& page, const Jobs& jobs) const;
  Next write(std::string text) { return parts_.sender.write(*out_, std::move(text)); }

  const Core4Stream::Parts parts_;
  StoreCalls& calls_;
  const Asker& asker_;
  const std::string kind_;
  std::uint64_t cursor_ = 0;
  kj::Own<kj::AsyncOutputStream> out_;
  kj::Own<StreamPlaces::Place> place_;
};

}  // namespace gateway

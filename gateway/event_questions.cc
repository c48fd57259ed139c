#include "event_questions.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "jobq/limits.h"
#include "question.h"
#include "wire.h"

namespace gateway {

kj::Promise<EventsAnswer> ask_events(StoreCalls& calls, const std::string& path, EventQuery query,
                                     const std::string& token) {
  query.wait = std::min(query.wait, jobq::Span(jobq::limits::kWaitMsMax));
  const jobq::Request<EventsAnswer> request{
      std::make_shared<const jobq::Question>(jobq::Question{.path = path,
                                                            .held = query.wait,
                                                            .fill =
                                                                [query](jobq::RequestBody body) {
                                                                  jobq::wire::write(
                                                                      query, body.initEventQuery());
                                                                }}),
      read_events};
  return calls.ask(request, token, query.wait).then([](jobq::Answer<EventsAnswer> answer) {
    if (answer.has_value()) return std::move(answer).value();
    const Answer refused = answer_of(answer.error());
    return EventsAnswer{.code = refused.code, .error = refused.error};
  });
}

}  // namespace gateway

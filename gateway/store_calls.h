// Questions to the store, each with its caller's token, over a few sockets that all callers share.
// An AsyncClient (jobq/async.h) has so many under way at most, so that what is held back for long
// has sockets of its own, as many as it takes.
#pragma once

#include <kj/async-unix.h>
#include <kj/async.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "jobq/async.h"
#include "jobq/request.h"

namespace gateway {

class StoreCalls {
 public:
  // Questions that are held back, all together; there are half as many others at most.
  StoreCalls(kj::UnixEventPort& port, jobq::Connection connection, std::size_t held_max);
  ~StoreCalls();

  // Dropping the promise takes the question back. Never rejected: the answer says what was wrong, a
  // Refused (503) too, when as many are under way as may.
  template <class T>
  kj::Promise<jobq::Answer<T>> ask(const jobq::Request<T>& request, const std::string& token,
                                   jobq::Span held = {});

  // Under way right now.
  std::size_t under_way() const;

 private:
  class Line;
  template <class T>
  class Pending;

  // Null when there is no room.
  Line* line_for(bool is_held);

  kj::UnixEventPort& port_;
  const jobq::Connection connection_;
  const std::size_t held_lines_max_;
  // The first one is for questions that are answered at once.
  std::vector<std::unique_ptr<Line>> lines_;
};

// A socket, driven by the event loop.
class StoreCalls::Line {
 public:
  Line(kj::UnixEventPort& port, const jobq::Connection& connection);

  jobq::AsyncClient client;

 private:
  kj::Promise<void> drive();
  kj::Promise<void> work();

  kj::UnixEventPort::FdObserver observer_;
  kj::Promise<void> driving_;
};

template <class T>
class StoreCalls::Pending {
 public:
  Pending(kj::PromiseFulfiller<jobq::Answer<T>>& fulfiller, Line& line,
          const jobq::Request<T>& request, const jobq::CallOptions& options)
      : line_(line),
        call_(line.client.start(
            request, [&fulfiller](jobq::Answer<T> answer) { fulfiller.fulfill(kj::mv(answer)); },
            options)) {}
  ~Pending() { line_.client.cancel(call_); }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

 private:
  Line& line_;
  jobq::Call call_;
};

template <class T>
kj::Promise<jobq::Answer<T>> StoreCalls::ask(const jobq::Request<T>& request,
                                             const std::string& token, jobq::Span held) {
  try {
    Line* const line = line_for(held > jobq::Span{});
    if (line == nullptr) throw jobq::Refused(503, "gateway: too much is under way");
    return kj::newAdaptedPromise<jobq::Answer<T>, Pending<T>>(*line, request,
                                                              jobq::CallOptions{.token = token});
  } catch (const jobq::Refused&) {
    return jobq::Answer<T>(std::current_exception());  // longer than the store takes
  }
}

}  // namespace gateway

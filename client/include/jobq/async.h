// Many requests under way at once, over one socket, for programs that must not wait for each
// answer.
//
//   jobq::AsyncClient store({.server_key = key, .token = token}, {.own_thread = true});
//   std::vector<jobq::NewJob> jobs = {{.request = R"({"page": 1})", .client = "alice"}};
//   store.start(jobq::requests::submit_many("scan", jobs),
//               [](jobq::Answer<std::vector<jobq::SubmitResult>> answer) {
//                 std::cout << answer.value().front().status.job << "\n";
//               });
//   std::future<jobq::StoreStatus> status = store.start(jobq::requests::store_status());
//   std::cout << status.get().version << "\n";
//
// What can be asked is in requests.h, driver_requests.h and admin_requests.h. The store answers in
// whatever order it likes; requests of one object arrive at it in the order of their start.
// Requests are repeated as jobq/client.h says: an answer means that what was asked is on disk.
#pragma once

#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "jobq/connection.h"
#include "jobq/request.h"
#include "jobq/requests.h"
#include "jobq/types.h"

namespace jobq {

struct AsyncOptions {
  // Answers are told on a thread of the object, and start(), cancel() and the sizes may be called
  // from any. Otherwise they are told within poll(), and the object serves one thread at a time.
  bool own_thread = false;
  // Requests under way, 1 .. 1000 (the store holds no more answers for one socket), and bytes of
  // them. A single request may be longer.
  std::size_t requests_max = 256;
  std::size_t bytes_max = std::size_t{64} << 20;
};

struct CallOptions {
  // As Connection::patience, for this request.
  std::optional<Span> patience{};
  // In place of Connection::token: who asks for others has no right of its own.
  std::optional<std::string> token{};
};

// Thrown by start() when too much is under way and it may not wait.
class Busy : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A request that was started, to name it by. Keeps nothing alive.
class Call {
 public:
  Call() = default;

 private:
  friend class AsyncClient;
  explicit Call(std::weak_ptr<PendingCall> pending) : pending_(std::move(pending)) {}

  std::weak_ptr<PendingCall> pending_;
};

class AsyncClient {
 public:
  // Throws std::invalid_argument when the endpoint, a key or a limit is none.
  explicit AsyncClient(Connection connection, AsyncOptions options = {});
  // Requests under way are given up: their callbacks are not called, their futures broken. Not to
  // be called by a callback.
  ~AsyncClient();
  AsyncClient(AsyncClient&&) noexcept;
  AsyncClient& operator=(AsyncClient&&) noexcept;

  // Sends the request, with a thread of its own at once, else in the next poll(). `done` is called
  // once, with the answer, or with Unreachable when the patience is over.
  // While too much is under way it waits for room; without a thread of its own it tells answers
  // meanwhile, as poll() does. Within a callback it does not wait: there is room for one request
  // more than the limit then, so that a callback can always start the next; beyond, it throws Busy.
  // Throws Refused (413) when the request is longer than a message may be.
  template <typename T>
  Call start(const Request<T>& request, std::type_identity_t<Callback<T>> done,
             const CallOptions& options = {}) {
    auto pending = std::make_shared<PendingRequest<T>>(request.read, std::move(done));
    begin(*request.question, pending, options);
    return Call(pending);
  }
  // The same with a future, which throws what Answer::value() would.
  template <typename T>
  std::future<T> start(const Request<T>& request, const CallOptions& options = {}) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    start(
        request,
        [promise](Answer<T> answer) {
          if (const auto error = answer.error()) {
            promise->set_exception(error);
          } else {
            promise->set_value(std::move(answer).value());
          }
        },
        options);
    return future;
  }

  // True: its callback will not be called. The store may do what was asked all the same. False: the
  // callback was called, or is about to be.
  bool cancel(const Call& call);

  // Requests that are not answered yet.
  std::size_t under_way() const;
  // start() would not wait.
  bool has_room() const;

  // Without a thread of its own:

  // Sends what was started, tells the answers that are there, and does what time has brought. When
  // there is nothing of it, waits for something, at most `max_wait`. Returns how many requests have
  // ended; 0 at once when none is under way.
  std::size_t poll(Span max_wait = {});
  // For poll(2) or epoll(7): readable when poll() has something to do. The object's: not to be read
  // or closed, and another one after a move.
  int fd();

 private:
  void begin(const Question& question, std::shared_ptr<PendingCall> pending,
             const CallOptions& options);

  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq

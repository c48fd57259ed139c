// Questions to a store as values, and what comes of them: jobq::AsyncClient (async.h) has many of
// them under way at once. requests.h, driver_requests.h and admin_requests.h list what can be
// asked; they throw Refused (400) for a datasource or a job in the path whose id is none.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace jobq {

// Internal to the libraries.
struct Question;
struct ReplyReader;

// What is asked, and how an answer to it becomes a T. May be started more than once, and copied; a
// request that the store recognises (a job's id, an accept's number) is the same one each time.
template <typename T>
struct Request {
  using Value = T;
  std::shared_ptr<const Question> question;
  std::function<T(const ReplyReader&)> read;
};

// What came of a request: the store's answer, or the reason why there is none, which is a Refused
// or an Unreachable (connection.h).
template <typename T>
class Answer {
 public:
  explicit Answer(T value) : content_(std::move(value)) {}
  explicit Answer(std::exception_ptr error) : content_(std::move(error)) {}

  bool has_value() const { return std::holds_alternative<T>(content_); }
  // Null when there is a value.
  std::exception_ptr error() const { return has_value() ? nullptr : std::get<1>(content_); }
  // Throws error() when there is no value.
  const T& value() const& {
    throw_error();
    return std::get<T>(content_);
  }
  T value() && {
    throw_error();
    return std::get<T>(std::move(content_));
  }

 private:
  void throw_error() const {
    if (!has_value()) {
      std::rethrow_exception(std::get<1>(content_));
    }
  }

  std::variant<T, std::exception_ptr> content_;
};

// Called once, and must not throw.
template <typename T>
using Callback = std::function<void(Answer<T>)>;

// A request under way, as the libraries see it: what reads its answer and tells of it.
class PendingCall {
 public:
  virtual ~PendingCall() = default;
  // Takes the reply apart. Throws Refused, and what counts as no answer. May be called again then.
  virtual void read(const ReplyReader& reply) = 0;
  // Tells what was read, or the error. Called once, and only by whom end() has let.
  virtual void finish(std::exception_ptr error) = 0;

  // True for the first who calls it, from whatever thread.
  bool end() { return !is_over_.exchange(true); }
  bool is_over() const { return is_over_; }

 private:
  std::atomic<bool> is_over_ = false;
};

template <typename T>
class PendingRequest : public PendingCall {
 public:
  PendingRequest(std::function<T(const ReplyReader&)> read, Callback<T> done)
      : read_(std::move(read)), done_(std::move(done)) {}

  void read(const ReplyReader& reply) override { value_.emplace(read_(reply)); }
  void finish(std::exception_ptr error) override {
    done_(error ? Answer<T>(std::move(error)) : Answer<T>(std::move(*value_)));
  }

 private:
  const std::function<T(const ReplyReader&)> read_;
  const Callback<T> done_;
  std::optional<T> value_;
};

}  // namespace jobq

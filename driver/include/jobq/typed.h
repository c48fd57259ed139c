// Requests and responses as types of your own, by whatever reads and writes their JSON: say how for
// a type, and callbacks of a Worker (jobq/worker.h) get and return that.
//
//  worker.on<Page, Text>("ocr", [](const Page& page, const jobq::Task&) { return read(page); });
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "jobq/outcomes.h"
#include "jobq/task.h"

namespace jobq {

// To be specialised, with one or both of these:
//
//  template <>
//  struct jobq::JsonOf<Page> {
//    static Page read(std::string_view json);    // what it throws says what is wrong with it
//    static std::string write(const Page& page);  // JSON
//  };
//
// What read() throws, as a std::exception, fails the job for good with the code "bad-request": no
// other attempt would have another request. What write() throws is an exception of the callback.
template <class T>
struct JsonOf;

// What a typed callback may return in place of the response alone.
template <class Response>
using ResultOf = std::variant<Response, JobError, Retry, Release, Forbid, Cancelled>;

template <class Response>
Done done_with(const Response& response) {
  return Done{JsonOf<Response>::write(response)};
}

namespace typed_details {

template <class Request>
std::variant<Request, JobError> request_of(const Task& task) {
  try {
    return JsonOf<Request>::read(task.request());
  } catch (const std::exception& error) {
    return JobError{"bad-request", error.what(), {}};
  }
}

template <class Response>
Result result_of(ResultOf<Response> said) {
  return std::visit(
      [](auto&& word) -> Result {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(word)>, Response>) {
          return done_with<Response>(word);
        } else {
          return std::forward<decltype(word)>(word);
        }
      },
      std::move(said));
}

}  // namespace typed_details

// `call(const Request&, const Task&)` as a callback. It returns a Response, one of the other words,
// or a ResultOf<Response>. Several threads call it at once.
template <class Request, class Response, class Call>
RunJob typed(Call call) {
  return [call = std::move(call)](const Task& task) -> Result {
    auto request = typed_details::request_of<Request>(task);
    if (auto* wrong = std::get_if<JobError>(&request)) {
      return std::move(*wrong);
    }
    return typed_details::result_of<Response>(call(std::get<Request>(request), task));
  };
}

// `call(Request, PendingTask)` as one that only begins the job; whoever has the task then finishes
// it with done_with(response), or another word.
template <class Request, class Call>
BeginJob typed_async(Call call) {
  return [call = std::move(call)](PendingTask pending) {
    auto request = typed_details::request_of<Request>(pending.task());
    if (auto* wrong = std::get_if<JobError>(&request)) {
      pending.finish(std::move(*wrong));
      return;
    }
    call(std::get<Request>(std::move(request)), std::move(pending));
  };
}

}  // namespace jobq

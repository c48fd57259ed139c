// How an answer is made of several: each step is asked when the one before is answered.
#pragma once

#include <kj/async.h>

#include <utility>

#include "answers.h"
#include "jobq/request.h"
#include "refusal.h"
#include "reply.h"

namespace gateway {

// Nothing: what was asked for went out as a stream, which has ended.
using Told = kj::Promise<kj::Maybe<Reply>>;

inline kj::Maybe<Reply> some(Reply reply) { return kj::Maybe<Reply>(std::move(reply)); }

// What is thrown on the way to an answer becomes one.
template <class Make>
auto or_refusal(const Make& make) -> decltype(make()) {
  try {
    return make();
  } catch (const Refusal& error) {
    return decltype(make())(refusal(error.code, error.what(), error.field));
  }
}

// Of what the store refused, or did not answer.
inline Reply refusal_of(const std::exception_ptr& error) {
  const Answer refused = answer_of(error);
  return refusal(refused.code, refused.error, {}, refused.retry_after);
}

// `then`: returns Told, of the value. It may throw Refusal.
template <class T, class Then>
Told next(kj::Promise<jobq::Answer<T>> asked, Then then) {
  return asked.then([then = std::move(then)](jobq::Answer<T> answer) mutable -> Told {
    if (!answer.has_value()) return some(refusal_of(answer.error()));
    return or_refusal([&]() -> Told { return then(std::move(answer).value()); });
  });
}

}  // namespace gateway

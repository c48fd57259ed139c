// What a request says, from JSON or from the parameters of its target, by the field tables: for
// each member of protocol.capnp's Request.body there is one value.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "jobq/lists.h"
#include "jobq/types.h"
#include "operations.h"
#include "question.h"
#include "target.h"

namespace gateway {

// What headers say of it.
struct Wishes {
  std::string job{};                    // Idempotency-Key: the id of the one job that is submitted
  std::optional<jobq::Span> wait{};     // Prefer: wait=30
  std::optional<std::uint64_t> seen{};  // If-None-Match: what the caller has of the job
};

struct Body {
  std::function<void(jobq::RequestBody)> fill = [](jobq::RequestBody) {};
  jobq::Span held{};
  // One item stood for the list of one: its result is the answer.
  bool is_one = false;
  // Of a list of jobs: what it is.
  std::optional<jobq::ListQuery> list{};
};

// Each throws Refusal (400) that names the field. Empty JSON: nothing was sent. What names the
// request to the store is made here where the caller leaves it out, so that the request may be
// repeated: ids of jobs, numbers of accepts.
Body body_of_json(const store::ExpectedBody& expected, std::string_view json, const Wishes& wishes);
Body body_of_parameters(const store::ExpectedBody& expected, const Parameters& parameters,
                        const Wishes& wishes);

}  // namespace gateway

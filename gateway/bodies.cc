#include "bodies.h"

#include <algorithm>
#include <utility>

#include "jobq/connection.h"
#include "jobq/driver_requests.h"
#include "jobq/limits.h"
#include "parameters.h"
#include "refusal.h"
#include "tables.h"
#include "wire.h"

namespace gateway {
namespace {

using Member = protocol::Request::Body::Which;

constexpr std::size_t kWrongBytesMax = 512;  // of what is told of somebody else's text

// The list of a value, for which one item may stand: its name, and where it is.
template <class T>
constexpr std::string_view kListOf{};
template <>
constexpr std::string_view kListOf<Submit> = "jobs";
template <>
constexpr std::string_view kListOf<Update> = "outcomes";
auto& list_of(Submit& submit) { return submit.jobs; }
auto& list_of(Update& update) { return update.outcomes; }

// What the tallest body that the store takes may have of lists in lists.
constexpr std::size_t kItemsMax = 128 * jobq::limits::kItemsMax;

template <class T>
T read_text(std::string_view json, bool& is_one) {
  T value{};
  if (json.empty()) return value;
  std::size_t items_left = kItemsMax;
  const jobq::JsonReading reading{
      .is_zero_by_default = std::is_same_v<T, ImportJobs>,  // as exports leave it out
      .items_max = jobq::limits::kItemsMax,
      .items_left = &items_left};
  if constexpr (!kListOf<T>.empty()) {
    const auto members = jobq::json::fields_of({}, json);
    is_one = std::none_of(members.begin(), members.end(),
                          [](const auto& member) { return member.first == kListOf<T>; });
    if (is_one) {
      jobq::read_json(json, list_of(value).emplace_back(), reading);
      return value;
    }
  }
  jobq::read_json(json, value, reading);
  return value;
}

// What is to be settled once a value is read.
template <class T>
void settle(T&, const Wishes&, bool) {}

void settle(Submit& submit, const Wishes& wishes, bool is_one) {
  if (!wishes.job.empty()) {
    if (!is_one) {
      throw Refusal(400, "Idempotency-Key", "is for a single job; in a list each has its job");
    }
    jobq::NewJob& job = submit.jobs.front();
    if (!job.job.empty() && job.job != wishes.job) {
      throw Refusal(400, "Idempotency-Key", "is another one than job");
    }
    job.job = wishes.job;
  }
  for (jobq::NewJob& job : submit.jobs) {
    if (job.job.empty()) job.job = jobq::new_guid();
  }
}

void settle(JobQuery& query, const Wishes& wishes, bool) {
  if (!wishes.wait) return;
  query.until_final = query.until_final || !wishes.seen;
  if (wishes.seen) query.seen = *wishes.seen;
}

void settle(Accept& accept, const Wishes&, bool) {
  if (accept.request_number == 0) accept.request_number = jobq::next_request_number();
}

void settle(Restart& restart, const Wishes&, bool) {
  if (restart.job.empty()) restart.job = jobq::new_guid();
}

// Of the one that is run; not looked at otherwise.
void settle(ScheduleQuery& query, const Wishes&, bool) {
  if (query.job.empty()) query.job = jobq::new_guid();
}

// One word each, since of a union in a message the last one that is written counts.
void settle(Update& update, const Wishes&, bool is_one) {
  for (std::size_t i = 0; i < update.outcomes.size(); ++i) {
    Outcome& outcome = update.outcomes[i];
    const int words =
        !outcome.complete.empty() + outcome.fail.has_value() + outcome.retry.has_value() +
        outcome.release.has_value() + outcome.forbid.has_value() + outcome.cancelled +
        outcome.progress.has_value() + outcome.log.has_value() + outcome.accepted.has_value();
    if (words != 1) {
      throw Refusal(400, is_one ? "" : "outcomes[" + std::to_string(i) + "]",
                    "must have one of complete, fail, retry, release, forbid, cancelled, "
                    "progress, log and accepted");
    }
    if (outcome.accepted && outcome.accepted->request_number == 0) {
      outcome.accepted->request_number = jobq::next_request_number();
    }
  }
}

template <class T>
jobq::Span* wait_of(T& value) {
  if constexpr (requires { value.wait; }) {
    return &value.wait;
  } else if constexpr (requires { value.query.wait; }) {
    return &value.query.wait;
  } else {
    return nullptr;
  }
}

template <class T, class Init>
Body body_of(T value, const Wishes& wishes, bool is_one, const Init& init) {
  Body body{.is_one = is_one};
  if (jobq::Span* wait = wait_of(value)) {
    if (wishes.wait) *wait = *wishes.wait;
    // The store refuses more; whoever asks waits for what it says.
    body.held = std::min(*wait, jobq::Span(jobq::limits::kWaitMsMax));
  }
  settle(value, wishes, is_one);
  if constexpr (std::is_same_v<T, jobq::ListQuery>) body.list = value;
  body.fill = [value = std::move(value), init](jobq::RequestBody out) {
    jobq::wire::write(value, init(out));
  };
  return body;
}

// Calls `read` with an empty value of the member's, and with what makes it in a message.
template <class Read>
Body read_as(Member member, const Read& read) {
  switch (member) {
#define GATEWAY_CASE(WHICH, Name, T) \
  case Member::WHICH: return read(T(), [](jobq::RequestBody body) { return body.init##Name(); });
    GATEWAY_BODIES(GATEWAY_CASE)
#undef GATEWAY_CASE
    case Member::NONE: break;
  }
  return {};
}

template <class Read>
Body naming_the_field(const Read& read) {
  try {
    return read();
  } catch (const jobq::WrongField& error) {
    throw Refusal(400, error.field.substr(0, kWrongBytesMax),
                  error.wrong.substr(0, kWrongBytesMax));
  }
}

}  // namespace

Body body_of_json(const store::ExpectedBody& expected, std::string_view json,
                  const Wishes& wishes) {
  const auto member = static_cast<Member>(expected.member);
  if (!json.empty()) {
    if (const auto problem = jobq::json_problem(json)) {
      throw Refusal(400, "body", "is not JSON: " + problem->substr(0, kWrongBytesMax));
    }
  } else if (member != Member::NONE && !expected.or_none) {
    throw Refusal(400, "body", "is missing: JSON of " + std::string(expected.name));
  }
  return naming_the_field([&] {
    if (member == Member::NONE && !json.empty() && !jobq::json::fields_of({}, json).empty()) {
      throw Refusal(400, "body", "none is expected");
    }
    return read_as(member, [&](auto empty, const auto& init) {
      bool is_one = false;
      auto value = read_text<decltype(empty)>(json, is_one);
      return body_of(std::move(value), wishes, is_one, init);
    });
  });
}

Body body_of_parameters(const store::ExpectedBody& expected, const Parameters& parameters,
                        const Wishes& wishes) {
  const auto member = static_cast<Member>(expected.member);
  if (member == Member::NONE && !parameters.empty()) {
    throw Refusal(400, parameters.front().name, "there is no such parameter");
  }
  return naming_the_field([&] {
    return read_as(member, [&](auto empty, const auto& init) {
      read_parameters(parameters, empty);
      return body_of(std::move(empty), wishes, false, init);
    });
  });
}

}  // namespace gateway

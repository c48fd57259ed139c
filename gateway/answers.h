// What the store answers, as what goes out over HTTP: JSON by the field tables, the same as `jobq
// --json` has it, and the few facts that headers are made of.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "jobq/lists.h"
#include "jobq/request.h"
#include "jobq/types.h"
#include "operations.h"
#include "target.h"
#include "values.h"

namespace gateway {

struct Answer {
  unsigned code = 0;
  std::string error{};  // in the store's words
  jobq::Span retry_after{};

  std::string json{};                // one value; empty: there is none
  std::vector<std::string> lines{};  // where lines are wanted: the items of a list
  bool is_list = false;
  // With what the next page of a list is asked for.
  std::optional<Parameter> next{};

  // Of a job, where the answer is one.
  std::string job{};
  std::uint64_t changed = 0;
  bool is_final = false;
  bool is_created = false;
  std::string ticket{};
};

struct Reading {
  // The answer is the one item of the list that the store sends.
  bool is_one = false;
  bool wants_lines = false;
};

// Throws what counts as no answer (messages.h).
Answer read_answer(const jobq::ReplyReader& reply, const Reading& reading);

// To a question for events: the page or, with 410, the snapshot.
struct EventsAnswer {
  unsigned code = 0;
  std::string error{};
  jobq::Span retry_after{};
  std::optional<EventPage> page{};
  std::optional<Snapshot> snapshot{};
};
EventsAnswer read_events(const jobq::ReplyReader& reply);

// As `jobq watch --json` has it.
std::string event_text(const jobq::Event& event);

Answer answer_of(const jobq::JobPage& page, const Reading& reading);
// Of what came in place of a reply: a Refused, or that no store answers (503).
Answer answer_of(const std::exception_ptr& error);

// Whether the operation is answered with a list of one, on a path with or without a datasource.
bool answers_one(store::Operation operation, bool has_datasource);

}  // namespace gateway

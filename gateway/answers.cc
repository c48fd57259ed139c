#include "answers.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base64.h"
#include "jobq/connection.h"
#include "json_fields.h"
#include "messages.h"
#include "tables.h"

namespace gateway {
namespace {

using Which = jobq::Body::Which;

// A kind of event that this program does not know is "other".
void unknown_word(std::string_view field) {
  if (field != "Kind") jobq::throw_unknown_word(field);
}

template <class T, class In>
T value_of(In in) {
  T value{};
  jobq::wire::read(in, value, unknown_word);
  return value;
}

template <class T>
std::string text_of(const T& value) {
  std::string text;
  jobq::append_json(text, value);
  return text;
}
std::string text_of(const jobq::Event& event) { return jobq::to_text(tools::fields_of(event)); }
std::string text_of(const EventPage& page) {
  std::string text = "{\"events\":[";
  for (const jobq::Event& event : page.events) {
    if (!text.ends_with('[')) text += ',';
    text += text_of(event);
  }
  return text + "],\"cursor\":" + std::to_string(page.cursor) +
         ",\"isEnd\":" + (page.is_end ? "true" : "false") + "}";
}

// The list of a page, and what asks for the next one.
template <class T>
std::vector<int> items_of(const T&) {
  return {};
}
const auto& items_of(const jobq::JobPage& page) { return page.jobs; }
const auto& items_of(const jobq::LogPage& page) { return page.lines; }
const auto& items_of(const jobq::RequestPage& page) { return page.requests; }
const auto& items_of(const EventPage& page) { return page.events; }
const auto& items_of(const TokenPage& page) { return page.tokens; }
const auto& items_of(const jobq::SchedulePage& page) { return page.schedules; }
const auto& items_of(const jobq::FunctionPage& page) { return page.functions; }
const auto& items_of(const jobq::StatePage& page) { return page.states; }
const auto& items_of(const jobq::HistoryPage& page) { return page.rows; }
const auto& items_of(const Redriven& page) { return page.jobs; }
const auto& items_of(const jobq::BulkStep& step) { return step.jobs; }

template <class T>
constexpr bool kIsPage =
    !std::is_same_v<std::remove_cvref_t<decltype(items_of(std::declval<const T&>()))>,
                    std::vector<int>>;

// A page says that it is empty.
template <class T>
std::string text_of_page(const T& page) {
  std::string text = text_of(page);
  using Items = std::remove_cvref_t<decltype(items_of(page))>;
  jobq::each_field(page, [&](const auto& member, const auto& access) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, Items>) {
      const std::string list = '"' + jobq::schema_name(access.name) + "\":[";
      if (member.empty() && !text.starts_with('{' + list)) {
        text.insert(1, list + (text == "{}" ? "]" : "],"));
      }
    }
  });
  return text;
}

using Next = std::optional<Parameter>;
Next next_by(const char* name, std::uint64_t cursor) {
  return cursor == 0 ? std::nullopt : Next({name, std::to_string(cursor)});
}
Next next_by(const std::string& last, bool is_end) {
  return is_end || last.empty() ? std::nullopt : Next({"after", last});
}
template <class T>
Next next_of(const T&) {
  return std::nullopt;
}
Next next_of(const jobq::JobPage& page) {
  if (!page.next) return next_by("cursor", page.cursor);
  return Next({"behind", text_of(*page.next)});
}
Next next_of(const jobq::LogPage& page) { return next_by("after", page.cursor); }
Next next_of(const EventPage& page) { return next_by("after", page.cursor); }
Next next_of(const jobq::RequestPage& page) { return next_by("/since", page.cursor); }
Next next_of(const jobq::FunctionPage& page) {
  return page.cursor.empty() ? std::nullopt : Next({"cursor", page.cursor});
}
Next next_of(const jobq::SchedulePage& page) {
  return next_by(page.schedules.empty() ? "" : page.schedules.back().name, page.is_end);
}
Next next_of(const jobq::StatePage& page) {
  return next_by(page.states.empty() ? "" : page.states.back().function, page.is_end);
}
Next next_of(const TokenPage& page) {
  return next_by(page.tokens.empty() ? "" : page.tokens.back().id, page.is_end);
}

void note_job(Answer& answer, const jobq::JobStatus& job) {
  answer.job = job.job;
  answer.changed = job.changed;
  answer.is_final = jobq::is_final(job.status);
}

// Of the one item that the store refused.
template <class Result>
void note_refusal(Answer& answer, const Result& result) {
  if (answer.error.empty()) answer.error = result.error;
  answer.retry_after = std::max(answer.retry_after, result.retry_after);
}

// Facts beside the JSON.
template <class T>
void note(Answer&, const T&) {}
void note(Answer& answer, const jobq::JobStatus& job) { note_job(answer, job); }
void note(Answer& answer, const jobq::SubmitResult& result) {
  if (result.code != 200) return note_refusal(answer, result);
  note_job(answer, result.status);
  answer.is_created = result.created;
  answer.ticket = result.ticket;
}

void note(Answer& answer, const jobq::UpdateResult& result) {
  if (result.code != 200) note_refusal(answer, result);
}

// One item for a list of one: the job of a submit as `jobq submit --json` has it.
template <class T>
std::string text_of_one(const T& item) {
  return text_of(item);
}
std::string text_of_one(const jobq::SubmitResult& result) {
  std::string text = tools::job_text(result.status, result.created);
  if (!result.ticket.empty()) {
    text.insert(text.size() - 1, ",\"ticket\":" + jobq::to_text(jobq::Json(result.ticket)));
  }
  return text;
}

template <class T>
void take_lines(Answer& answer, const std::vector<T>& items, const Reading& reading) {
  answer.is_list = true;
  if (!reading.wants_lines) return;
  for (const T& item : items) answer.lines.push_back(text_of(item));
}

template <class T>
void take_value(Answer& answer, const T& value, const Reading& reading) {
  if constexpr (kIsPage<T>) {
    if (reading.is_one && items_of(value).size() == 1) {
      answer.json = text_of_one(items_of(value).front());
      return;
    }
    take_lines(answer, items_of(value), reading);
    answer.next = next_of(value);
    answer.json = text_of_page(value);
  } else {
    note(answer, value);
    answer.json = text_of(value);
  }
}

template <class T>
void take_list(Answer& answer, const char* name, const std::vector<T>& items,
               const Reading& reading) {
  if (reading.is_one && items.size() == 1) {
    note(answer, items.front());
    answer.json = text_of_one(items.front());
    return;
  }
  take_lines(answer, items, reading);
  answer.json = "{\"" + std::string(name) + "\":[";
  for (const T& item : items) {
    if (!answer.json.ends_with('[')) answer.json += ',';
    answer.json += text_of(item);
  }
  answer.json += "]}";
}

template <class T, class List>
std::vector<T> list_of(List list) {
  std::vector<T> items;
  jobq::wire::read_list(list, items, {}, unknown_word);
  return items;
}

// The key opens the stream's frames: bytes, as base64.
void add_key(Answer& answer, protocol::Subscription::Reader subscription) {
  const auto key = subscription.getKey().asChars();
  const std::string text = auth::base64(std::string_view(key.begin(), key.size()));
  answer.json.insert(answer.json.size() - 1, ",\"key\":\"" + text + '"');
}

void read_body(Answer& answer, jobq::Body::Reader body, const Reading& reading) {
  switch (body.which()) {
#define GATEWAY_CASE(WHICH, Name, T) \
  case Which::WHICH: take_value(answer, value_of<T>(body.get##Name()), reading); break;
    GATEWAY_VALUES(GATEWAY_CASE)
#undef GATEWAY_CASE
#define GATEWAY_CASE(WHICH, Name, name, T) \
  case Which::WHICH: take_list(answer, name, list_of<T>(body.get##Name()), reading); break;
    GATEWAY_LISTS(GATEWAY_CASE)
#undef GATEWAY_CASE
    case Which::NONE: break;
  }
  if (body.isSubscription()) add_key(answer, body.getSubscription());
}

}  // namespace

Answer read_answer(const jobq::ReplyReader& reader, const Reading& reading) {
  const protocol::Reply::Reader reply = reader.reply;
  Answer answer{.code = reply.getCode(),
                .error = jobq::to_string(reply.getError()),
                .retry_after = jobq::Span(reply.getRetryAfterMs())};
  read_body(answer, reply.getBody(), reading);
  const auto cancels = list_of<jobq::CancelRequest>(reply.getCancels());
  if (!cancels.empty() && answer.json.ends_with('}')) {
    answer.json.insert(answer.json.size() - 1, ",\"cancels\":" + text_of(cancels));
  }
  const auto order = static_cast<jobq::WorkerOrder>(reply.getOrder());
  if (order != jobq::WorkerOrder::kUnsaid && answer.json.ends_with('}')) {
    answer.json.insert(answer.json.size() - 1,
                       ",\"order\":\"" + std::string(to_string(order)) + '"');
  }
  return answer;
}

EventsAnswer read_events(const jobq::ReplyReader& reader) {
  const protocol::Reply::Reader reply = reader.reply;
  EventsAnswer answer{.code = reply.getCode(),
                      .error = jobq::to_string(reply.getError()),
                      .retry_after = jobq::Span(reply.getRetryAfterMs())};
  const auto body = reply.getBody();
  if (body.isEvents()) answer.page = value_of<EventPage>(body.getEvents());
  if (body.isSnapshot()) answer.snapshot = value_of<Snapshot>(body.getSnapshot());
  return answer;
}

std::string event_text(const jobq::Event& event) { return text_of(event); }

Answer answer_of(const jobq::JobPage& page, const Reading& reading) {
  Answer answer{.code = 200};
  take_value(answer, page, reading);
  return answer;
}

Answer answer_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const jobq::Refused& refused) {
    return {.code = refused.code(), .error = refused.what(), .retry_after = refused.retry_after()};
  } catch (const jobq::Unreachable&) {
    return {.code = 503,
            .error = "store: no answer; whether it was done is unknown, and asking again is safe"};
  }
}

bool answers_one(store::Operation operation, bool has_datasource) {
  using enum store::Operation;
  switch (operation) {
    case kDatasourceStats: return has_datasource;
    case kUpdateOne:
    case kRestart:
    case kRunSchedule:
    case kRevokeToken: return true;
    default: return false;
  }
}

}  // namespace gateway

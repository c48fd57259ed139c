// Between Cap'n Proto readers and builders and the types of jobq/types.h. Internal to the client
// and driver libraries.
#pragma once

#include <capnp/common.h>

#include <cstdint>
#include <string>
#include <vector>

#include "jobq/types.h"
#include "protocol.capnp.h"

namespace jobq {

inline std::string to_string(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
// `text` must outlive the reader.
inline capnp::Text::Reader to_text(const std::string& text) { return {text.c_str(), text.size()}; }
inline Time to_time(std::uint64_t ms) { return Time(Span(static_cast<Span::rep>(ms))); }
inline Span to_span(std::uint64_t ms) { return Span(static_cast<Span::rep>(ms)); }
// Negative spans, and times before 1970, are none.
std::uint64_t to_ms(Span span);
inline std::uint64_t to_ms(Time time) { return to_ms(time.time_since_epoch()); }
// The same, for fields that are narrower. What does not fit becomes the largest, which the store
// refuses with the limit's name.
std::uint32_t to_ms32(Span span);
std::uint8_t to_8_bits(unsigned number);

// `convert` of each.
template <typename List, typename Convert>
auto to_vector(const List& list, const Convert& convert) {
  std::vector<decltype(convert(list[0]))> items;
  items.reserve(list.size());
  for (const auto item : list) {
    items.push_back(convert(item));
  }
  return items;
}
std::vector<std::string> to_strings(capnp::List<capnp::Text>::Reader texts);
void fill_texts(capnp::List<capnp::Text>::Builder out, const std::vector<std::string>& texts);

// These throw DamagedReply for words that this library does not know.
Status to_status(protocol::Status status);
JobError to_job_error(protocol::JobError::Reader error);
Terms to_terms(protocol::Terms::Reader terms);
JobStatus to_job_status(protocol::JobStatus::Reader job);
JobPage to_page(protocol::JobPage::Reader page);
LogLine to_log_line(protocol::LogLine::Reader line);
LogPage to_log_page(protocol::LogPage::Reader page);
Explanation to_explanation(protocol::Explanation::Reader explanation);
Lease to_lease(protocol::Lease::Reader lease);

// The body of a reply to a question that has one answer. Throws Refused when it is a refusal,
// DamagedReply when the body is another.
protocol::Reply::Body::Reader body_of(protocol::Reply::Reader reply,
                                      protocol::Reply::Body::Which which);
// The same where the answer is a list whose items have codes of their own: a list of one gives its
// item's code to the reply, so whatever has the list is no refusal of the whole.
protocol::Reply::Body::Reader items_of(protocol::Reply::Reader reply,
                                       protocol::Reply::Body::Which which);

void fill(protocol::Backoff::Builder out, const Backoff& backoff);
void fill(protocol::Terms::Builder out, const Terms& terms);
void fill(protocol::ListQuery::Builder out, const ListQuery& query);
void fill(protocol::Lease::Builder out, const Lease& lease);

// Throws DamagedReply unless a list in a reply has one item for each of the request's.
void require_size(std::size_t size, std::size_t expected);

[[noreturn]] void throw_unknown_word();

// The enumerator of To with the same number. Throws DamagedReply when it is above `last`.
template <typename To, typename From>
To to_word(From word, To last) {
  if (static_cast<unsigned>(word) > static_cast<unsigned>(last)) {
    throw_unknown_word();
  }
  return static_cast<To>(word);
}

}  // namespace jobq

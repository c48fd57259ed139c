// Between Cap'n Proto readers and builders and the types of jobq/types.h. Internal to the client
// and driver libraries.
#pragma once

#include <capnp/common.h>

#include <cstdint>
#include <string>

#include "jobq/types.h"
#include "protocol.capnp.h"

namespace jobq {

inline std::string to_string(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
// `text` must outlive the reader.
inline capnp::Text::Reader to_text(const std::string& text) { return {text.c_str(), text.size()}; }
inline Time to_time(std::uint64_t ms) { return Time(Span(static_cast<Span::rep>(ms))); }
// Negative spans are none.
std::uint64_t to_ms(Span span);
// The same, for the fields that are that wide; what does not fit becomes the largest, which the
// store refuses with the limit's name.
std::uint32_t to_ms32(Span span);

// These throw DamagedReply for a status that is none.
Status to_status(protocol::Status status);
JobStatus to_job_status(protocol::JobStatus::Reader job);
JobPage to_page(protocol::JobPage::Reader page);

// What a reply with one body says. Throw Refused when it is a refusal, DamagedReply when the body
// is another.
JobStatus job_of(protocol::Reply::Reader reply);
JobPage page_of(protocol::Reply::Reader reply);

void fill(protocol::ListQuery::Builder out, const ListQuery& query);

// Throws DamagedReply unless a list in a reply has one item for each of the request's.
void require_size(std::size_t size, std::size_t expected);

}  // namespace jobq

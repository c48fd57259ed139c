// What replies are made of, filled from what the engine says. Part of the codec; see codec.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codec.h"
#include "field_tables.h"
#include "protocol.capnp.h"
#include "texts.h"
#include "wire.h"

namespace store {

using jobq::wire::bytes_of;
using jobq::wire::ms;
using jobq::wire::text;

inline unsigned size_of(const auto& list) { return static_cast<unsigned>(list.size()); }

// An empty text is left out: that reads the same and takes no space.
template <typename Out>
void set(Out out, void (Out::*setter)(capnp::Text::Reader), const std::string& value) {
  if (!value.empty()) {
    (out.*setter)(text(value));
  }
}

// encode_reply_job.cc. What is in no list comes with fill_whole() only, and the error not with the
// first fill(), which asks nobody for texts.
void fill(protocol::JobStatus::Builder out, const JobView& job);
void fill_in_list(protocol::JobStatus::Builder out, const JobView& job, TextSource& texts);
void fill_whole(protocol::JobStatus::Builder out, const JobReply& found, TextSource& texts);
void fill(protocol::AcceptedJob::Builder out, const AcceptedView& job, TextSource& texts);

// encode_reply.cc: all but the id. REQUIRES: no SubscribeReply, and no Observed.
void fill(protocol::Reply::Builder out, const Reply& reply, TextSource& texts);
void fill(protocol::Reply::Builder out, const ServerReply& reply, TextSource& texts);

// encode_event.cc
void fill(protocol::Event::Builder out, const std::string& datasource, const Event& event,
          Sequence previous);

}  // namespace store

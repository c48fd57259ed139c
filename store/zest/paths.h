// Which path of the store's own protocol a path of Zest means. Databox's libraries make paths
// /<store type>/<datasource>/..., and its arbiter grants /<store type>/<datasource> and all below
// to apps, and /* to the driver that the store belongs to. So what clients do is below that prefix,
// and what drivers do below one that no app is ever granted:
//
//   POST /kv/D/job                        POST /D/job           submit
//   POST /kv/D/job/cancel                 POST /D/job/cancel
//   GET  /kv/D/job/CLIENT                 GET  /D/job/list
//   GET  /kv/D/job/CLIENT/JOB             GET  /D/job/JOB       also .../log, .../explain
//   observe /kv/D/job/CLIENT/*            POST /D/job/events
//   observe /kv/D/job/CLIENT/JOB          POST /D/job/JOB/events
//   any  /kv/D.server/REST                any  /jobs/D/REST     `take` is `accept`
//   observe /kv/D.server/*                POST /jobs/D/events
//
// /job/D/... is the same, for who registers a datasource by hand. All other paths are the store's
// own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "message.h"

namespace zest {

struct Call {
  std::string_view method;  // GET, POST or DELETE; as in the store's own protocol
  std::string path;
  std::string_view client{};  // that the path names, a part of it
};

// Empty where the path is none: it must begin with a slash and have only printable ASCII, since
// clients cut others, and observers take spaces for ends. REQUIRES: `message` is a request.
std::optional<Call> call_of(const Message& message);

// The word of a request's code.
std::string_view method_of(Code code);

}  // namespace zest

// Bodies of requests as JSON, with the names of protocol.capnp. Part of the codec.
#pragma once

#include <capnp/dynamic.h>

#include <string_view>

#include "operations.h"

namespace store {

// What a request brings as JSON: an object, and the client that its path names; empty: none.
struct JsonBody {
  std::string_view object;
  std::string_view client;
  bool is_item = false;  // for the catalogue: stands for a configuration that has it
};
// Fills in the member of a request's body that is expected, or leaves it as it is where nothing is
// said and that is allowed. Where the member is a list of jobs or outcomes, the object may be one
// of them. Requests and responses are taken as they are written; a time is RFC 3339 text or
// milliseconds since 1970; a union's member that says nothing may have any value. As in the store's
// JSON, a lease's token is "leaseToken", and its fields may stand beside its owner's. Throws
// jobq::WrongField. REQUIRES: the object is JSON; `body` is as it was initialised.
void fill_body(capnp::DynamicStruct::Builder body, const ExpectedBody& expected,
               const JsonBody& json);

}  // namespace store

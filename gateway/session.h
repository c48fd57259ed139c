// A session of a page: its token in a cookie, which scripts cannot see.
#pragma once

#include "http_request.h"
#include "reply.h"

namespace gateway {

// POST opens one, DELETE ends it, GET says what its token says of itself, but for the signature.
Reply answer_session(const HttpRequest& request, bool is_tls);

}  // namespace gateway

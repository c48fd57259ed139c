// What can be asked over HTTP, as OpenAPI 3.1: made of the store's table of paths and of the field
// tables, so that it says what the gateway does.
#pragma once

#include <string>

namespace gateway {

// The document, in JSON.
std::string openapi_text();

}  // namespace gateway

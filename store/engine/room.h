// Whether there is room for one more of something, and with what it is refused if not.
#pragma once

#include <optional>
#include <string>

#include "context.h"

namespace store {

Refused too_many_datasources(const Limits& limits);

// For one more request that waits; of anybody, or of a client.
std::optional<Refused> no_room_to_wait(const Context& context);
std::optional<Refused> no_room_to_wait(const Context& context, const std::string& client);

// For one more job of the client. `datasource`: nullptr when there is none yet.
std::optional<Refused> no_room_for_job(const Context& context, const Datasource* datasource,
                                       const std::string& client);

}  // namespace store

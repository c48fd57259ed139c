// Whether there is room for one more of something, and with what it is refused if not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "context.h"

namespace store {

// A limit by its name in protocol.capnp.
struct NamedMax {
  std::string_view name;
  std::size_t max;
};
// Of a table that all share: what one token may hold and what all together may. `field` is what a
// refusal is about, `what` is held, and `code` says whether it comes back by itself.
struct Quota {
  NamedMax of_token;
  NamedMax of_all;
  std::string_view field;
  std::string_view what;
  Code code;
};
// Why nothing of it is left: for the token, or for anybody.
std::optional<Refused> none_left(const Quota& quota, std::size_t token_holds, std::size_t all_hold);

// For one more datasource.
std::optional<Refused> no_room_for_datasource(const Context& context);
// For a configuration. `datasource`: nullptr when there is none yet.
std::optional<Refused> no_room_for_config(const Context& context, const Datasource* datasource,
                                          const DatasourceConfig& config);

// For one more request that waits; of anybody, or of a client.
std::optional<Refused> no_room_to_wait(const Context& context);
std::optional<Refused> no_room_to_wait(const Context& context, const std::string& client);

// For one more job of the client. `datasource`: nullptr when there is none yet.
std::optional<Refused> no_room_for_job(const Context& context, const Datasource* datasource,
                                       const std::string& client);

}  // namespace store

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

// For so many budgets of the asker's token that are not counted yet.
std::optional<Refused> no_room_for_budgets(const Context& context, std::size_t fresh);

// For a schedule of a new name, or in place of `old`.
std::optional<Refused> no_room_for_schedule(const Context& context, const ScheduleState* old,
                                            const SchedulePlan& plan);

// For code of so many bytes.
std::optional<Refused> no_room_for_code(const Context& context, std::size_t bytes);

// For a function of a new name, or in place of `old`. `datasource`: nullptr when there is none yet.
std::optional<Refused> no_room_for_function(const Context& context, const Datasource* datasource,
                                            const FunctionState* old,
                                            const jobq::Function& function);

// For what a function keeps between runs, of so many bytes, in place of `old` (nullptr: nothing).
// `payer`: the token that then holds it.
std::optional<Refused> no_room_for_state(const Context& context, const FunctionValues* old,
                                         std::size_t bytes, std::string_view payer);
// For a checkpoint of a job that was submitted with the token, in place of one of `old_bytes`.
std::optional<Refused> no_room_for_checkpoint(const Context& context, std::string_view token,
                                              std::size_t old_bytes, std::size_t bytes);

// For what a new job, or its next attempt, has that no other job has. `datasource`: nullptr when
// there is none yet. `worker`: empty when it has had none. Of an attempt with the asker's token.
struct NewNames {
  std::string_view id;
  std::string_view client;
  std::string_view function;
  const std::vector<std::string>& tags;
  const Terms& terms;
  std::string_view worker = {};
  std::size_t flow_bytes = 0;  // of what it waits for, and of what follows it
  std::string_view turn_key = {};
  std::string_view unique = {};
  std::string_view group = {};
  std::string_view after_group = {};
  std::string_view caveats = {};
};
// What is taken with the job that is looked at, and before it.
struct Ahead {
  std::size_t jobs = 0;
  std::size_t elsewhere = 0;  // jobs of another datasource
  std::size_t of_client = 0;
  std::uint64_t cost = 0;
  std::size_t name_bytes = 0;
};
std::optional<Refused> no_room_for_names(const Context& context, const Datasource* datasource,
                                         const NewNames& names, const Ahead& ahead = {});
// What they would take of memory more than is held.
std::size_t new_bytes_of(const Context& context, const Datasource* datasource,
                         const NewNames& names);
std::optional<Refused> no_room_for_attempt(const Context& context, std::string_view worker);
// For other terms of a job that is there, which the token holds that it was submitted with.
std::optional<Refused> no_room_for_terms(const Context& context, const Job& job,
                                         const Terms& terms);

// For one more request that waits; of anybody, or of a client. `ended`: that it takes the place of;
// nullptr: of none.
std::optional<Refused> no_room_to_wait(const Context& context,
                                       const Waiters::ForJobs* ended = nullptr);
std::optional<Refused> no_room_to_wait(const Context& context, const std::string& client);

// For one more job of the client. `datasource`: nullptr when there is none yet.
std::optional<Refused> no_room_for_job(const Context& context, const Datasource* datasource,
                                       const std::string& client, const Ahead& ahead = {});

}  // namespace store

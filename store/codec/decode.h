// Bodies of requests as commands. Each function reads all fields and lets `checks` judge them, in
// the order of precedence that docs/protocol.md promises; what it returns means something only if
// nothing is wrong. Throw kj::Exception where the message is damaged. Part of the codec.
#pragma once

#include <string>
#include <vector>

#include "checks.h"
#include "command_fields.h"
#include "protocol.capnp.h"
#include "wire.h"

namespace store {

// What the body says as it is, but for lists: a frame has room for millions, so that their length
// is judged before they are copied.
template <typename T, typename Body>
T taken(const Checks& checks, Body body) {
  T command;
  if constexpr (requires { command.datasource; }) {
    command.datasource = checks.route.datasource;
  }
  jobq::each_field(command, [&](auto& member, const auto& access) {
    if constexpr (!jobq::wire::kIsVector<std::remove_cvref_t<decltype(member)>>) {
      jobq::wire::take(body, member, access, [](std::string_view) {});
    }
  });
  return command;
}

// A list of names, sorted, none twice. Nothing of it is copied when there are more than may be.
std::vector<std::string> names_of(Checks& checks, const FieldPath& field,
                                  capnp::List<capnp::Text>::Reader list, std::size_t count_max);

// decode_submit.cc
Command submit(Checks& checks, protocol::Submit::Reader body);
Command import_jobs(Checks& checks, protocol::ImportJobs::Reader body);
Command put_schedule(Checks& checks, protocol::Schedule::Reader body);

// decode_client.cc: what clients ask, and drivers of all clients' jobs.
Command get_job(Checks& checks, protocol::JobQuery::Reader body);
ListJobs list_of(Checks& checks, protocol::ListQuery::Reader body);
Command list(Checks& checks, protocol::ListQuery::Reader body);
Command count(Checks& checks, protocol::ListQuery::Reader body);
Command export_jobs(Checks& checks, protocol::ListQuery::Reader body);
Command cancel(Checks& checks, protocol::JobQuery::Reader body);
Command explain(Checks& checks, protocol::JobQuery::Reader body);
Command read_log(Checks& checks, protocol::LogQuery::Reader body);
Command subscribe(Checks& checks, protocol::Subscribe::Reader body);
Command read_events(Checks& checks, protocol::EventQuery::Reader body);
Command get_schedule(Checks& checks, protocol::ScheduleQuery::Reader body);
Command list_schedules(Checks& checks, protocol::ScheduleQuery::Reader body);
Command change_schedule(Checks& checks, protocol::ScheduleQuery::Reader body,
                        ChangeSchedule::How how);
// The statuses as bits; each must be among those allowed.
std::uint8_t statuses_of(Checks& checks, capnp::List<protocol::Status>::Reader statuses,
                         std::uint8_t allowed);

// decode_function.cc
Command put_function(Checks& checks, protocol::Function::Reader body);
Command list_functions(Checks& checks, protocol::FunctionQuery::Reader body);
Command remove_function(Checks& checks, protocol::FunctionQuery::Reader body);

// decode_code.cc
Command add_code(Checks& checks, protocol::NewCode::Reader body);
Command read_code(Checks& checks);
Command list_code(Checks& checks, protocol::CodeQuery::Reader body);
Command remove_code(Checks& checks);
// Code and a method of it that somebody names; without one it is main.
void check_code(Checks& checks, const FieldPath& code_at, const std::string& code,
                const FieldPath& method_at, std::string& method);
// The same of a new job, or one of an export; its request is what that is called with.
void check_code_of_job(Checks& checks, const FieldPath& at, const std::string& request,
                       const std::string& code, std::string& method);

// decode_state.cc
Command read_state(Checks& checks, protocol::StateQuery::Reader body);
Command change_state(Checks& checks, protocol::ChangeState::Reader body);
// `at`: of the list.
std::vector<jobq::StateChange> state_changes(Checks& checks, const FieldPath& at,
                                             capnp::List<protocol::StateChange>::Reader list);

// decode_driver.cc
Command accept(Checks& checks, protocol::Accept::Reader body);
Command renew(Checks& checks, protocol::Renew::Reader body);
Command update(Checks& checks, protocol::Update::Reader body);
Command peek(Checks& checks, protocol::Peek::Reader body);
Command requests_since(Checks& checks, protocol::ListQuery::Reader body);

// decode_operator.cc
Command configure(Checks& checks, protocol::DatasourceConfig::Reader body);
Command edit(Checks& checks, protocol::Edit::Reader body);
Command get_history(Checks& checks, protocol::HistoryQuery::Reader body);
Command restart(Checks& checks, protocol::Restart::Reader body);
Command redrive(Checks& checks, protocol::Redrive::Reader body);
Command remove_job(Checks& checks, protocol::Bulk::Reader body);
Command order_workers(Checks& checks, protocol::OrderWorkers::Reader body);
Command bulk(Checks& checks, protocol::Bulk::Reader body, Bulk::How how);
Command list_tokens(Checks& checks, protocol::TokenQuery::Reader body);
Command revoke(Checks& checks, protocol::Revoke::Reader body);

// An item of a list, or what is wrong with it.
template <typename T>
Item<T> checked(Checks& checks, T item) {
  if (auto wrong = checks.take_wrong()) {
    return *std::move(wrong);
  }
  return item;
}

// The items of a list, each read by itself: none where something is wrong before.
template <typename T, typename Body>
std::vector<Item<T>> items_of(Checks& checks, const char* field,
                              typename capnp::List<Body>::Reader list,
                              T (*read)(Checks&, const FieldPath&, typename Body::Reader)) {
  std::vector<Item<T>> items;
  if (checks.wrong()) {
    return items;
  }
  items.reserve(list.size());
  const FieldPath place(field);
  for (unsigned i = 0; i < list.size(); ++i) {
    items.push_back(checked(checks, read(checks, place.item(i), list[i])));
  }
  return items;
}

}  // namespace store

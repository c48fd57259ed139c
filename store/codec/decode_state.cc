// What functions keep between runs: what is asked of it, and how it is to change.
#include "decode.h"

namespace store {
namespace {

using jobq::ChangeHow;

jobq::StateChange state_change(Checks& checks, const FieldPath& at,
                               protocol::StateChange::Reader body) {
  jobq::StateChange change;
  jobq::wire::read(body, change, [&](std::string_view) {
    checks.refuse(at.field("how"), "is none that exists");
  });
  checks.name(at.field("name"), change.name);
  const FieldPath value = at.field("value");
  if (change.how == ChangeHow::kSet) {
    checks.text(value, change.value, checks.limits.state_value_bytes_max);
    checks.refuse_unless(!change.value.empty(), value, "must not be empty");
  } else {
    checks.refuse_unless(change.value.empty(), value, "goes with set alone");
  }
  const bool has_number = change.how != ChangeHow::kSet && change.how != ChangeHow::kRemove;
  checks.refuse_unless(has_number || change.number == 0, at.field("number"),
                       "goes with add, min and max alone");
  return change;
}

}  // namespace

std::vector<jobq::StateChange> state_changes(Checks& checks, const FieldPath& at,
                                             capnp::List<protocol::StateChange>::Reader list) {
  std::vector<jobq::StateChange> changes;
  checks.count(at, list.size(), checks.limits.state_changes_max);
  for (unsigned i = 0; i < list.size() && !checks.wrong(); ++i) {
    changes.push_back(state_change(checks, at.item(i), list[i]));
  }
  return changes;
}

Command read_state(Checks& checks, protocol::StateQuery::Reader body) {
  ReadState command{.datasource = std::string(checks.route.datasource)};
  jobq::wire::read(body, command.query, [](std::string_view) {});
  checks.optional_name("function", command.query.function);
  checks.optional_name("after", command.query.after);
  std::size_t limit = command.query.limit;
  checks.limit(limit);
  command.query.limit = static_cast<unsigned>(limit);
  return command;
}

Command change_state(Checks& checks, protocol::ChangeState::Reader body) {
  ChangeState command{.datasource = std::string(checks.route.datasource)};
  const FieldPath place("changes");
  command.change.function = jobq::wire::view(body.getFunction());
  command.change.removes_all = body.getRemovesAll();
  checks.name("function", command.change.function);
  checks.refuse_unless(body.getRemovesAll() || body.getChanges().size() > 0, place,
                       "must hold at least one");
  command.change.changes = state_changes(checks, place, body.getChanges());
  for (std::size_t i = 0; i < command.change.changes.size(); ++i) {
    checks.refuse_unless(command.change.changes[i].how != ChangeHow::kAdd,
                         place.item(i).field("how"),
                         "add comes with an outcome alone, since this may be repeated");
  }
  return command;
}

}  // namespace store

// What the ends of jobs mean for those that wait for them. A list of what is left to be done, not a
// call within a call: an end may bring others with it, and those others.
#include "flows.h"

#include <algorithm>
#include <string>

#include "field_tables.h"

namespace store {
namespace {

JobError unmet(const Job& awaited) {
  return {"dependency",
          "it waited for " + awaited.id + " to be complete, which is " +
              std::string(to_string(awaited.status)),
          {}};
}

JobError not_admitted(const Context& context, const Job& decision) {
  JobError error = context.state.dependencies.error_of(decision.key);
  return !jobq::says_nothing(error)
             ? error
             : JobError{"not-admitted",
                        "the job " + decision.id + " that was to admit it is " +
                            std::string(to_string(decision.status)),
                        {}};
}

// What the end of the one means for the other.
Change change_for(const Context& context, const Job& waiter, const Job& awaited) {
  const std::vector<Dependency>& after = context.state.dependencies.of(waiter);
  const auto found = std::find_if(after.begin(), after.end(),
                                  [&](const Dependency& one) { return one.key() == awaited.key; });
  if (found == after.end() || found->allows(awaited.status)) {
    return AwaitedEnded{awaited.key};
  }
  return found->admits ? Change(NotAdmitted{not_admitted(context, awaited)})
                       : Change(Unmet{unmet(awaited)});
}

}  // namespace

void run_flows(Context& context) {
  const Dependencies& dependencies = context.state.dependencies;
  const Origin* const before = context.asker();
  context.set_asker(nullptr);
  for (std::size_t& left = context.progression.flow_steps_left; left > 0; --left) {
    const auto next = dependencies.next_ended();
    if (!next) {
      break;
    }
    const Job& awaited = *context.state.find(next->awaited);
    context.record(next->waiter, change_for(context, *context.state.find(next->waiter), awaited));
  }
  std::size_t& left = context.progression.flow_steps_left;
  for (auto told = context.state.group_waits.next(); told && left > 0; --left) {
    context.record(*told, GroupEnded{});
    told = context.state.group_waits.next();
  }
  for (auto next = context.state.held_back.next(); next && left > 0; --left) {
    context.record(*next, LetGo{});
    next = context.state.held_back.next();
  }
  context.set_asker(before);
  run_follow_ups(context);
}

}  // namespace store

// What the ends of jobs mean for those that wait for them. A list of what is left to be done, not a
// call within a call: an end may bring others with it, and those others.
#include "flows.h"

#include <string>

namespace store {
namespace {

JobError unmet(const Job& awaited) {
  return {"dependency",
          "it waited for " + awaited.id + " to be complete, which is " +
              std::string(to_string(awaited.status)),
          {}};
}

bool allows(const Context& context, const Job& waiter, const Job& awaited) {
  for (const Dependency& dependency : context.state.dependencies.of(waiter)) {
    if (dependency.key() == awaited.key) {
      return dependency.allows(awaited.status);
    }
  }
  return true;
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
    if (allows(context, *context.state.find(next->waiter), awaited)) {
      context.record(next->waiter, AwaitedEnded{next->awaited});
    } else {
      context.record(next->waiter, Unmet{unmet(awaited)});
    }
  }
  std::size_t& left = context.progression.flow_steps_left;
  for (auto told = context.state.group_waits.next(); told && left > 0; --left) {
    context.record(*told, GroupEnded{});
    told = context.state.group_waits.next();
  }
  context.set_asker(before);
  run_follow_ups(context);
}

}  // namespace store

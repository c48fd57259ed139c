// Functions, of chance of their own: lives without any are as they were.
#include "generator.h"

namespace store::sim {

using namespace std::chrono_literals;

std::optional<Command> Generator::about_functions() {
  if (auto about = about_state()) {
    return about;
  }
  if (!has_functions_ || !registering_.percent(10)) {
    return std::nullopt;
  }
  switch (registering_.below(10u)) {
    case 0: {
      Configure made{registering_.one_of(datasources_), {}};
      made.config.is_strict = registering_.percent(50);
      return made;
    }
    case 1: return RemoveFunction{registering_.one_of(datasources_), function()};
    case 2:
    case 3:
    case 4: return put_function();
    default: return list_functions();
  }
}

std::string Generator::function() { return registering_.one_of(functions_); }

PutFunction Generator::put_function() {
  PutFunction made{registering_.one_of(datasources_), {}};
  jobq::Function& wanted = made.function;
  wanted.name = function();
  wanted.version = registering_.one_of({std::string(), std::string("1"), std::string("2")});
  wanted.documentation = std::string(registering_.one_of({0u, 7u, 300u}), 'd');
  if (registering_.percent(30)) {
    wanted.tags = {"t0"};
  }
  wanted.priority = registering_.one_of({0u, 0u, 30u, 70u});
  wanted.terms.keep_for = registering_.one_of<Span>({0ms, 1ms, 5000ms});
  wanted.terms.keep_failed_for = registering_.one_of<Span>({0ms, 1ms, 60'000ms});
  wanted.terms.keep_cancelled_for = registering_.one_of<Span>({0ms, 2ms, 60'000ms});
  wanted.terms.keep_forbidden_for = registering_.one_of<Span>({0ms, 3ms, 60'000ms});
  wanted.terms.timeout = registering_.one_of<Span>({0ms, 100ms, 60'000ms});
  wanted.cost = registering_.one_of({0u, 1u, 3u});
  add_calls(made);
  return made;
}

void Generator::add_calls(PutFunction& made) {
  if (!has_admissions_) {
    return;
  }
  if (admitting_.percent(40)) {
    made.function.admission = admitting_.one_of(datasources_);
  }
  if (admitting_.percent(40)) {
    made.function.calls = {{"GET", "/d0/job/*"}, {"", "/d1/job/"}};
  }
}

void Generator::add_grants(Submit& made) {
  if (!has_admissions_) {
    return;
  }
  made.caveats = admitting_.one_of({"", "\nclient = c0", "\nclient = c0\npriority <= 70"});
  for (Item<NewJob>& item : made.jobs) {
    if (auto* job = std::get_if<NewJob>(&item); job != nullptr && admitting_.percent(40)) {
      job->grants = admitting_.one_of({R"({"a":1})", R"({"cloud":"secret"})"});
    }
  }
}

ListFunctions Generator::list_functions() {
  ListFunctions made{registering_.one_of(datasources_)};
  jobq::FunctionQuery& query = made.query;
  const std::string name = function();
  query.name = registering_.one_of(
      {std::string(), name, "*" + name.substr(1), name.substr(0, 1) + "?", std::string("*")});
  query.tag = registering_.percent(20) ? "t0" : "";
  query.order = static_cast<jobq::FunctionOrder>(registering_.below(4u));
  query.limit = registering_.one_of({1u, 2u, 100u});
  query.is_whole = registering_.percent(50);
  if (registering_.percent(30)) {
    query.cursor = std::to_string(now_.time_since_epoch().count()) + ":" + function();
  }
  if (registering_.percent(60)) {
    made.allowance.emplace();
  }
  return made;
}

}  // namespace store::sim

// An engine whose datasource has functions.
#pragma once

#include "engine_fixture.h"

namespace store {

class Functions : public ReplayedEngine {
 public:
  jobq::FunctionStatus put(jobq::Function function) {
    return ask<jobq::FunctionStatus>(PutFunction{"scan", std::move(function)});
  }
  jobq::FunctionPage page(jobq::FunctionQuery query, std::optional<Allowance> allowance = {}) {
    query.limit = query.limit == 0 ? 100 : query.limit;
    return ask<jobq::FunctionPage>(ListFunctions{"scan", std::move(query), std::move(allowance)});
  }
  Ids names(jobq::FunctionQuery query) {
    Ids names;
    for (const auto& one : page(std::move(query)).functions) {
      names.push_back(one.function.name);
    }
    return names;
  }
  std::uint64_t used(RateSpan span) {
    return used_of(engine.state().tokens.use_of(token), span, now);
  }
  Refused refused_command(Command command) {
    return unchanged([&] { return std::get<Refused>(*apply(std::move(command))); });
  }
  Refused refused_submit(SubmitOptions options) {
    return unchanged([&] { return std::get<Refused>(try_submit(std::move(options))); });
  }
};

}  // namespace store

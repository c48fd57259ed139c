#include "admission.h"

#include <algorithm>
#include <set>
#include <utility>

#include "bounds.h"
#include "function_rules.h"
#include "paths.h"
#include "text_rules.h"

namespace store {
namespace {

auth::Access access_of(Access access) {
  static_assert(static_cast<int>(Access::kDriver) == static_cast<int>(auth::Access::kDriver) &&
                static_cast<int>(Access::kOperator) == static_cast<int>(auth::Access::kOperator));
  return static_cast<auth::Access>(access);
}

// As a caveat names it; empty: the request is no observe.
std::string_view observe_mode(const zest::Message& message) {
  return !message.observe           ? std::string_view()
         : message.observe->empty() ? "data"
                                    : *message.observe;
}

// Calls visit(datasource, follow-up) for each, of whatever depth. `own`: of whom they follow.
template <typename Visit>
void each_follow_up(const std::vector<jobq::FollowUp>& then, std::string_view own,
                    const Visit& visit) {
  for (const jobq::FollowUp& one : then) {
    const std::string_view there = one.datasource.empty() ? own : one.datasource;
    visit(there, one);
    each_follow_up(one.then, there, visit);
  }
}

void add_datasources(const std::vector<jobq::FollowUp>& then, std::string_view own,
                     std::set<std::string>& datasources) {
  each_follow_up(then, own, [&](std::string_view there, const jobq::FollowUp&) {
    if (!there.empty()) {
      datasources.emplace(there);
    }
  });
}

// The datasources that follow-ups of a command's jobs are submitted into, but for one that the
// command itself was judged for.
struct FollowedInto {
  using Datasources = std::set<std::string>;

  std::string_view datasource;  // of the path

  Datasources operator()(const Submit& submit) const {
    Datasources found;
    for (const Item<NewJob>& item : submit.jobs) {
      if (const auto* job = std::get_if<NewJob>(&item)) {
        add_datasources(job->then, {}, found);
      }
    }
    return found;
  }
  Datasources operator()(const PutSchedule& put) const {
    Datasources found;
    add_datasources(put.schedule.job.then, {}, found);
    return found;
  }
  // Who may bring jobs back need not be one who may submit.
  Datasources operator()(const Import& import) const {
    Datasources found;
    for (const Item<jobq::JobStatus>& item : import.jobs) {
      if (const auto* job = std::get_if<jobq::JobStatus>(&item); job && !is_final(job->status)) {
        add_datasources(job->then, datasource, found);
      }
    }
    return found;
  }
  template <typename Other>
  Datasources operator()(const Other&) const {
    return {};
  }
};

// A token of a lease that is over, and what would go on for longer than it.
std::optional<Refused> refuse_to_act(const State& state, Time now, const Request& request) {
  const auto& acting = request.grant.bounds.acting;
  if (!acting) {
    return std::nullopt;
  }
  const auto index = state.find_datasource(acting->datasource);
  const Job* job = index ? state.find(JobKey{*index, acting->lease.sequence}) : nullptr;
  if (job == nullptr || job->status != Status::kAccepted || job->attempt != acting->lease.attempt ||
      now >= due_at(*job)) {
    return Refused{Code::kForbidden, "token: the lease that it acts for is over"};
  }
  if (request.route.operation == Operation::kSubscribe || !request.facts.observe.empty()) {
    return Refused{Code::kForbidden, "token: acts for a lease, and watches nothing"};
  }
  return std::nullopt;
}

// Of the jobs of a command and of what follows them: each function with its datasource.
using Functions = std::set<std::pair<std::string, std::string>>;
void add_functions(const std::vector<jobq::FollowUp>& then, std::string_view own,
                   Functions& functions) {
  each_follow_up(then, own, [&](std::string_view there, const jobq::FollowUp& one) {
    functions.emplace(there, one.function);
  });
}
Functions functions_asked_for(const Command& command) {
  Functions functions;
  if (const auto* submit = std::get_if<Submit>(&command)) {
    for (const Item<NewJob>& item : submit->jobs) {
      if (const auto* job = std::get_if<NewJob>(&item)) {
        functions.emplace(submit->datasource, job->function);
        add_functions(job->then, submit->datasource, functions);
      }
    }
  } else if (const auto* put = std::get_if<PutSchedule>(&command)) {
    functions.emplace(put->datasource, put->schedule.job.function);
    add_functions(put->schedule.job.then, put->datasource, functions);
  }
  return functions;
}

// Nobody waits longer than the token allows.
void limit_wait(Span max, Command& command) {
  std::visit(
      [&](auto& any) {
        if constexpr (requires { any.wait; }) {
          any.wait = std::min(any.wait, max);
        }
      },
      command);
}

}  // namespace

std::optional<Refused> Admission::admit(const Moment& moment, const Frame& frame,
                                        Request& request) {
  auto refused = find_operation(frame, request);
  refused = refused ? std::move(refused) : authorise(moment, frame, request);
  return refused ? std::move(refused) : take_command(moment.now, request);
}

std::optional<Refused> Admission::find_operation(const Frame& frame, Request& request) {
  request.origin = {static_cast<std::uint32_t>(frame.socket), frame.identity, frame.has_delimiter,
                    0};
  auto unreadable = reader_.open(std::as_bytes(std::span(frame.body)));
  request.origin.request_id = reader_.id();
  if (!unreadable) {
    request.method = reader_.method();
    request.path = reader_.path();
  }
  if (reader_.zest()) {
    request.zest = &*reader_.zest();
    request.origin.zest_done = static_cast<std::uint8_t>(zest::done_code(request.zest->code));
  }
  if (!frame.is_listed) {
    return Refused{Code::kForbidden, "curve: this key has been taken off the store's list"};
  }
  if (unreadable) {
    return unreadable;
  }
  auto found = find_route(request.method, request.path);
  if (auto* none = std::get_if<NoRoute>(&found)) {
    return Refused{static_cast<Code>(none->code), std::move(none->detail)};
  }
  request.route = std::get<Route>(std::move(found));
  if (request.route.access == Access::kDriver && frame.socket == SocketKind::kRequest &&
      !config_.drivers_on_request) {
    return Refused{Code::kForbidden, "path: is served on the driver endpoint only"};
  }
  return std::nullopt;
}

std::optional<Refused> Admission::authorise(const Moment& moment, const Frame& frame,
                                            Request& request) {
  const Route& route = request.route;
  const Traits& traits = traits_of(route.operation);
  request.facts = {.method = to_string(request.method),
                   .path = request.path,
                   .now = moment.clock,
                   .alias_of = route.alias_of,
                   .job = reader_.job(route),
                   .is_status = traits.effect == Effect::kReads,
                   .curve_key = frame.curve_key,
                   .job_limits_are_kept = traits.keeps != Keeps::kNoLimits,
                   .lease_is_kept = traits.keeps == Keeps::kLeaseAlso,
                   .acting_is_kept = true};
  if (request.zest != nullptr) {
    // A token names what was sent, or what that means here.
    request.facts.method = zest::method_of(request.zest->code);
    request.facts.path = request.zest->path;
    request.facts.alias_of = request.path;
    request.facts.observe = observe_mode(*request.zest);
  }
  request.token = reader_.token();
  const auto start = std::chrono::steady_clock::now();
  auto allowed = rights_.authorize(request.token, access_of(route.access), request.facts);
  if (const auto* denied = std::get_if<auth::Denied>(&allowed)) {
    const bool is_known = denied->reason == auth::Reason::kForbidden;
    wasted_ += is_known ? std::chrono::nanoseconds() : std::chrono::steady_clock::now() - start;
    request.grant.token_id = denied->token_id;
    return Refused{is_known ? Code::kForbidden : Code::kUnauthorized,
                   as_field("token", denied->detail)};
  }
  request.grant = std::get<auth::Grant>(std::move(allowed));
  if (request.grant.expires) {
    *request.grant.expires += moment.now - moment.clock;
  }
  if (state_.tokens.is_revoked(moment.now, request.grant.token_id)) {
    return Refused{Code::kUnauthorized, "token: is revoked"};
  }
  if (!request.grant.bounds.functions.empty() && !request.facts.observe.empty()) {
    return Refused{Code::kForbidden, "token: is for some functions, and observes none of all jobs"};
  }
  if (auto refused = refuse_to_act(state_, moment.now, request)) {
    return refused;
  }
  request.origin.token = request.grant.token_id;
  request.origin.functions = request.grant.bounds.functions;
  return std::nullopt;
}

std::optional<Refused> Admission::take_command(Time now, Request& request) {
  const Traits& traits = traits_of(request.route.operation);
  if (traits.by == By::kServer) {
    return std::nullopt;
  }
  const std::string_view datasource = request.route.datasource;
  if (!datasource.empty() && !state_.find_datasource(datasource)) {
    if (const auto wrong = jobq::wrong_with_datasource_id(datasource); !wrong.empty()) {
      return Refused{Code::kBadRequest, "path: the datasource " + wrong};
    }
  }
  auto decoded = reader_.command(request.route, request.grant.client);
  if (auto* refused = std::get_if<Refused>(&decoded)) {
    return std::move(*refused);
  }
  request.command = std::get<Command>(std::move(decoded));
  if (request.grant.expires) {
    limit_wait(*request.grant.expires - now, *request.command);
  }
  if (auto* put = std::get_if<PutSchedule>(&*request.command)) {
    put->token_until = request.grant.expires.value_or(Time{});
    if (auto refused = refuse_to_submit(request)) {
      return refused;
    }
  }
  if (auto refused = hold_to_functions(checks_, state_, *request.command)) {
    return refused;
  }
  if (auto* submit = std::get_if<Submit>(&*request.command)) {
    submit->token_until = request.grant.expires.value_or(Time{});
    if (auto refused = refuse_to_wait(request, *submit)) {
      return refused;
    }
  }
  auto refused = refuse_to_run(request);
  if (refused || (refused = refuse_to_follow(request)) || (refused = refuse_to_call(request))) {
    return refused;
  }
  if (traits.makes_tokens()) {
    request.origin.caveats = Rights::kept_caveats(request.grant);
  }
  return hold_to(request.grant.bounds, state_, rights_, *request.command);
}

// Who adds a schedule submits its jobs: both need a token that allows it.
std::optional<Refused> Admission::refuse_to_submit(const Request& request) {
  const auto denied = denied_for(
      request.token, "/" + std::string(request.route.datasource) + "/job/", request.facts);
  return denied
             ? std::optional(Refused{Code::kForbidden, as_field("token", *denied + ", to submit")})
             : std::nullopt;
}

// Why the token does not allow what the facts say with that path, which ends with a slash, and may
// be written without.
std::optional<std::string> Admission::denied_for(std::string_view token, std::string path,
                                                 auth::Facts facts) {
  facts.alias_of = {};
  std::variant<auth::Grant, auth::Denied> allowed;
  for (int i = 0; i < 2; ++i) {
    facts.path = path;
    allowed = rights_.authorize(token, auth::Access::kClient, facts);
    if (std::holds_alternative<auth::Grant>(allowed)) {
      return std::nullopt;
    }
    path.pop_back();
  }
  return std::get<auth::Denied>(allowed).detail;
}

// Whoever waits for a job learns when it ends: of one in another datasource, whoever may ask.
std::optional<Refused> Admission::refuse_to_wait(const Request& request, const Submit& submit) {
  auth::Facts facts = request.facts;
  facts.method = to_string(Method::kGet);
  facts.is_status = true;
  for (const Item<NewJob>& item : submit.jobs) {
    const auto* job = std::get_if<NewJob>(&item);
    for (std::size_t i = 0; job != nullptr && i < job->after.size(); ++i) {
      const jobq::After& after = job->after[i];
      if (after.datasource.empty()) {
        continue;
      }
      const std::string which = after.datasource + "/" + after.job;
      facts.job = after.job;
      if (auto denied = denied_for(request.token,
                                   "/" + after.datasource + "/job/" + after.job + "/", facts)) {
        return Refused{Code::kForbidden, as_field("token", *denied + ", to wait for " + which)};
      }
    }
  }
  return std::nullopt;
}

// What follows the jobs of a command is submitted with its token: each datasource is looked at
// once.
std::optional<Refused> Admission::refuse_to_follow(const Request& request) {
  const std::set<std::string> datasources =
      std::visit(FollowedInto{request.route.datasource}, *request.command);
  const std::size_t max = config_.limits.follow_up_datasources_max;
  if (datasources.size() > max) {
    return Refused{.code = Code::kTooLarge,
                   .detail = "jobs.then: names " + std::to_string(datasources.size()) +
                             " datasources, at most " + std::to_string(max),
                   .limit = "followUpDatasourcesMax"};
  }
  for (const std::string& datasource : datasources) {
    if (const auto denied = denied_for(request.token, "/" + datasource + "/job/", request.facts)) {
      return Refused{Code::kForbidden,
                     as_field("token", *denied + ", to submit follow-ups into " + datasource)};
    }
  }
  return std::nullopt;
}

std::optional<Refused> Admission::refuse_to_call(Request& request) {
  if (state_.registered.all().empty()) {
    return std::nullopt;
  }
  bool has_calls = false;
  for (const auto& [datasource, name] : functions_asked_for(*request.command)) {
    const auto index = state_.find_datasource(datasource);
    const FunctionState* function = index ? state_.registered.find(*index, name) : nullptr;
    if (function == nullptr || function->function->calls.empty()) {
      continue;
    }
    has_calls = true;
    for (const jobq::FunctionCall& call : function->function->calls) {
      if (auto refused = refuse_call(request, name, call)) {
        return refused;
      }
    }
  }
  if (auto* submit = std::get_if<Submit>(&*request.command); submit != nullptr && has_calls) {
    submit->caveats = rights_.caveats_of(request.token);
  }
  return std::nullopt;
}

std::optional<Refused> Admission::refuse_call(const Request& request, const std::string& function,
                                              const jobq::FunctionCall& call) {
  auth::Facts facts = request.facts;
  facts.path = call.path;  // a "*" at its end stands for itself, which only a "*" covers
  facts.alias_of = {};
  facts.job = {};
  facts.is_status = false;
  facts.job_limits_are_kept = true;
  for (const Method method : {Method::kGet, Method::kPost, Method::kPut, Method::kDelete}) {
    facts.method = to_string(method);
    if (!call.method.empty() && call.method != facts.method) {
      continue;
    }
    const auto allowed = rights_.authorize(request.token, auth::Access::kClient, facts);
    if (const auto* denied = std::get_if<auth::Denied>(&allowed)) {
      return Refused{Code::kForbidden, as_field("token", denied->detail + ", which the function " +
                                                             function + " calls")};
    }
  }
  return std::nullopt;
}

}  // namespace store

#include "room.h"

#include <algorithm>

namespace store {
namespace {

std::string limit(std::string_view name, std::size_t value) {
  return std::string(name) + " = " + std::to_string(value);
}

}  // namespace

std::optional<Refused> none_left(const Quota& quota, std::size_t token_holds,
                                 std::size_t all_hold) {
  const bool is_of_token = token_holds >= quota.of_token.max;
  if (!is_of_token && all_hold < quota.of_all.max) {
    return std::nullopt;
  }
  const NamedMax& reached = is_of_token ? quota.of_token : quota.of_all;
  std::string detail(quota.field);
  detail.append(": ").append(limit(reached.name, reached.max)).append(" ").append(quota.what);
  detail.append(is_of_token ? " of this token" : "").append(" already");
  return Refused{quota.code, std::move(detail),
                 quota.code == Code::kTooMany ? Span(std::chrono::seconds(1)) : Span(),
                 reached.name};
}

std::optional<Refused> no_room_for_datasource(const Context& context) {
  const Limits& limits = context.limits;
  return none_left({{"datasourcesPerTokenMax", limits.datasources_per_token_max},
                    {"datasourcesMax", limits.datasources_max},
                    "datasource",
                    "are there",
                    Code::kFull},
                   context.state.made.of(context.token()).count, context.state.made.all().count);
}

namespace {

// What the asker's token and all hold, without `gone`, which `holder` has of it.
std::pair<Share, Share> without(const Share& gone, std::string_view holder, const Shares& shares,
                                std::string_view asker) {
  Share own = shares.of(asker);
  Share all = shares.all();
  for (Share* share : {&own, &all}) {
    if (share == &all || (holder == asker && own.count > 0)) {
      share->count -= gone.count;
      share->bytes -= gone.bytes;
    }
  }
  return {own, all};
}

// For more bytes than one that is there has now. `maker`: the token that it counts for.
std::optional<Refused> no_bytes_left(const Quota& quota, const Shares& shares,
                                     std::string_view maker, std::size_t old_bytes,
                                     std::size_t new_bytes) {
  if (new_bytes <= old_bytes) {
    return std::nullopt;
  }
  const std::size_t more = new_bytes - old_bytes - 1;
  return none_left(quota, shares.of(maker).bytes + more, shares.all().bytes + more);
}

// For one more thing of so many bytes of the asker, in the place of `gone`, which `holder` has.
std::optional<Refused> no_share_left(std::string_view asker, const Shares& shares,
                                     const Share& gone, std::string_view holder, std::size_t bytes,
                                     const Quota& of_count, const Quota& of_bytes) {
  const auto [own, all] = without(gone, holder, shares, asker);
  auto refused = none_left(of_count, own.count, all.count);
  const std::size_t more = bytes - 1;
  return refused ? std::move(refused) : none_left(of_bytes, own.bytes + more, all.bytes + more);
}

}  // namespace

std::optional<Refused> no_room_for_config(const Context& context, const Datasource* datasource,
                                          const DatasourceConfig& config) {
  static const DatasourceConfig kNone;
  const DatasourceConfig& old = datasource == nullptr ? kNone : datasource->config;
  const std::string_view maker = datasource == nullptr ? context.token() : datasource->maker;
  const Limits& limits = context.limits;
  auto refused = no_bytes_left({{"configBytesPerTokenMax", limits.config_bytes_per_token_max},
                                {"configBytesMax", limits.config_bytes_max},
                                "config",
                                "of the datasources that came to be with the same token are used",
                                Code::kFull},
                               context.state.made, maker, bytes_of(old), bytes_of(config));
  return refused
             ? std::move(refused)
             : no_bytes_left({{"catalogueBytesPerTokenMax", limits.catalogue_bytes_per_token_max},
                              {"catalogueBytesMax", limits.catalogue_bytes_max},
                              "item",
                              "of items in the catalogue are used",
                              Code::kFull},
                             context.state.listed, maker, old.item.size(), config.item.size());
}

std::optional<Refused> no_room_for_budgets(const Context& context, std::size_t fresh) {
  const Limits& limits = context.limits;
  const Shares& budgets = context.state.tokens.budgets();
  return none_left({{"budgetsPerTokenMax", limits.budgets_per_token_max},
                    {"budgetsMax", limits.budgets_max},
                    "token",
                    "rates are counted",
                    Code::kTooMany},
                   budgets.of(context.token()).count + fresh - 1, budgets.all().count + fresh - 1);
}

std::optional<Refused> no_room_for_schedule(const Context& context, const ScheduleState* old,
                                            const SchedulePlan& plan) {
  const Limits& limits = context.limits;
  return no_share_left(context.token(), context.state.schedules.shares(),
                       old == nullptr ? Share() : Share{1, bytes_of(*old->plan)},
                       old == nullptr ? std::string_view() : old->token, bytes_of(plan),
                       {{"schedulesPerTokenMax", limits.schedules_per_token_max},
                        {"schedulesMax", limits.schedules_max},
                        "schedule",
                        "are there",
                        Code::kFull},
                       {{"scheduleBytesPerTokenMax", limits.schedule_bytes_per_token_max},
                        {"scheduleBytesMax", limits.schedule_bytes_max},
                        "schedule",
                        "of schedules are held",
                        Code::kFull});
}

std::optional<Refused> no_room_for_code(const Context& context, std::size_t bytes) {
  const Limits& limits = context.limits;
  return no_share_left(context.token(), context.state.codes.shares(), Share(), {}, bytes,
                       {{"codesPerTokenMax", limits.codes_per_token_max},
                        {"codesMax", limits.codes_max},
                        "code",
                        "are there",
                        Code::kFull},
                       {{"codesBytesPerTokenMax", limits.codes_bytes_per_token_max},
                        {"codesBytesMax", limits.codes_bytes_max},
                        "code",
                        "of code are held",
                        Code::kFull});
}

std::optional<Refused> no_room_for_function(const Context& context, const Datasource* datasource,
                                            const FunctionState* old,
                                            const jobq::Function& function) {
  const Limits& limits = context.limits;
  const RegisteredFunctions& registered = context.state.registered;
  const std::size_t of_datasource =
      datasource == nullptr || old != nullptr ? 0 : registered.of(datasource->index).size();
  if (of_datasource >= limits.functions_of_datasource_max) {
    return Refused{.code = Code::kFull,
                   .detail = "function: " +
                             limit("functionsOfDatasourceMax", limits.functions_of_datasource_max) +
                             " are registered already",
                   .limit = "functionsOfDatasourceMax"};
  }
  return no_share_left(context.token(), registered.shares(),
                       old == nullptr ? Share() : Share{1, bytes_of(*old->function)},
                       old == nullptr ? std::string_view() : old->token, bytes_of(function),
                       {{"registeredPerTokenMax", limits.registered_per_token_max},
                        {"registeredMax", limits.registered_max},
                        "function",
                        "are registered",
                        Code::kFull},
                       {{"registeredBytesPerTokenMax", limits.registered_bytes_per_token_max},
                        {"registeredBytesMax", limits.registered_bytes_max},
                        "function",
                        "of functions are held",
                        Code::kFull});
}

std::optional<Refused> no_room_for_state(const Context& context, const FunctionValues* old,
                                         std::size_t bytes, std::string_view payer) {
  const Limits& limits = context.limits;
  return no_share_left(payer, context.state.function_states.shares(),
                       old == nullptr ? Share() : Share{1, bytes_of(*old)},
                       old == nullptr ? std::string_view() : old->payer, bytes,
                       {{"statesPerTokenMax", limits.states_per_token_max},
                        {"statesMax", limits.states_max},
                        "state",
                        "functions have a state",
                        Code::kFull},
                       {{"stateBytesPerTokenMax", limits.state_bytes_per_token_max},
                        {"stateBytesMax", limits.state_bytes_max},
                        "state",
                        "of states of functions are held",
                        Code::kFull});
}

std::optional<Refused> no_room_for_checkpoint(const Context& context, std::string_view token,
                                              std::size_t old_bytes, std::size_t bytes) {
  const Limits& limits = context.limits;
  return no_bytes_left({{"checkpointsBytesPerTokenMax", limits.checkpoints_bytes_per_token_max},
                        {"checkpointsBytesMax", limits.checkpoints_bytes_max},
                        "checkpoint",
                        "of checkpoints of jobs that were submitted with the same token are held",
                        Code::kFull},
                       context.state.checkpoints, token, old_bytes, bytes);
}

namespace {

// `new_bytes`: says how much would be held more. It is asked where little is left alone, so that
// nothing is looked up twice before.
template <typename NewBytes>
std::optional<Refused> no_name_bytes_left(const Context& context, std::string_view token,
                                          NewBytes new_bytes, std::size_t ahead = 0) {
  // More than one job and its attempt can bring.
  constexpr std::size_t kPlenty = 192u << 10;
  const Limits& limits = context.limits;
  const Shares& brought = context.state.brought;
  const std::size_t all = brought.all().bytes + ahead;
  if (all + kPlenty <= std::min(limits.name_bytes_per_token_max, limits.name_bytes_max)) {
    return std::nullopt;
  }
  const std::size_t own = brought.of(token).bytes + ahead;
  if (own + kPlenty <= limits.name_bytes_per_token_max && all + kPlenty <= limits.name_bytes_max) {
    return std::nullopt;
  }
  const std::size_t more = new_bytes();
  return more == 0 ? std::nullopt
                   : none_left({{"nameBytesPerTokenMax", limits.name_bytes_per_token_max},
                                {"nameBytesMax", limits.name_bytes_max},
                                "job",
                                "of names, tags, terms and long ids of jobs are held",
                                Code::kFull},
                               own + more - 1, all + more - 1);
}

}  // namespace

std::size_t new_bytes_of(const Context& context, const Datasource* datasource,
                         const NewNames& names) {
  const State& state = context.state;
  const bool has_row =
      datasource != nullptr && state.jobs_of_client(*datasource, names.client) != nullptr;
  const bool has_group =
      datasource != nullptr && datasource->find_group(state.names.find_client(names.client),
                                                      state.names.find_key(names.group)) != nullptr;
  return bytes_of_id(names.id) + (has_row ? 0 : kBytesOfClientRow) +
         state.names.new_bytes(names.client, names.function, names.tags, names.terms) +
         names.flow_bytes + state.names.new_bytes_of_key(names.turn_key) +
         state.names.new_bytes_of_key(names.unique) + state.names.new_bytes_of_key(names.group) +
         state.names.new_bytes_of_key(names.after_group) +
         state.names.new_bytes_of_key(names.caveats) +
         (names.group.empty() || has_group ? 0 : kBytesOfGroupRow) +
         (names.worker.empty() ? 0 : state.names.new_bytes_of_worker(names.worker)) +
         state.tokens.new_bytes(context.token());
}

std::optional<Refused> no_room_for_names(const Context& context, const Datasource* datasource,
                                         const NewNames& names, const Ahead& ahead) {
  return no_name_bytes_left(
      context, context.token(), [&] { return new_bytes_of(context, datasource, names); },
      ahead.name_bytes);
}

std::optional<Refused> no_room_for_attempt(const Context& context, std::string_view worker) {
  return no_name_bytes_left(context, context.token(), [&] {
    return context.state.names.new_bytes_of_worker(worker) +
           context.state.tokens.new_bytes(context.token(), context.caveats());
  });
}

std::optional<Refused> no_room_for_terms(const Context& context, const Job& job,
                                         const Terms& terms) {
  return no_name_bytes_left(context, context.state.tokens.submit_token_of(job),
                            [&] { return context.state.names.new_bytes(terms); });
}

std::optional<Refused> no_room_to_wait(const Context& context, const Waiters::ForJobs* ended) {
  const Limits& limits = context.limits;
  constexpr std::size_t kAny = 1;  // as long as there is any room
  return no_share_left(context.token(), context.waiters.shares(),
                       ended == nullptr ? Share() : Share{1, Waiters::bytes_of(*ended)},
                       ended == nullptr ? std::string_view() : ended->origin.token, kAny,
                       {{"waitersPerTokenMax", limits.waiters_per_token_max},
                        {"waitersMax", limits.waiters_max},
                        "waitMs",
                        "requests wait",
                        Code::kTooMany},
                       {{"waiterBytesPerTokenMax", limits.waiter_bytes_per_token_max},
                        {"waiterBytesMax", limits.waiter_bytes_max},
                        "waitMs",
                        "of requests wait",
                        Code::kTooMany});
}

std::optional<Refused> no_room_to_wait(const Context& context, const std::string& client) {
  const std::size_t max = context.limits.waiters_per_client_max;
  auto refused = no_room_to_wait(context);
  if (refused || context.waiters.count_of_client(client) < max) {
    return refused;
  }
  return Refused{Code::kTooMany,
                 "waitMs: " + limit("waitersPerClientMax", max) +
                     " requests of this client wait already; ask again without",
                 std::chrono::seconds(1), "waitersPerClientMax"};
}

static std::size_t live_of_token(const State& state, std::string_view token) {
  return state.tokens.waiting_of(token) + state.held_back.running(state.tokens.find(token));
}

std::optional<Refused> no_room_for_job(const Context& context, const Datasource* datasource,
                                       const std::string& client, const Ahead& ahead) {
  constexpr Span kRetryAfterMin = std::chrono::milliseconds(100);
  constexpr Span kRetryAfterMax = std::chrono::minutes(1);
  const Limits& limits = context.limits;
  const std::size_t taken = ahead.jobs + ahead.elsewhere;
  const std::size_t live = context.state.jobs.live_count() + taken;
  if (live >= limits.jobs_live_max) {
    return Refused{.code = Code::kFull,
                   .detail = "the store holds " + limit("jobsLiveMax", limits.jobs_live_max) +
                             " jobs that are not finished",
                   .limit = "jobsLiveMax"};
  }
  const std::size_t of_token_max =
      first_set(limits.jobs_live_per_token_max, limits.jobs_live_max - limits.jobs_live_max / 4);
  // Nothing is looked up while all tokens together have fewer.
  if (live >= of_token_max &&
      live_of_token(context.state, context.token()) + taken >= of_token_max) {
    return Refused{.code = Code::kFull,
                   .detail = "token: " + limit("jobsLivePerTokenMax", of_token_max) +
                             " jobs that were submitted with it are not finished",
                   .limit = "jobsLivePerTokenMax"};
  }
  if (datasource != nullptr && datasource->is_draining()) {
    return Refused{Code::kUnavailable, "datasource: is draining and takes no new jobs"};
  }
  const auto too_many = [&](const char* whose, const char* name, std::size_t max) {
    const Span interval =
        datasource == nullptr ? Datasource::kAcceptInterval : datasource->accept_interval;
    return Refused{Code::kTooMany, whose + limit(name, max) + " jobs are waiting",
                   std::clamp(interval, kRetryAfterMin, kRetryAfterMax), name};
  };
  static const DatasourceConfig kNone;
  const DatasourceConfig& config = datasource == nullptr ? kNone : datasource->config;
  const std::size_t waiting = datasource == nullptr ? 0 : datasource->waiting;
  const std::size_t waiting_max = first_set(config.waiting_max, limits.defaults.waiting_max);
  if (waiting_max != 0 && waiting + ahead.jobs >= waiting_max) {
    return too_many("datasource: ", "waitingMax", waiting_max);
  }
  const std::size_t of_client_max =
      first_set(config.waiting_per_client_max, limits.defaults.waiting_per_client_max);
  const ClientJobs* of_client = of_client_max == 0 || datasource == nullptr
                                    ? nullptr
                                    : context.state.jobs_of_client(*datasource, client);
  const std::size_t waiting_of_client = of_client == nullptr ? 0 : of_client->waiting;
  if (of_client_max != 0 && waiting_of_client + ahead.of_client >= of_client_max) {
    return too_many("client: ", "waitingPerClientMax", of_client_max);
  }
  return std::nullopt;
}

}  // namespace store

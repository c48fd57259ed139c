#include <algorithm>
#include <set>

#include "decode.h"
#include "hypercat.h"

namespace store {
namespace {

constexpr std::uint8_t bit(Status status) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(status));
}

constexpr std::uint8_t kRestartable =
    bit(Status::kFailed) | bit(Status::kCancelled) | bit(Status::kForbidden);

// What is said of each of some names: what the fields are called, and how many there may be.
struct NamedField {
  const char* list;
  const char* name;
  const char* value;
  std::size_t count_max;
};

// Puts what the list says, if anything, in the place of `items`, and sorts them by name.
// `check_value`: of a path and an item.
template <typename Item, typename List, typename Check>
void take_named(Checks& checks, const NamedField& field, List list, std::vector<Item>& items,
                std::string Item::*name, const Check& check_value) {
  const FieldPath place(field.list);
  const std::size_t count = list.size() > 0 ? list.size() : items.size();
  checks.count(place, count, field.count_max);
  if (checks.wrong()) {
    return;
  }
  if (list.size() > 0) {
    jobq::wire::read_list(list, items, {}, [](std::string_view) {});
  }
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < items.size() && !checks.wrong(); ++i) {
    const FieldPath at = place.item(i);
    checks.name(at.field(field.name), items[i].*name);
    check_value(at.field(field.value), items[i]);
    checks.refuse_unless(names.insert(items[i].*name).second, at.field(field.name),
                         std::string("has a ") + field.value + " already");
  }
  std::sort(items.begin(), items.end(),
            [=](const Item& a, const Item& b) { return a.*name < b.*name; });
}

// The same, of numbers from 1 on.
template <typename Item, typename List>
void take_numbers(Checks& checks, const NamedField& field, std::uint32_t max, List list,
                  std::vector<Item>& items, std::string Item::*name, unsigned Item::*number) {
  take_named(checks, field, list, items, name, [&](const FieldPath& at, const Item& item) {
    checks.range(at, item.*number, 1, max);
  });
}

void take_rate(Checks& checks, const FieldPath& field, const std::string& rate) {
  checks.refuse_unless(rate.empty() || start_rate_of(rate), field,
                       "must be N/U, N from 1 to " + std::to_string(jobq::limits::kStartRateMax) +
                           " and U one of s, m, h, d");
}

void take_rates(Checks& checks, protocol::DatasourceConfig::Reader body, DatasourceConfig& config) {
  take_rate(checks, "startRate", config.start_rate);
  take_rate(checks, "keyStartRate", config.key_start_rate);
  take_named(checks, {"functionRates", "function", "startRate", checks.limits.function_limits_max},
             body.getFunctionRates(), config.function_rates, &jobq::FunctionRate::function,
             [&](const FieldPath& at, const jobq::FunctionRate& item) {
               checks.refuse_unless(!item.start_rate.empty(), at, "is missing");
               take_rate(checks, at, item.start_rate);
             });
}

// Of an item that is registered (POST /cat) everything counts about which the body says nothing.
void take_item(Checks& checks, Configure& command) {
  const FieldPath place("item");
  checks.json(place, command.config.item, checks.limits.item_bytes_max);
  if (checks.wrong()) {
    return;
  }
  auto read = jobq::read_item(command.config.item);
  if (const auto* wrong = std::get_if<jobq::WrongField>(&read)) {
    const FieldPath inside = place.field(wrong->field.c_str());
    checks.refuse(wrong->field.empty() ? place : inside, wrong->wrong);
    return;
  }
  DatasourceConfig& said = std::get<jobq::CatalogueItem>(read).config;
  const std::string& named =
      command.datasource.empty() ? std::string(checks.route.datasource) : command.datasource;
  checks.refuse_unless(named.empty() || named == said.datasource, place,
                       "is of the datasource " + said.datasource);
  if (checks.route.datasource.empty()) {
    command.datasource = said.datasource;
    command.registers = true;
    jobq::take_said(said, command.config);
    command.config = std::move(said);
  }
}

}  // namespace

Command configure(Checks& checks, protocol::DatasourceConfig::Reader body) {
  Configure command{.datasource = std::string(jobq::wire::view(body.getDatasource())),
                    .config = taken<DatasourceConfig>(checks, body)};
  DatasourceConfig& config = command.config;
  if (!config.item.empty()) {
    take_item(checks, command);
  }
  if (command.datasource.empty()) {
    command.datasource = checks.route.datasource;
  }
  checks.refuse_unless(
      checks.route.datasource.empty() || command.datasource == checks.route.datasource,
      "datasource", "is not the datasource of the path");
  checks.datasource_id("datasource", command.datasource);
  checks.text("description", config.description, checks.limits.description_bytes_max);
  checks.range("priority", config.priority, 0, checks.limits.priority_max);
  const FieldPath terms("terms");
  checks.span(terms.field("keepForMs"), config.terms.keep_for, checks.limits.span_max);
  checks.terms(terms, config.terms);
  checks.lease("leaseMs", config.lease);
  checks.span("cancelGraceMs", config.cancel_grace, checks.limits.cancel_grace_max);
  take_numbers(checks, {"weights", "client", "weight", checks.limits.weights_max},
               checks.limits.weight_max, body.getWeights(), config.weights, &jobq::Weight::client,
               &jobq::Weight::weight);
  take_numbers(checks, {"costs", "function", "cost", checks.limits.costs_max},
               checks.limits.cost_max, body.getCosts(), config.costs, &jobq::Cost::function,
               &jobq::Cost::cost);
  take_numbers(checks,
               {"functionLimits", "function", "runningMax", checks.limits.function_limits_max},
               checks.limits.function_limit_max, body.getFunctionLimits(), config.function_limits,
               &jobq::FunctionLimit::function, &jobq::FunctionLimit::running_max);
  take_rates(checks, body, config);
  if (config.ageing != Span::zero() && config.ageing < checks.limits.ageing_min) {
    checks.refuse("ageingMs", std::to_string(checks.limits.ageing_min.count()) + ".." +
                                  std::to_string(checks.limits.span_max.count()) + ", or 0");
  }
  checks.span("ageingMs", config.ageing, checks.limits.span_max);
  config.datasource.clear();
  config.mode = Mode::kRunning;
  return command;
}

namespace {

Edit change_of(Checks& checks, protocol::Edit::Reader body) {
  auto command = taken<Edit>(checks, body);
  checks.range("priority", command.priority, 0, checks.limits.priority_max);
  checks.span("validForMs", command.valid_for, checks.limits.delay_max);
  if (!command.request.empty()) {
    checks.json("request", command.request, checks.limits.request_bytes_max);
  }
  return command;
}

}  // namespace

Command edit(Checks& checks, protocol::Edit::Reader body) {
  Edit command = change_of(checks, body);
  command.job = checks.route.job;
  return command;
}

Command order_workers(Checks& checks, protocol::OrderWorkers::Reader body) {
  auto command = taken<OrderWorkers>(checks, body);
  checks.optional_name("worker", command.worker);
  checks.refuse_unless(command.worker.empty() || !command.datasource.empty(), "worker",
                       "must be empty where the path names no datasource");
  checks.refuse_unless(command.order != jobq::WorkerOrder::kUnsaid, "order",
                       "must be work, drain or halt");
  return command;
}

Command bulk(Checks& checks, protocol::Bulk::Reader body, Bulk::How how) {
  Bulk command{.datasource = std::string(checks.route.datasource),
               .where = list_of(checks, body.getWhere()),
               .how = how,
               .is_dry = body.getIsDry(),
               .is_forced = body.getIsForced() && how == Bulk::How::kRemove};
  checks.refuse_unless(command.where.text.empty(), "where.text", "is no filter here");
  checks.refuse_unless(command.where.order == jobq::ListOrder::kSubmitted, "where.order",
                       "must be submitted");
  if (how == Bulk::How::kEdit) {
    command.edit = change_of(checks, body.getEdit());
    checks.refuse_unless(command.edit.request.empty(), "edit.request", "is of one job alone");
    checks.refuse_unless(command.edit.priority != 0 || command.edit.valid_for != Span::zero(),
                         "edit", "changes nothing");
  }
  if (how == Bulk::How::kRestart) {
    const std::uint8_t statuses = statuses_of(checks, body.getWhere().getStatuses(), kRestartable);
    command.where.statuses = statuses == 0 ? bit(Status::kFailed) : statuses;
  }
  return command;
}

Command get_history(Checks& checks, protocol::HistoryQuery::Reader body) {
  constexpr unsigned kLimitDefault = 60;
  GetHistory command{.datasource = std::string(checks.route.datasource)};
  jobq::wire::read(body, command.query, [&](std::string_view field) {
    checks.refuse(jobq::schema_name(field).c_str(), "is none that exists");
  });
  if (command.query.function != jobq::kOtherFunctions) {
    checks.optional_name("function", command.query.function);
  }
  checks.time("since", command.query.since);
  command.query.limit = command.query.limit == 0 ? kLimitDefault : command.query.limit;
  std::size_t limit = command.query.limit;
  checks.limit(limit);
  return command;
}

Command restart(Checks& checks, protocol::Restart::Reader body) {
  auto command = taken<Restart>(checks, body);
  command.job = checks.route.job;
  checks.optional_job_id("job", command.new_id);
  return command;
}

Command remove_job(Checks& checks, protocol::Bulk::Reader body) {
  return Remove{std::string(checks.route.datasource), std::string(checks.route.job),
                body.getIsForced()};
}

Command redrive(Checks& checks, protocol::Redrive::Reader body) {
  auto command = taken<Redrive>(checks, body);
  checks.optional_name("client", command.client);
  checks.optional_name("function", command.function);
  checks.optional_name("tag", command.tag);
  const std::uint8_t statuses = statuses_of(checks, body.getStatuses(), kRestartable);
  command.statuses = statuses == 0 ? bit(Status::kFailed) : statuses;
  checks.limit(command.limit);
  return command;
}

Command list_tokens(Checks& checks, protocol::TokenQuery::Reader body) {
  auto command = taken<ListTokens>(checks, body);
  checks.text("after", command.after, checks.limits.id_bytes_max);
  checks.limit(command.limit);
  return command;
}

Command revoke(Checks& checks, protocol::Revoke::Reader body) {
  RevokeToken command{.token = std::string(checks.route.job), .revocation = {}};
  command.revocation.until = jobq::wire::time(body.getUntil());
  checks.refuse_unless(
      body.getUntil() <=
          static_cast<std::uint64_t>(checks.limits.not_before_max.time_since_epoch().count()),
      "until", "is after the year 9999");
  return command;
}

}  // namespace store

#include "body_reader.h"

namespace store {
namespace {

constexpr std::uint8_t bit(Status status) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(status));
}

}  // namespace

// A number for each of some names.
template <typename List, typename NameOf, typename NumberOf>
std::optional<Refused> BodyReader::take_numbers(
    const NumbersField& field, const List& list, const NameOf& name_of, const NumberOf& number_of,
    std::map<std::string, std::uint32_t>& target) const {
  const Place place(field.list);
  if (auto wrong = check_count(place, list.size(), field.count_max)) {
    return wrong;
  }
  for (unsigned i = 0; i < list.size(); ++i) {
    const Place at = place.item(i);
    const std::uint32_t number = number_of(list[i]);
    std::string name(text_of(name_of(list[i])));
    if (const auto wrong = wrong_with_name(name, limits_.id_bytes_max); !wrong.empty()) {
      return bad(at.field(field.name), wrong);
    }
    if (auto wrong = check_range(at.field(field.number), number, 1, field.number_max)) {
      return wrong;
    }
    if (!target.emplace(std::move(name), number).second) {
      return bad(at.field(field.name), std::string("has a ") + field.number + " already");
    }
  }
  return std::nullopt;
}

BodyReader::Result BodyReader::configure(protocol::DatasourceConfig::Reader body) const {
  Configure command{.datasource = std::string(text_of(body.getDatasource())), .config = {}};
  if (command.datasource.empty()) {
    command.datasource = route_.datasource;
  } else if (!route_.datasource.empty() && command.datasource != route_.datasource) {
    return bad("datasource", "is not the datasource of the path");
  }
  if (const auto wrong = wrong_with_datasource_id(command.datasource, limits_.id_bytes_max);
      !wrong.empty()) {
    return bad("datasource", wrong);
  }
  DatasourceConfig& config = command.config;
  if (auto wrong = take_text("description", body.getDescription(), limits_.description_bytes_max,
                             config.description)) {
    return *std::move(wrong);
  }
  config.priority = body.getPriority();
  if (auto wrong = check_range("priority", config.priority, 0, limits_.priority_max)) {
    return *std::move(wrong);
  }
  const Place terms("terms");
  if (auto wrong = take_span(terms.field("keepForMs"), body.getTerms().getKeepForMs(),
                             limits_.span_max, config.terms.keep_for)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_terms(terms, body.getTerms(), config.terms)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_lease("leaseMs", body.getLeaseMs(), config.lease)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_span("cancelGraceMs", body.getCancelGraceMs(), limits_.cancel_grace_max,
                             config.cancel_grace)) {
    return *std::move(wrong);
  }
  config.waiting_max = body.getWaitingMax();
  config.waiting_per_client_max = body.getWaitingPerClientMax();
  config.running_max = body.getRunningMax();
  if (auto wrong = take_numbers(
          {"weights", "client", "weight", limits_.weights_max, limits_.weight_max},
          body.getWeights(), [](auto weight) { return weight.getClient(); },
          [](auto weight) { return weight.getWeight(); }, config.weights)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_numbers(
          {"costs", "function", "cost", limits_.costs_max, limits_.cost_max}, body.getCosts(),
          [](auto cost) { return cost.getFunction(); }, [](auto cost) { return cost.getCost(); },
          config.costs)) {
    return *std::move(wrong);
  }
  return command;
}

BodyReader::Result BodyReader::list_tokens(protocol::TokenQuery::Reader body) const {
  ListTokens command;
  if (auto wrong = take_text("after", body.getAfter(), limits_.id_bytes_max, command.after)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_limit(body.getLimit(), command.limit)) {
    return *std::move(wrong);
  }
  return command;
}

BodyReader::Result BodyReader::revoke(protocol::Revoke::Reader body) const {
  RevokeToken command{.token = std::string(route_.job), .revocation = {}};
  if (body.getUntil() >
      static_cast<std::uint64_t>(limits_.not_before_max.time_since_epoch().count())) {
    return bad("until", "is after the year 9999");
  }
  command.revocation.until = Time(Span(body.getUntil()));
  return command;
}

BodyReader::Result BodyReader::edit(protocol::Edit::Reader body) const {
  Edit command{.datasource = std::string(route_.datasource),
               .job = std::string(route_.job),
               .priority = body.getPriority(),
               .request = {}};
  if (auto wrong = check_range("priority", command.priority, 0, limits_.priority_max)) {
    return *std::move(wrong);
  }
  if (auto wrong =
          take_span("validForMs", body.getValidForMs(), limits_.delay_max, command.valid_for)) {
    return *std::move(wrong);
  }
  if (body.getRequest().size() > 0) {
    if (auto wrong =
            take_json("request", body.getRequest(), limits_.request_bytes_max, command.request)) {
      return *std::move(wrong);
    }
  }
  return command;
}

BodyReader::Result BodyReader::restart(protocol::Restart::Reader body) const {
  Restart command{.datasource = std::string(route_.datasource),
                  .job = std::string(route_.job),
                  .new_id = std::string(text_of(body.getJob()))};
  if (!command.new_id.empty()) {
    if (const auto wrong = wrong_with_job_id(command.new_id, limits_.id_bytes_max);
        !wrong.empty()) {
      return bad("job", wrong);
    }
  }
  return command;
}

BodyReader::Result BodyReader::redrive(protocol::Redrive::Reader body) const {
  Redrive command{.datasource = std::string(route_.datasource),
                  .client = {},
                  .function = {},
                  .tag = {},
                  .cursor = body.getCursor()};
  if (auto wrong = take_name("client", body.getClient(), command.client)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_name("function", body.getFunction(), command.function)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_name("tag", body.getTag(), command.tag)) {
    return *std::move(wrong);
  }
  constexpr std::uint8_t kRestartable =
      bit(Status::kFailed) | bit(Status::kCancelled) | bit(Status::kForbidden);
  if (auto wrong = take_statuses(body.getStatuses(), kRestartable, command.statuses)) {
    return *std::move(wrong);
  }
  if (command.statuses == 0) {
    command.statuses = bit(Status::kFailed);
  }
  if (auto wrong = take_limit(body.getLimit(), command.limit)) {
    return *std::move(wrong);
  }
  return command;
}

}  // namespace store

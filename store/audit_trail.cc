#include "audit_trail.h"

#include <utility>

namespace store {
namespace {

bool is_forbidden(const Refused& refused) {
  return refused.code == Code::kUnauthorized || refused.code == Code::kForbidden;
}

// What the token did not allow, of all of the request or of an item.
const Refused* forbidden_in(const Reply& reply) {
  const auto in_items = [](const auto& items) -> const Refused* {
    for (const auto& item : items) {
      const auto* refused = std::get_if<Refused>(&item);
      if (refused != nullptr && is_forbidden(*refused)) {
        return refused;
      }
    }
    return nullptr;
  };
  if (const auto* refused = std::get_if<Refused>(&reply)) {
    return is_forbidden(*refused) ? refused : nullptr;
  }
  if (const auto* submitted = std::get_if<SubmitReply>(&reply)) {
    return in_items(submitted->items);
  }
  const auto* updated = std::get_if<UpdateReply>(&reply);
  return updated == nullptr ? nullptr : in_items(updated->items);
}

}  // namespace

void AuditTrail::begin(const std::optional<Command>& command) {
  asked_ = {};
  if (log_ != nullptr && command) {
    asked_.add(*command);
  }
}

void AuditTrail::end(Time now, const Request& request, std::string_view curve_key, bool has_changed,
                     std::span<const Outbound> answers) {
  if (log_ == nullptr) {
    return;
  }
  const Refused* forbidden = nullptr;
  for (const Outbound& answer : answers) {
    forbidden = forbidden == nullptr ? forbidden_in(answer.reply) : forbidden;
    if (!std::holds_alternative<AcceptReply>(answer.reply)) {
      asked_.add(answer.reply);
    }
  }
  // Accepts are noted when they are answered.
  has_changed = has_changed && request.route.operation != Operation::kAccept;
  if (!has_changed && forbidden == nullptr) {
    return;
  }
  const AuditLine line{
      .time = now,
      .code = static_cast<unsigned>(forbidden == nullptr ? Code::kOk : forbidden->code),
      .method = to_string(request.method),
      .path = request.path,
      .token = request.grant.token_id,
      .client = request.grant.client,
      .curve_key = curve_key,
      .jobs = std::move(asked_),
      .error = forbidden == nullptr ? std::string_view() : forbidden->detail};
  log_->note(line);
}

std::size_t AuditTrail::close(Time now, std::span<const Outbound> answers) {
  if (log_ == nullptr) {
    return 0;
  }
  for (const Outbound& answer : answers) {
    const auto* accepted = std::get_if<AcceptReply>(&answer.reply);
    if (accepted == nullptr || accepted->jobs.empty()) {
      continue;
    }
    const DatasourceIndex index = accepted->jobs.front().key.datasource;
    const std::string path = "/jobs/" + state_.datasource(index).name + "/accept";
    AuditLine line{.time = now,
                   .code = static_cast<unsigned>(Code::kOk),
                   .method = to_string(Method::kPost),
                   .path = path,
                   .token = answer.origin.token};
    line.jobs.add(answer.reply);
    log_->note(line);
  }
  return log_->noted_bytes();
}

void AuditTrail::write(std::size_t bytes) {
  if (log_ != nullptr) {
    log_->write(bytes);
  }
}

}  // namespace store

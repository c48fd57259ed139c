#include "audit_trail.h"

#include <chrono>
#include <iterator>
#include <utility>

namespace store {
namespace {

constexpr Span kSecond = std::chrono::seconds(1);

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
  if (now >= second_ + kSecond) {
    begin_second(now);
  }
  if (!has_changed && !takes(static_cast<unsigned>(forbidden->code), request.grant.token_id)) {
    return;
  }
  const AuditLine line{
      .time = now,
      .code = static_cast<unsigned>(forbidden == nullptr ? Code::kOk : forbidden->code),
      .method = to_string(request.method),
      .path = request.path.substr(0, kTextMax),
      .token = request.grant.token_id,
      .client = request.grant.client,
      .curve_key = curve_key,
      .jobs = std::move(asked_),
      .error = forbidden == nullptr ? std::string_view()
                                    : std::string_view(forbidden->detail).substr(0, kTextMax)};
  log_->note(line);
}

bool AuditTrail::takes(unsigned code, const std::string& token) {
  Kind kind(code, token);
  if (refusals_.size() >= kKindsMax && !refusals_.contains(kind)) {
    kind.second.clear();
  }
  Refusals& refusals = refusals_[std::move(kind)];
  if (!has_room_ || lines_ >= kLinesMax || refusals.lines >= kLinesOfKind) {
    ++refusals.left_out;
    ++left_out_;
    return false;
  }
  ++lines_;
  ++refusals.lines;
  return true;
}

// What could not be written down stays counted until there is room.
void AuditTrail::begin_second(Time now) {
  second_ = now;
  lines_ = 0;
  has_room_ = log_->has_room(disk_reserve_mib_);
  for (auto at = refusals_.begin(); at != refusals_.end();) {
    auto& [kind, refusals] = *at;
    refusals.lines = 0;
    if (has_room_ && refusals.left_out > 0) {
      log_->note({.time = now,
                  .code = kind.first,
                  .token = kind.second,
                  .left_out = std::exchange(refusals.left_out, 0)});
    }
    at = refusals.left_out == 0 ? refusals_.erase(at) : std::next(at);
  }
}

std::size_t AuditTrail::close(Time now, std::span<const Outbound> answers, bool is_last) {
  if (log_ == nullptr) {
    return 0;
  }
  if (is_last || now >= second_ + kSecond) {
    begin_second(now);
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

// What the server writes down about who did what (audit.h).
#include "server.h"

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

void Server::audit(Time now, const Frame& frame, std::size_t entries, std::size_t answers) {
  const Refused* forbidden = nullptr;
  for (std::size_t i = answers; i < effects_.replies.size(); ++i) {
    const Reply& reply = effects_.replies[i].reply;
    forbidden = forbidden == nullptr ? forbidden_in(reply) : forbidden;
    if (!std::holds_alternative<AcceptReply>(reply)) {
      asked_.jobs.add(reply);
    }
  }
  const bool has_changed =
      asked_.has_changed_keys || (!asked_.is_accept && effects_.entries.size() > entries);
  if (!has_changed && forbidden == nullptr) {
    return;
  }
  AuditLine line{.time = now,
                 .code = static_cast<unsigned>(forbidden == nullptr ? Code::kOk : forbidden->code),
                 .method = to_string(reader_.method()),
                 .path = reader_.path(),
                 .token = asked_.token,
                 .client = asked_.client,
                 .curve_key = frame.curve_key,
                 .error = forbidden == nullptr ? std::string_view() : forbidden->detail};
  asked_.jobs.put_into(line);
  parts_.audit->note(line);
}

void Server::audit_accepts(Time now) {
  for (const Outbound& answer : effects_.replies) {
    const auto* accepted = std::get_if<AcceptReply>(&answer.reply);
    if (accepted == nullptr || accepted->jobs.empty()) {
      continue;
    }
    const DatasourceIndex index = accepted->jobs.front().key.datasource;
    const std::string path = "/jobs/" + parts_.engine.jobs().datasource(index).name + "/accept";
    AuditLine line{.time = now,
                   .code = static_cast<unsigned>(Code::kOk),
                   .method = to_string(Method::kPost),
                   .path = path,
                   .token = answer.origin.token};
    AuditedJobs jobs;
    jobs.add(answer.reply);
    jobs.put_into(line);
    parts_.audit->note(line);
  }
}

}  // namespace store

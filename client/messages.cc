#include "messages.h"

#include "jobq/connection.h"
#include "text_rules.h"

namespace jobq {
namespace {

// Both sides number their words alike; the last of each shows that none is missing.
template <typename Ours, typename Theirs>
constexpr bool is_last(Theirs theirs) {
  return kNames<Ours>.size() == static_cast<std::size_t>(theirs) + 1;
}
static_assert(is_last<Status>(protocol::Status::FORBIDDEN));
static_assert(is_last<Ending>(protocol::Attempt::Ending::UNDELIVERED));
static_assert(is_last<LogLevel>(protocol::LogLevel::ERROR));
static_assert(is_last<Reason::Kind>(protocol::Reason::Kind::RATE));
static_assert(is_last<CatchUp>(protocol::Schedule::CatchUp::ALL));
static_assert(is_last<IfUnique>(protocol::NewJob::IfUnique::REPLACE));
static_assert(is_last<FollowOn>(protocol::FollowUp::On::ANY));
static_assert(is_last<Overlap>(protocol::Schedule::Overlap::REPLACE));
static_assert(is_last<FunctionOrder>(protocol::FunctionQuery::Order::CHANGED_DOWN));
static_assert(is_last<ChangeHow>(protocol::StateChange::How::REMOVE));
static_assert(is_last<Mode>(protocol::Mode::PAUSED_AND_DRAINING));
static_assert(is_last<RequestRecord::Kind>(protocol::RequestRecord::Kind::CANCEL));
static_assert(static_cast<int>(EventKind::kOther) ==
              static_cast<int>(protocol::Event::Kind::FLAGGED) + 1);

const std::string& checked(const char* part, const std::string& id, const std::string& wrong) {
  if (!wrong.empty()) {
    throw Refused(400, std::string("path: the ") + part + " " + wrong);
  }
  return id;
}

}  // namespace

const std::string& datasource_part(const std::string& id) {
  return checked("datasource", id, wrong_with_datasource_id(id));
}

const std::string& job_part(const std::string& id) {
  return checked("job", id, wrong_with_job_id(id));
}

void throw_unknown_word(std::string_view field) {
  throw DamagedReply(schema_name(field) + ": is a word that is unknown");
}

Body::Reader body_of(protocol::Reply::Reader reply, Body::Which which) {
  require_taken(reply);
  return items_of(reply, which);
}

Body::Reader items_of(protocol::Reply::Reader reply, Body::Which which) {
  if (reply.getBody().which() != which) {
    require_taken(reply);
    throw DamagedReply("body: is another");
  }
  return reply.getBody();
}

void require_size(std::size_t size, std::size_t expected) {
  if (size != expected) {
    throw DamagedReply("has " + std::to_string(size) + " items, expected " +
                       std::to_string(expected));
  }
}

}  // namespace jobq

#include "by_users.h"

#include <algorithm>
#include <utility>

#include "core4_text.h"
#include "read_body.h"

namespace gateway {
namespace {

bool is_below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/');
}
bool is_core4(const HttpRequest& request) { return is_below(request.target.path, Core4::kPath); }

Reply unknown_user() {
  Reply reply = refusal(401, "name or password: wrong, or none");
  for (auto& [name, value] : reply.headers) {
    if (name == "WWW-Authenticate") value = R"(Basic realm="jobs", charset="UTF-8")";
  }
  return reply;
}

// Whoever asked has shown who he is: it is his token that the store does not take any more.
Reply without_challenge(Reply reply) {
  if (reply.code != 401) return reply;
  return refusal(403, "the user's token is not taken by the store");
}

// Core4: jobs are in one queue, the first of the user's. JobEngine names it.
tools::UserRights rights_of(const HttpRequest& request, const tools::User& user) {
  if (is_core4(request)) {
    if (user.rights.empty()) throw Refusal(403, "", "the user has no datasource");
    return user.rights.front();
  }
  if (request.queue.empty()) throw Refusal(400, "X-Queue", "is missing");
  const auto* rights = user.rights_for(request.queue);
  if (rights == nullptr) throw Refusal(403, "X-Queue", "the user has no such queue");
  return *rights;
}

}  // namespace

struct ByUsers::Visit {
  const Asked asked;
  const Asker asker;
};

ByUsers::ByUsers(const Parts& parts)
    : parts_(parts),
      users_(parts.settings.users_file, parts.timer),
      core4_(parts.calls, parts),
      job_engine_(parts.calls) {}

bool ByUsers::is_for(std::string_view path) {
  return is_below(path, Core4::kPath) || is_below(path, JobEngine::kPath);
}

kj::Promise<UserCheck::Found> ByUsers::identify(const HttpRequest& request) {
  const std::size_t colon = request.basic.find(':');
  const std::string name = request.basic.substr(0, colon);
  if (!is_core4(request)) {
    if (request.name.empty()) throw Refusal(400, "X-Name", "is missing");
    if (request.basic.empty()) return users_.named(request.name);
    if (name != request.name) throw Refusal(403, "X-Name", "is another user");
  }
  if (request.basic.empty()) return UserCheck::Found();
  return users_.check(name, request.basic.substr(colon + 1));
}

Told ByUsers::answer(const Asked& asked) {
  const HttpRequest& request = asked.request;
  auto told = or_refusal([&]() -> Told {
    if (JobEngine::is_test(request)) {
      if (!request.reads()) throw Refusal(405, "method", "this path takes GET");
      return some(Reply{});
    }
    return identify(request).then([this, asked](UserCheck::Found user) -> Told {
      if (!user) return some(unknown_user());
      return or_refusal([&] { return answer_user(asked, *user); });
    });
  });
  if (!is_core4(request)) return told;
  return told.then([](kj::Maybe<Reply> reply) -> kj::Maybe<Reply> {
    KJ_IF_MAYBE (one, reply) {
      if (one->code >= 400) return core4_refusal(std::move(*one));
    }
    return reply;
  });
}

Told ByUsers::answer_user(const Asked& asked, const tools::User& user) {
  auto visit = kj::heap<Visit>(Visit{asked, Asker(user.name, rights_of(asked.request, user))});
  const Visit& kept = *visit;
  auto told = read_body(asked.body, parts_.timer,
                        parts_.settings.body_timeout.count() * kj::MILLISECONDS, asked.share)
                  .then([this, &kept](BodyText read) -> Told {
                    if (read.refused) return some(std::move(*read.refused));
                    return or_refusal([&] { return answer_body(kept, read.text); });
                  })
                  .then([](kj::Maybe<Reply> reply) -> kj::Maybe<Reply> {
                    KJ_IF_MAYBE (one, reply) return without_challenge(std::move(*one));
                    return nullptr;
                  });
  return told.attach(kj::mv(visit));
}

Told ByUsers::answer_body(const Visit& visit, std::string_view body) {
  const Asked& asked = visit.asked;
  if (!is_core4(asked.request))
    return job_engine_.answer(asked.request, visit.asker, asked.share, body);
  return core4_.answer({asked.request, visit.asker, asked.share, asked.response, asked.head}, body);
}

}  // namespace gateway

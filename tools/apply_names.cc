#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apply_plan.h"
#include "authorizer.h"
#include "discharges.h"
#include "keys.h"
#include "token_options.h"

namespace tools {
namespace {

// What the token for a right allows. Of two of one kind the first counts.
struct RightToken {
  NameRight right;
  std::string UserRights::*token;
  std::vector<std::string> caveats;
};

std::vector<RightToken> tokens_for(const std::string& name, const std::string& datasource) {
  using enum NameRight;
  const std::string jobs = "/jobs/" + datasource;
  const std::string admin = "/admin/" + datasource;
  return {
      {kSubmit, &UserRights::client, {"path = /" + datasource + "/*", "client = " + name}},
      {kWork, &UserRights::driver, {"path = " + jobs + "/*"}},
      {kUpdate, &UserRights::driver, {"calls = POST " + jobs + "/update, GET " + jobs + "/job/*"}},
      {kOperate, &UserRights::operators, {"path = " + admin + "/*"}},
      {kEdit, &UserRights::operators, {"calls = POST " + admin + "/job/*"}}};
}

// Whether it is of a key that there is, and allows just that.
bool fits(const std::string& token, const std::vector<std::string>& caveats,
          const auth::RootKeys& keys) {
  const auto parsed = auth::Bundle::parse(token);
  const auto* bundle = std::get_if<auth::Bundle>(&parsed);
  if (bundle == nullptr || !bundle->discharges.empty() || !keys.find(bundle->root.identifier())) {
    return false;
  }
  const std::vector<auth::Caveat> all = bundle->root.caveats();
  return std::equal(all.begin(), all.end(), caveats.begin(), caveats.end(),
                    [](const auth::Caveat& one, const std::string& other) {
                      return !one.third_party && one.predicate == other;
                    });
}

// As it is wanted, with the tokens of `before` that fit.
UserRights made_rights(const std::string& name, const std::string& datasource,
                       const std::set<NameRight>& rights, const UserRights* before,
                       const auth::RootKeys& keys) {
  UserRights made{.datasource = datasource};
  if (before != nullptr) made.look = before->look;  // of which the file says nothing
  for (const RightToken& one : tokens_for(name, datasource)) {
    std::string& token = made.*one.token;
    if (!rights.contains(one.right) || !token.empty()) continue;
    if (before != nullptr && fits(before->*one.token, one.caveats, keys)) {
      token = before->*one.token;
      continue;
    }
    const std::string label = auth::is_label(name) ? name : std::string();
    token = narrowed(auth::mint_token(keys, {}, {}, label), one.caveats).serialize();
  }
  return made;
}

std::string words_of(const std::set<NameRight>& rights) {
  std::string words;
  for (const NameRight right : rights) {
    words += (words.empty() ? "" : " ") + std::string(jobq::to_string(right));
  }
  return words;
}

void set_rights(Users& users, const std::string& name, const UserRights& rights) {
  User& user = users[name];
  user.name = name;
  std::erase_if(user.rights,
                [&](const UserRights& one) { return one.datasource == rights.datasource; });
  user.rights.push_back(rights);
}

PlannedChange removal(Users& users, const std::string& name, const std::string& datasource) {
  return {.kind = ChangeKind::kRemove,
          .what = "right",
          .name = fmt::format("{}@{}", name, datasource),
          .apply = [&users, name, datasource] {
            std::erase_if(users[name].rights,
                          [&](const UserRights& one) { return one.datasource == datasource; });
          }};
}

}  // namespace

Plan plan_of_names(const std::map<std::string, WantedRights>& wanted, Users& users,
                   const std::string& data) {
  const auth::RootKeys keys = auth::RootKeys::load(data);
  Plan plan;
  for (const auto& [name, datasources] : wanted) {
    const auto found = users.find(name);
    for (const auto& [datasource, rights] : datasources) {
      const UserRights* before =
          found == users.end() ? nullptr : found->second.rights_for(datasource);
      const UserRights made = made_rights(name, datasource, rights, before, keys);
      if (before != nullptr && *before == made) continue;
      plan.push_back({.kind = before == nullptr ? ChangeKind::kAdd : ChangeKind::kChange,
                      .what = "right",
                      .name = fmt::format("{}@{}", name, datasource),
                      .detail = words_of(rights),
                      .apply = [&users, name = name, made] { set_rights(users, name, made); }});
    }
    if (found == users.end()) continue;
    for (const UserRights& one : found->second.rights) {
      if (!datasources.contains(one.datasource)) {
        plan.push_back(removal(users, name, one.datasource));
      }
    }
  }
  for (const auto& [name, user] : users) {
    if (wanted.contains(name)) continue;
    plan.push_back(
        {.kind = ChangeKind::kRemove, .what = "name", .name = name, .apply = [&users, name = name] {
           users.erase(name);
         }});
  }
  return plan;
}

}  // namespace tools

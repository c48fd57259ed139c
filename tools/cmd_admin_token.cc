// jobq admin usage, revoke, key: tokens as an operator minds them.
#include <fmt/format.h>

#include <memory>

#include "cmd_admin.h"
#include "discharges.h"
#include "failure.h"
#include "job_view.h"
#include "jobq/admin.h"
#include "json_text.h"
#include "keys.h"
#include "table.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

struct RevokeOptions {
  std::string id;
  std::string file;
  std::string span;
};

std::string used_text(const jobq::TokenUse& use) {
  std::string text;
  for (const auto& [unit, used] : use.rates) {
    text += fmt::format("{}{}/{}", text.empty() ? "" : " ", used, unit);
  }
  return text;
}

std::string revoked_text(const jobq::TokenUse& use) {
  if (!use.is_revoked) return {};
  return use.revoked_until == jobq::Time{} ? "for ever" : "until " + rfc3339(use.revoked_until);
}

Json fields_of(const jobq::TokenUse& use) {
  Json json;
  json["token"] = use.id;
  json["waiting"] = use.waiting;
  json["running"] = use.running;
  for (const auto& [unit, used] : use.rates) json["used"][unit] = used;
  if (use.is_revoked) json["revoked"] = true;
  if (use.revoked_until != jobq::Time{}) json["revokedUntil"] = rfc3339(use.revoked_until);
  return json;
}

void print(const std::vector<jobq::TokenUse>& uses, bool json) {
  if (json) {
    for (const jobq::TokenUse& use : uses) fmt::print("{}\n", to_text(fields_of(use)));
    return;
  }
  Table table({{"TOKEN"}, {"WAITING", true}, {"RUNNING", true}, {"USED"}, {"REVOKED"}});
  for (const jobq::TokenUse& use : uses) {
    table.add({{printable(use.id)},
               {std::to_string(use.waiting)},
               {std::to_string(use.running)},
               {used_text(use)},
               {revoked_text(use)}});
  }
  fmt::print("{}", table.render(look_of(stdout)));
}

std::string id_of_file(const std::string& file) {
  const auto parsed = auth::Bundle::parse(read_input(file, auth::kBundleBytesMax));
  if (const auto* error = std::get_if<auth::ParseError>(&parsed)) {
    throw UsageError(fmt::format("{}: {}", file, error->detail));
  }
  return std::string(std::get<auth::Bundle>(parsed).root.identifier());
}

// Of a key that may be gone.
void check_identifier(const std::string& id) {
  if (!auth::Identifier::parse(id)) {
    throw UsageError(fmt::format("'{}' is no identifier of a token; jobq inspect shows it", id));
  }
}

int run_revoke(const RevokeOptions& options, const ConnectionOptions& common) {
  if (options.id.empty() == options.file.empty()) {
    throw UsageError("name the token by its ID, or give --of FILE");
  }
  jobq::Time until{};
  if (!options.span.empty()) until = system_now() + span_of_option("--for", options.span, {});
  const std::string id = options.id.empty() ? id_of_file(options.file) : options.id;
  check_identifier(id);
  print({jobq::Admin(common.connection()).revoke(id, until)}, common.json);
  return kOk;
}

int print_keys(const jobq::RootKeyIds& ids, bool json) {
  for (const std::string& id : ids) {
    const bool is_newest = &id == &ids.back();
    if (json) {
      Json fields;
      fields["key"] = id;
      fields["newest"] = is_newest;
      fmt::print("{}\n", to_text(fields));
    } else {
      fmt::print("{}{}\n", printable(id), is_newest ? "  signs new tokens" : "");
    }
  }
  return kOk;
}

void add_keys(Program& program, CLI::App& admin) {
  CLI::App* key = program.add_parent(
      {"key", "Tokens", "Root keys, which tokens are signed with",
       "  jobq admin key new       # then mint new tokens, and when the old ones are out of use:\n"
       "  jobq admin key retire k1"},
      admin);
  (void)program.add(
      {"list", "", "Their ids, oldest first", "  jobq admin key list"},
      [&program] {
        return print_keys(jobq::Admin(program.common.connection()).root_keys(),
                          program.common.json);
      },
      *key);
  (void)program.add(
      {"new", "", "Make a key; `jobq mint` uses the newest", "  jobq admin key new"},
      [&program] {
        return print_keys(jobq::Admin(program.common.connection()).new_root_key(),
                          program.common.json);
      },
      *key);
  auto id = std::make_shared<std::string>();
  CLI::App* retire = program.add(
      {"retire", "", "End all tokens of a key, with their leases and streams",
       "  jobq admin key retire k1"},
      [id, &program] {
        return print_keys(jobq::Admin(program.common.connection()).retire_root_key(*id),
                          program.common.json);
      },
      *key);
  retire->add_option("KEY", *id, "Its id: the part of a token's identifier before the dot")
      ->required();
}

}  // namespace

void add_admin_token(Program& program, CLI::App& admin) {
  (void)program.add(
      {"usage", "Tokens", "Which tokens have jobs, what they have used, which are revoked",
       "  jobq admin usage\n\n"
       "A token goes by its identifier, which `jobq inspect` shows; copies that were narrowed are\n"
       "counted with it. USED counts jobs (by their functions' costs) over the last second,\n"
       "minute, hour or day, for tokens with a `rate` caveat, from its first use on."},
      [&program] {
        print(jobq::Admin(program.common.connection()).tokens(), program.common.json);
        return kOk;
      },
      admin);

  auto revoke = std::make_shared<RevokeOptions>();
  CLI::App* command = program.add(
      {"revoke", "Tokens", "Accept no copy of a token any more",
       "  jobq admin revoke k1.Ld1cHqPHPcUQj1OcWD5kxg\n"
       "  jobq admin revoke --of lost.token --for 30d\n\n"
       "Jobs that a worker has by it wait again, and status streams end. Its tickets and leases\n"
       "end too. There is no way back: mint another one."},
      [revoke, &program] { return run_revoke(*revoke, program.common); }, admin);
  command->add_option("ID", revoke->id, "The token's identifier");
  command->add_option("--of", revoke->file, "File with the token, - for standard input")
      ->type_name("FILE");
  command
      ->add_option("--for", revoke->span,
                   "The store may forget it then; at least as long as the token is good.\n"
                   "Default: for ever")
      ->type_name("SPAN");
  add_keys(program, admin);
}

}  // namespace tools

// jobq admin usage, revoke, key: tokens as an operator minds them.
#include "arbiter.h"
#include "discharges.h"
#include "jobq/admin.h"
#include "keys.h"
#include "output.h"
#include "program.h"
#include "token_options.h"
#include "utf8.h"

namespace tools {
namespace {

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

int show_uses(const ConnectionOptions& common, const std::vector<jobq::TokenUse>& uses) {
  return show_all(common, uses, [&] {
    Table table({{"TOKEN"}, {"WAITING", true}, {"RUNNING", true}, {"USED"}, {"REVOKED"}});
    for (const jobq::TokenUse& use : uses) {
      table.add({{use.id},
                 {std::to_string(use.waiting)},
                 {std::to_string(use.running)},
                 {used_text(use)},
                 {revoked_text(use)}});
    }
    return table.render(display_of(stdout));
  });
}

struct Usage {
  static constexpr Words kWords{
      "usage", "Tokens", "Which tokens have jobs, what they have used, which are revoked",
      "  jobq admin usage\n\n"
      "A token goes by its identifier, which `jobq inspect` shows; copies that were narrowed are\n"
      "counted with it. USED counts jobs (by their functions' costs) over the last second,\n"
      "minute, hour or day, for tokens with a `rate` caveat; of several budgets, the most used "
      "one's."};

  int run(const ConnectionOptions& common) const {
    return show_uses(common, jobq::Admin(common.connection()).tokens());
  }
};

std::string id_of_file(const std::string& file) {
  const std::string text = read_input(file, auth::kBundleBytesMax);
  return auth::identity_of(unless_wrong(auth::Bundle::parse(text), file + ": ").root);
}

// Of a key that may be gone.
void check_identifier(const std::string& id) {
  if (!auth::Identifier::parse(id)) {
    throw UsageError(fmt::format("'{}' is no identifier of a token; jobq inspect shows it", id));
  }
}

struct Revoke {
  static constexpr Words kWords{
      "revoke", "Tokens", "Accept no copy of a token any more",
      "  jobq admin revoke k1.Ld1cHqPHPcUQj1OcWD5kxg\n"
      "  jobq admin revoke --of lost.token --for 30d\n\n"
      "Jobs that a worker has by it wait again, and status streams end. Its tickets and leases\n"
      "end too. There is no way back: mint another one."};

  std::string id;
  std::string file;
  jobq::Span span{};

  void declare(Options& options) {
    options.text("[ID]", id, "The token's identifier");
    options.text("--of FILE", file, "File with the token, - for standard input");
    options.span("--for SPAN", span,
                 "The store may forget it then; at least as long as the token is good.\n"
                 "Default: for ever");
  }

  int run(const ConnectionOptions& common) const {
    if (id.empty() == file.empty()) {
      throw UsageError("name the token by its ID, or give --of FILE");
    }
    const std::string revoked = id.empty() ? id_of_file(file) : id;
    check_identifier(revoked);
    const jobq::Time until = span == jobq::Span{} ? jobq::Time{} : system_now() + span;
    return show_uses(common, {jobq::Admin(common.connection()).revoke(revoked, until)});
  }
};

int show_keys(const ConnectionOptions& common, const jobq::RootKeyIds& ids) {
  for (const std::string& id : ids) {
    const bool is_newest = &id == &ids.back();
    show(common, Json{{"key", id}, {"newest", is_newest}}, [&] {
      return fmt::format("{}{}\n", printable(id), is_newest ? "  signs new tokens" : "");
    });
  }
  return kOk;
}

struct KeyList {
  static constexpr Words kWords{"list", "Tokens", "Their ids, oldest first",
                                "  jobq admin key list"};

  int run(const ConnectionOptions& common) const {
    return show_keys(common, jobq::Admin(common.connection()).root_keys());
  }
};

struct KeyNew {
  static constexpr Words kWords{"new", "Tokens", "Make a key; `jobq mint` uses the newest",
                                "  jobq admin key new"};

  int run(const ConnectionOptions& common) const {
    return show_keys(common, jobq::Admin(common.connection()).new_root_key());
  }
};

struct KeyRetire {
  static constexpr Words kWords{"retire", "Tokens",
                                "End all tokens of a key, with their leases and streams",
                                "  jobq admin key retire k1"};

  std::string id;

  void declare(Options& options) {
    options.text("KEY", id, "Its id: the part of a token's identifier before the dot");
  }

  int run(const ConnectionOptions& common) const {
    return show_keys(common, jobq::Admin(common.connection()).retire_root_key(id));
  }
};

}  // namespace

void add_admin_token(Program& program, CLI::App& admin) {
  program.add<Usage, Revoke>(admin);
  CLI::App* key = program.add_parent(
      {"key", "Tokens", "Root keys, which tokens are signed with",
       "  jobq admin key new       # then mint new tokens, and when the old ones are out of use:\n"
       "  jobq admin key retire k1"},
      admin);
  program.add<KeyList, KeyNew, KeyRetire>(*key);
}

}  // namespace tools

// jobq mint, attenuate: making tokens and narrowing them. Neither asks the store.
#include <fmt/format.h>

#include <memory>

#include "authorizer.h"
#include "caveats.h"
#include "commands.h"
#include "failure.h"
#include "keys.h"
#include "token_options.h"

namespace tools {
namespace {

struct MintOptions {
  std::string data;
  std::vector<std::string> paths;
  std::string client_of;
  std::string driver_of;
  bool is_operator = false;
  std::string operator_of;
  LimitOptions limits;
  std::string label;
  bool unlimited = false;
};

struct AttenuateOptions {
  std::string token;
  std::string path;
  std::string datasource;
  LimitOptions limits;
  std::string third_party;
  std::string identifier;
  std::string key_file;
};

std::vector<std::string> caveats_of(const MintOptions& options) {
  const auto need_one = [](const char* name, const std::vector<std::string>& values) {
    if (values.size() > 1) {
      throw UsageError(
          fmt::format("{0} given twice: all caveats of a token must hold, so a second "
                      "{0} allows less, not more; mint two tokens",
                      name));
    }
  };
  need_one("--path", options.paths);
  need_one("--method", options.limits.methods);
  const bool is_operator = options.is_operator || !options.operator_of.empty();
  if ((!options.driver_of.empty() || is_operator) && !options.limits.client.empty()) {
    throw UsageError("--client is for clients: the store refuses drivers and operators with it");
  }
  std::vector<std::string> caveats;
  if (!options.client_of.empty()) caveats.push_back("path = /" + options.client_of + "/*");
  if (!options.driver_of.empty()) caveats.push_back("path = /jobs/" + options.driver_of + "/*");
  if (options.is_operator) caveats.push_back("path = /admin/*");
  if (!options.operator_of.empty()) {
    caveats.push_back("path = /admin/" + options.operator_of + "/*");
  }
  for (const std::string& path : options.paths) caveats.push_back("path = " + path);
  const std::vector<std::string> limits = options.limits.caveats();
  caveats.insert(caveats.end(), limits.begin(), limits.end());
  return caveats;
}

int run_mint(const MintOptions& options) {
  const std::vector<std::string> caveats = caveats_of(options);
  if (caveats.empty() && !options.unlimited) {
    throw UsageError(
        "nothing limits this token: give --client-of, --driver-of, --path, --expires "
        "and so on, or say --unlimited");
  }
  if (!caveats.empty() && options.unlimited) {
    throw UsageError("--unlimited goes with no limit, such as --path or --expires");
  }
  check_caveats({}, caveats);
  if (!options.label.empty() && !auth::is_label(options.label)) {
    throw UsageError("--label: 1-32 characters of A-Z a-z 0-9 _ -");
  }
  const auth::RootKeys keys = auth::RootKeys::load(options.data);
  // The location may name the store, as a hint for readers, or nothing.
  const auth::Macaroon token = auth::mint_token(keys, options.limits.target, {}, options.label);
  fmt::print("{}\n", narrowed(token, caveats).serialize());
  if (!options.client_of.empty() && options.limits.client.empty()) {
    fmt::print(stderr, "jobq: note: without --client the holder may act as any client of {}\n",
               options.client_of);
  }
  return kOk;
}

int run_attenuate(const AttenuateOptions& options, const ConnectionOptions& common) {
  std::vector<std::string> caveats;
  if (!options.path.empty()) caveats.push_back("path = " + options.path);
  if (!options.datasource.empty()) caveats.push_back("path = /" + options.datasource + "/job/*");
  const std::vector<std::string> limits = options.limits.caveats();
  caveats.insert(caveats.end(), limits.begin(), limits.end());
  if (caveats.empty() && options.third_party.empty()) {
    throw UsageError("no caveat given: say --caveat, --client, --expires and so on");
  }
  const auth::Bundle bundle = find_bundle(options.token, common);
  if (!bundle.discharges.empty()) {
    throw UsageError(
        "discharges are bound to this token, and narrowing it would part them: narrow the token "
        "without discharges, then bind them");
  }
  check_caveats(bundle.root.caveats(), caveats);
  warn_if_expired(bundle.root.caveats());
  auth::Macaroon token = narrowed(bundle.root, caveats);
  if (!options.third_party.empty()) {
    const auth::WipedText key{read_shared_key(options.key_file)};
    auto wanting =
        token.with_third_party_caveat({options.third_party, key.text, options.identifier});
    if (!wanting) throw UsageError("--identifier is empty, or the token would be too long");
    token = *std::move(wanting);
  }
  fmt::print("{}\n", token.serialize());
  return kOk;
}

}  // namespace

void add_mint(Program& program) {
  auto options = std::make_shared<MintOptions>();
  CLI::App* command =
      program.add({"mint", "Tokens", "Make a token from the store's root keys, print it",
                   "  jobq mint --data DIR --client-of scan --client alice --label alice --expires "
                   "7d > alice.token\n"
                   "  jobq mint --data DIR --driver-of scan --expires 7d > scan.token\n"
                   "  jobq mint --data DIR --operator --expires 1d > operator.token\n"
                   "  jobq mint --data DIR --path '/scan/job/*' --method GET --expires 1h\n"
                   "All limits must hold. `umask 077` keeps a file from other users."},
                  [options] { return run_mint(*options); });
  command->add_option("--data", options->data, "Data directory of the store")
      ->type_name("DIR")
      ->required();
  auto* scope = command->add_option_group("scope", "What the token is for, one of");
  scope->add_option("--client-of", options->client_of, "Clients of this datasource: path /DSID/*")
      ->type_name("DSID");
  scope
      ->add_option("--driver-of", options->driver_of,
                   "Drivers of this datasource: path /jobs/DSID/*")
      ->type_name("DSID");
  scope->add_flag("--operator", options->is_operator, "Operators: path /admin/*");
  scope
      ->add_option("--operator-of", options->operator_of,
                   "Operators of this datasource alone: path /admin/DSID/*")
      ->type_name("DSID");
  scope->add_option("--path", options->paths, "This path, or what starts with it up to its *")
      ->type_name("PATH")
      ->allow_extra_args(false);
  scope->require_option(0, 1);
  options->limits.declare(*command);
  command->add_option("--label", options->label, "By which to know it again in lists; no secret")
      ->type_name("NAME");
  command->add_flag("--unlimited", options->unlimited, "A token without any limit");
}

void add_attenuate(Program& program) {
  auto options = std::make_shared<AttenuateOptions>();
  CLI::App* command =
      program.add({"attenuate", "Tokens", "Narrow a token; works offline, without keys",
                   "  jobq attenuate --datasource scan --job j1 --expires 1h --token-file a.token\n"
                   "  jobq attenuate --caveat 'time < 2026-12-01' --caveat 'client = bob' TOKEN"},
                  [options, &program] { return run_attenuate(*options, program.common); });
  command->add_option("TOKEN", options->token,
                      "The token, - for standard input; default: the token of the other commands");
  command->add_option("--path", options->path, "This path, or what starts with it up to its *")
      ->type_name("PATH");
  command
      ->add_option("--datasource", options->datasource,
                   "Only jobs of this datasource: path /DSID/job/*")
      ->type_name("DSID");
  options->limits.declare(*command);
  auto* third = command->add_option("--third-party", options->third_party,
                                    "Only with a discharge by the party found there");
  third->type_name("URL");
  auto* identifier = command->add_option("--identifier", options->identifier,
                                         "What that party is asked for, in words it knows");
  identifier->type_name("TEXT")->needs(third);
  auto* key = command->add_option("--key-file", options->key_file,
                                  "File with the key that is shared with that party alone");
  key->type_name("FILE")->needs(third);
  third->needs(identifier)->needs(key);
}

}  // namespace tools

// jobq discharge, keygen: what third-party caveats and `curve` caveats need. Neither asks the
// store.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands.h"
#include "failure.h"
#include "keys.h"
#include "secret_file.h"
#include "token_options.h"

namespace tools {
namespace {

struct DischargeOptions {
  std::string token;
  std::string key_file;
  std::string identifier;
  std::string location;
  std::string bind;
  LimitOptions limits;
};

// The third-party caveats of a token and of its discharges that no discharge there belongs to.
std::vector<auth::Caveat> open_caveats(const auth::Bundle& bundle) {
  std::vector<auth::Caveat> open = bundle.root.caveats();
  for (const auth::Macaroon& discharge : bundle.discharges) {
    const std::vector<auth::Caveat> more = discharge.caveats();
    open.insert(open.end(), more.begin(), more.end());
  }
  std::erase_if(open, [&](const auth::Caveat& caveat) {
    return !caveat.third_party || std::any_of(bundle.discharges.begin(), bundle.discharges.end(),
                                              [&](const auth::Macaroon& it) {
                                                return it.identifier() == caveat.predicate;
                                              });
  });
  return open;
}

auth::Caveat caveat_to_discharge(const auth::Bundle& bundle, const std::string& identifier) {
  std::vector<auth::Caveat> open = open_caveats(bundle);
  if (!identifier.empty()) {
    std::erase_if(open, [&](const auth::Caveat& it) { return it.predicate != identifier; });
  }
  if (open.empty()) {
    throw UsageError(identifier.empty()
                         ? "the token has no third-party caveat that lacks a discharge"
                         : "the token has no third-party caveat with this identifier that lacks a "
                           "discharge");
  }
  if (open.size() > 1) {
    throw UsageError("several third-party caveats have no discharge: say which by --identifier");
  }
  return open.front();
}

auth::Macaroon mint_discharge(const DischargeOptions& options, const std::string& identifier,
                              const std::string& location) {
  const std::vector<std::string> caveats = options.limits.caveats();
  check_caveats({}, caveats);
  const auth::WipedText key{read_shared_key(options.key_file)};
  try {
    return narrowed(auth::Macaroon::mint(key.text, identifier, location), caveats);
  } catch (const std::length_error&) {
    throw UsageError("the discharge would be too long");
  }
}

int run_discharge(const DischargeOptions& options, const ConnectionOptions& common) {
  if (options.key_file.empty() == options.bind.empty()) {
    throw UsageError("give --key-file to make a discharge, or --bind to bind one");
  }
  if (!options.location.empty()) {
    if (options.key_file.empty() || options.identifier.empty()) {
      throw UsageError("--location goes with --key-file and --identifier");
    }
    fmt::print("{}\n", mint_discharge(options, options.identifier, options.location).serialize());
    return kOk;
  }
  const bool has_limits = !options.limits.caveats().empty();
  if (!options.bind.empty() && (has_limits || !options.identifier.empty())) {
    throw UsageError("--bind takes the discharge as it is: no limits and no --identifier with it");
  }
  auth::Bundle bundle = find_bundle(options.token, common);
  if (!options.bind.empty()) {
    const auto parsed = auth::Macaroon::parse(read_input(options.bind, auth::kTokenBytesMax + 2));
    if (const auto* error = std::get_if<auth::ParseError>(&parsed)) {
      throw UsageError("--bind: " + error->detail);
    }
    const auto& discharge = std::get<auth::Macaroon>(parsed);
    // Only to refuse what belongs elsewhere.
    static_cast<void>(caveat_to_discharge(bundle, std::string(discharge.identifier())));
    bundle.discharges.push_back(bundle.root.bind(discharge));
  } else {
    const auth::Caveat caveat = caveat_to_discharge(bundle, options.identifier);
    const auth::Macaroon discharge = mint_discharge(options, caveat.predicate, caveat.location);
    bundle.discharges.push_back(bundle.root.bind(discharge));
  }
  fmt::print("{}\n", bundle.serialize());
  return kOk;
}

int run_keygen(const std::string& file) {
  fmt::print("{}\n", auth::write_new_curve_key(file));
  return kOk;
}

}  // namespace

void add_discharge(Program& program) {
  auto options = std::make_shared<DischargeOptions>();
  CLI::App* command = program.add(
      {"discharge", "Tokens", "Meet a token's third-party caveat; works offline",
       "  jobq discharge --key-file shared.key --expires 5m TOKEN      make it and bind it\n"
       "  jobq discharge --key-file shared.key --location URL --identifier TEXT > d.token\n"
       "  jobq discharge --bind d.token TOKEN                          bind what another made"},
      [options, &program] { return run_discharge(*options, program.common); });
  command->add_option("TOKEN", options->token,
                      "The token, - for standard input; default: the token of the other commands");
  auto* key = command->add_option("--key-file", options->key_file,
                                  "File with the key that is shared with the token's maker");
  key->type_name("FILE");
  command->add_option("--identifier", options->identifier, "Which third-party caveat is meant")
      ->type_name("TEXT");
  command
      ->add_option("--location", options->location,
                   "Make it without the token, for whoever is found there to hand out")
      ->type_name("URL");
  command->add_option("--bind", options->bind, "Bind the discharge in this file to the token")
      ->type_name("FILE")
      ->excludes(key);
  options->limits.declare(*command);
}

void add_keygen(Program& program) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = program.add(
      {"keygen", "Tokens", "Make a CURVE key pair: write the secret key, print the public one",
       "  jobq keygen driver.secret > driver.public"},
      [file] { return run_keygen(*file); });
  command->add_option("FILE", *file, "New file for the secret key, mode 0600")->required();
}

}  // namespace tools

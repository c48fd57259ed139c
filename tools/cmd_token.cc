// jobq mint, attenuate, discharge, keygen: making tokens, narrowing them, and what third-party and
// `curve` caveats need. None asks the store.
#include <fmt/format.h>

#include <algorithm>

#include "authorizer.h"
#include "keys.h"
#include "printing.h"
#include "program.h"
#include "secret_file.h"
#include "text_rules.h"
#include "token_options.h"

namespace tools {
namespace {

// Some paths and not others.
bool is_limit_of_paths(const std::string& caveat) {
  return caveat.starts_with("path = ") && caveat != "path = *" && caveat != "path = /*";
}

struct Mint {
  static constexpr Words kWords{
      "mint", "Tokens", "Make a token from the store's root keys, print it",
      "  jobq mint --data DIR --client-of scan --client alice --label alice -o alice.token\n"
      "  jobq mint --data DIR --client-of scan --run-code --client alice -o runs.token\n"
      "  jobq mint --data DIR --driver-of scan --expires 7d -o scan.token\n"
      "  jobq mint --data DIR --operator --expires 1d -o operator.token\n"
      "  jobq mint --data DIR --path '/scan/job/*' --method GET --expires 1h\n"
      "All limits must hold."};

  std::string data;
  std::vector<std::string> paths;
  std::string client_of;
  std::string driver_of;
  bool is_operator = false;
  std::string operator_of;
  LimitOptions limits;
  std::string label;
  bool run_code = false;
  bool unlimited = false;
  TokenOutput output;

  void declare(Options& options) {
    Options::require(declare_data(options, data, "Data directory of the store"));
    Options scope = options.one_of("What the token is for, one of", false);
    scope.datasource("--client-of DSID", client_of, "Clients of this datasource: path /DSID/*");
    scope.datasource("--driver-of DSID", driver_of,
                     "Drivers of this datasource: path /jobs/DSID/*");
    scope.flag("--operator", is_operator, "Operators: path /admin/*");
    scope.datasource("--operator-of DSID", operator_of,
                     "Operators of this datasource alone: path /admin/DSID/*");
    scope.texts("--path PATH", paths, "This path, or what starts with it up to its *");
    options.flag("--run-code", run_code,
                 "With --client-of: may add code too, and have jobs run it: path "
                 "/jobs/DSID/code/*");
    limits.declare(options);
    options.text("--label NAME", label, "By which to know it again in lists; no secret");
    options.flag("--unlimited", unlimited, "A token for all paths, keys and tokens included");
    output.declare(options);
  }

  std::vector<std::string> caveats() const {
    if (paths.size() > 1) {
      throw UsageError(
          "--path given twice: all caveats of a token must hold, so a second --path allows less, "
          "not more; mint two tokens");
    }
    for (const auto& [option, name] : {std::pair("--client-of", &client_of),
                                       {"--driver-of", &driver_of},
                                       {"--operator-of", &operator_of}}) {
      const std::string wrong = name->empty() ? "" : jobq::wrong_with_datasource_id(*name);
      if (!wrong.empty()) throw UsageError(fmt::format("{}: '{}' {}", option, *name, wrong));
    }
    const bool is_for_operators = is_operator || !operator_of.empty();
    if ((!driver_of.empty() || is_for_operators) && !limits.value_of("client = ").empty()) {
      throw UsageError("--client is for clients: the store refuses drivers and operators with it");
    }
    std::vector<std::string> caveats;
    if (run_code && client_of.empty()) throw UsageError("--run-code goes with --client-of");
    if (!client_of.empty()) caveats.push_back(client_paths());
    if (!driver_of.empty()) caveats.push_back("path = /jobs/" + driver_of + "/*");
    if (is_operator) caveats.push_back("path = /admin/*");
    if (!operator_of.empty()) caveats.push_back("path = /admin/" + operator_of + "/*");
    for (const std::string& path : paths) caveats.push_back("path = " + path);
    caveats.insert(caveats.end(), limits.caveats.begin(), limits.caveats.end());
    return caveats;
  }

  // All caveats of a token must hold, so two paths stand in one.
  std::string client_paths() const {
    const std::string own = "/" + client_of + "/*";
    return run_code ? "calls = " + own + ", /jobs/" + client_of + "/code/*" : "path = " + own;
  }

  int run(const ConnectionOptions&) const {
    const std::vector<std::string> all = caveats();
    const bool has_all_paths = !run_code && std::none_of(all.begin(), all.end(), is_limit_of_paths);
    if (has_all_paths && !unlimited) {
      throw UsageError(
          "no limit of paths: such a token manages the store and its keys; give --client-of, "
          "--driver-of, --operator-of or --path, or say --unlimited");
    }
    if (!has_all_paths && unlimited) {
      throw UsageError("--unlimited goes with no limit of paths");
    }
    check_caveats({}, all);
    if (!label.empty() && !auth::is_label(label)) {
      throw UsageError("--label: 1-32 characters of A-Z a-z 0-9 _ -");
    }
    const auth::RootKeys keys = auth::RootKeys::load(data);
    // The location may name the store, as a hint for readers, or nothing.
    const auth::Macaroon token = auth::mint_token(keys, limits.value_of("target = "), {}, label);
    output.write(narrowed(token, all).serialize());
    if (!client_of.empty() && limits.value_of("client = ").empty()) {
      say("jobq: note: without --client the holder may act as any client of {}\n", client_of);
    }
    return kOk;
  }
};

struct Attenuate {
  static constexpr Words kWords{
      "attenuate", "Tokens", "Narrow a token; works offline, without keys",
      "  jobq attenuate --datasource scan --job j1 --expires 1h --token-file a.token\n"
      "  jobq attenuate --caveat 'time < 2026-12-01' --caveat 'client = bob' TOKEN"};

  std::string token;
  std::string path;
  std::string datasource;
  LimitOptions limits;
  std::string third_party;
  std::string identifier;
  std::string key_file;
  TokenOutput output;

  void declare(Options& options) {
    declare_token(options, token);
    options.text("--path PATH", path, "This path, or what starts with it up to its *");
    options.datasource("--datasource DSID", datasource,
                       "Only jobs of this datasource: path /DSID/job/*");
    limits.declare(options);
    auto* third = options.text("--third-party URL", third_party,
                               "Only with a discharge by the party found there");
    auto* what = options.text("--identifier TEXT", identifier,
                              "What that party is asked for, in words it knows");
    auto* key = options.text("--key-file FILE", key_file,
                             "File with the key that is shared with that party alone");
    for (auto* other : {what, key}) {
      Options::need(other, third);
      Options::need(third, other);
    }
    output.declare(options);
  }

  int run(const ConnectionOptions& common) const {
    std::vector<std::string> caveats;
    if (!path.empty()) caveats.push_back("path = " + path);
    if (!datasource.empty()) caveats.push_back("path = /" + datasource + "/job/*");
    caveats.insert(caveats.end(), limits.caveats.begin(), limits.caveats.end());
    if (caveats.empty() && third_party.empty()) {
      throw UsageError("no caveat given: say --caveat, --client, --expires and so on");
    }
    const auth::Bundle bundle = find_bundle(token, common);
    auto narrow = unless_wrong(bundle.narrowed(caveats));
    check_caveats(bundle.root.caveats(), caveats);
    warn_if_expired(bundle.root.caveats());
    if (!third_party.empty()) {
      const auth::WipedText key{read_shared_key(key_file)};
      auto wanting = narrow.with_third_party_caveat({third_party, key.text, identifier});
      if (!wanting) throw UsageError("--identifier is empty, or the token would be too long");
      narrow = *std::move(wanting);
    }
    output.write(narrow.serialize());
    return kOk;
  }
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

struct Discharge {
  static constexpr Words kWords{
      "discharge", "Tokens", "Meet a token's third-party caveat; works offline",
      "  jobq discharge --key-file shared.key --expires 5m TOKEN      make it and bind it\n"
      "  jobq discharge --key-file shared.key --location URL --identifier TEXT > d.token\n"
      "  jobq discharge --bind d.token TOKEN                          bind what another made"};

  std::string token;
  std::string key_file;
  std::string identifier;
  std::string location;
  std::string bound;
  LimitOptions limits;
  TokenOutput output;

  void declare(Options& options) {
    declare_token(options, token);
    auto* key = options.text("--key-file FILE", key_file,
                             "File with the key that is shared with the token's maker");
    options.text("--identifier TEXT", identifier, "Which third-party caveat is meant");
    options.text("--location URL", location,
                 "Make it without the token, for whoever is found there to hand out");
    Options::exclude(
        options.text("--bind FILE", bound, "Bind the discharge in this file to the token"), key);
    limits.declare(options);
    output.declare(options);
  }

  auth::Macaroon mint(const std::string& what, const std::string& where) const {
    check_caveats({}, limits.caveats);
    const auth::WipedText key{read_shared_key(key_file)};
    try {
      return narrowed(auth::Macaroon::mint(key.text, what, where), limits.caveats);
    } catch (const std::length_error&) {
      throw UsageError("the discharge would be too long");
    }
  }

  auth::Macaroon read_bound(const auth::Bundle& bundle) const {
    const std::string text = read_input(bound, auth::kTokenBytesMax + 2);
    auth::Macaroon discharge = unless_wrong(auth::Macaroon::parse(text), "--bind: ");
    // Only to refuse what belongs elsewhere.
    static_cast<void>(caveat_to_discharge(bundle, std::string(discharge.identifier())));
    return discharge;
  }

  int run(const ConnectionOptions& common) const {
    if (key_file.empty() == bound.empty()) {
      throw UsageError("give --key-file to make a discharge, or --bind to bind one");
    }
    if (!location.empty()) {
      if (key_file.empty() || identifier.empty()) {
        throw UsageError("--location goes with --key-file and --identifier");
      }
      output.write(mint(identifier, location).serialize());
      return kOk;
    }
    if (!bound.empty() && (!limits.caveats.empty() || !identifier.empty())) {
      throw UsageError(
          "--bind takes the discharge as it is: no limits and no --identifier with it");
    }
    auth::Bundle bundle = find_bundle(token, common);
    if (!bound.empty()) {
      bundle.discharges.push_back(bundle.root.bind(read_bound(bundle)));
    } else {
      const auth::Caveat caveat = caveat_to_discharge(bundle, identifier);
      bundle.discharges.push_back(bundle.root.bind(mint(caveat.predicate, caveat.location)));
    }
    output.write(bundle.serialize());
    return kOk;
  }
};

struct Keygen {
  static constexpr Words kWords{"keygen", "Tokens",
                                "Make a CURVE key pair: write the secret key, print the public one",
                                "  jobq keygen driver.secret > driver.public"};

  std::string file;

  void declare(Options& options) {
    options.text("FILE", file, "New file for the secret key, mode 0600");
  }

  int run(const ConnectionOptions&) const {
    print("{}\n", auth::write_new_curve_key(file));
    return kOk;
  }
};

}  // namespace

void add_mint(Program& program) { program.add<Mint, Attenuate>(); }
void add_discharge(Program& program) { program.add<Discharge, Keygen>(); }

}  // namespace tools

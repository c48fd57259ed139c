// jobq discharge, keygen: what third-party caveats and `curve` caveats need. Neither asks the
// store.
#include <fmt/format.h>

#include <algorithm>

#include "commands.h"
#include "keys.h"
#include "secret_file.h"
#include "token_options.h"

namespace tools {
namespace {

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
    fmt::print("{}\n", auth::write_new_curve_key(file));
    return kOk;
  }
};

}  // namespace

void add_discharge(Program& program) { program.add<Discharge, Keygen>(); }

}  // namespace tools

// jobq mint, inspect: capability tokens. Neither asks the store.
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "authorizer.h"
#include "caveats.h"
#include "commands.h"
#include "connection_options.h"
#include "failure.h"
#include "json_text.h"
#include "keys.h"
#include "macaroon.h"
#include "table.h"
#include "time_text.h"
#include "timestamp.h"

namespace tools {
namespace {

constexpr std::size_t kTokenFileBytesMax = 64U << 10;

struct MintOptions {
  std::string data;
  std::vector<std::string> paths;
  std::vector<std::string> methods;
  std::string client_of;
  std::string driver_of;
  bool is_operator = false;
  std::string operator_of;
  std::string client;
  std::string target;
  std::string expires;
  std::vector<std::string> raw;
  bool unlimited = false;
};

struct InspectOptions {
  std::string token;
  std::string data;
};

// "1h" from now, or an instant as caveats spell it.
std::string expiry_caveat(const std::string& text) {
  const jobq::Time now = system_now();
  auto instant = auth::parse_time(text);
  if (const auto span = parse_span(text); span && !instant) {
    instant = now + *span;
    // Nobody minds a fraction of a second then, and it reads better.
    if (*span >= std::chrono::minutes(1)) {
      instant = std::chrono::floor<std::chrono::seconds>(*instant);
    }
  }
  if (!instant) {
    throw UsageError(
        fmt::format("--expires: '{}' is neither a duration (90s, 15m, 1h, 7d) nor a "
                    "time (2026-11-23T10:00:00Z)",
                    text));
  }
  if (*instant <= now) throw UsageError("--expires: that is not in the future");
  return "time < " + rfc3339(*instant);
}

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
  need_one("--method", options.methods);
  const bool is_operator = options.is_operator || !options.operator_of.empty();
  if ((!options.driver_of.empty() || is_operator) && !options.client.empty()) {
    throw UsageError("--client is for clients: the store refuses drivers and operators with it");
  }
  std::vector<std::string> caveats;
  if (!options.client_of.empty()) caveats.push_back("path = /" + options.client_of + "/*");
  if (!options.driver_of.empty()) caveats.push_back("path = /jobs/" + options.driver_of + "/*");
  if (options.is_operator) caveats.push_back("path = /admin/*");
  if (!options.operator_of.empty())
    caveats.push_back("path = /admin/" + options.operator_of + "/*");
  for (const std::string& path : options.paths) caveats.push_back("path = " + path);
  for (const std::string& method : options.methods) caveats.push_back("method = " + method);
  if (!options.client.empty()) caveats.push_back("client = " + options.client);
  if (!options.target.empty()) caveats.push_back("target = " + options.target);
  if (!options.expires.empty()) caveats.push_back(expiry_caveat(options.expires));
  caveats.insert(caveats.end(), options.raw.begin(), options.raw.end());
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
  std::vector<auth::Caveat> parsed;
  for (const std::string& caveat : caveats) parsed.push_back({caveat, false});
  if (!auth::Caveats::parse(parsed).is_satisfiable()) {
    for (const auth::Caveat& caveat : parsed) {
      if (auth::Caveats::parse({caveat}).is_satisfiable()) continue;
      throw UsageError(fmt::format("the store would allow {}", auth::explain(caveat)));
    }
    throw UsageError("two caveats contradict each other, the store would allow nothing");
  }
  const auth::RootKeys keys = auth::RootKeys::load(options.data);
  try {
    // The location may name the store, as a hint for readers, or nothing.
    fmt::print("{}\n", auth::mint_token(keys, options.target, caveats).serialize());
  } catch (const std::length_error&) {
    throw UsageError("the token would be too long");
  }
  if (!options.client_of.empty() && options.client.empty()) {
    fmt::print(stderr, "jobq: note: without --client the holder may act as any client of {}\n",
               options.client_of);
  }
  return kOk;
}

std::string signature_words(const auth::Macaroon& token, const std::string& data) {
  if (data.empty()) return "not checked (--data DIR does)";
  const auth::RootKeys keys = auth::RootKeys::load(data);
  const auto key = keys.find(token.identifier());
  if (!key) return "made with a key that is not in " + data;
  return token.verify(*key) ? "good" : "wrong";
}

std::string expiry_words(const auth::Caveats& caveats, jobq::Time now) {
  const auto expires = caveats.expires();
  if (!expires) return "never";
  return fmt::format("{} ({})", auth::format_time(*expires),
                     (*expires <= now ? "expired " : "") + distance_text(*expires, now));
}

// A token taken apart.
struct Inspected {
  std::string identifier;
  std::string key;
  std::string location;
  std::vector<auth::Caveat> listed;
  auth::Caveats caveats;
  std::string signature;
  bool is_expired = false;
};

Json fields_of(const Inspected& token) {
  Json json;
  json["identifier"] = token.identifier;
  json["key"] = token.key;
  json["location"] = token.location;
  json["caveats"] = Json::array();
  for (const auth::Caveat& caveat : token.listed) {
    Json item;
    item["caveat"] = caveat.predicate;
    item["means"] = auth::explain(caveat);
    json["caveats"].push_back(item);
  }
  if (!token.caveats.client().empty()) json["client"] = token.caveats.client();
  if (token.caveats.expires()) json["expires"] = rfc3339(*token.caveats.expires());
  json["expired"] = token.is_expired;
  json["understood"] = token.caveats.is_satisfiable();
  json["signature"] = token.signature;
  return json;
}

std::string describe(const Inspected& token, jobq::Time now, const Look& look) {
  Table table({{}, {}});
  const auto add = [&](const char* name, const std::string& words, Style style = Style::kPlain) {
    table.add({{name, Style::kFaint}, {words, style}});
  };
  add("identifier", token.identifier);
  add("key", token.key);
  if (!token.location.empty()) add("location", token.location);
  for (const auth::Caveat& caveat : token.listed) add("allows", auth::explain(caveat));
  if (token.listed.empty()) add("allows", "everything", Style::kBad);
  add("expires", expiry_words(token.caveats, now), token.is_expired ? Style::kBad : Style::kPlain);
  if (!token.caveats.is_satisfiable()) add("so", "every request is refused", Style::kBad);
  add("signature", token.signature);
  return table.render({.has_colours = look.has_colours});
}

int run_inspect(const InspectOptions& options, const ConnectionOptions& common) {
  std::string text = options.token == "-" ? read_input("-", kTokenFileBytesMax) : options.token;
  if (text.empty()) text = common.find_token();
  if (text.empty()) throw UsageError("no token: give it, - for standard input, or --token-file");
  const auto parsed = auth::Macaroon::parse(text);
  if (const auto* error = std::get_if<auth::ParseError>(&parsed)) throw UsageError(error->detail);
  const auto& macaroon = std::get<auth::Macaroon>(parsed);
  const std::string identifier(macaroon.identifier());
  Inspected token{.identifier = identifier,
                  .key = identifier.substr(0, identifier.find('.')),
                  .location = std::string(macaroon.location()),
                  .listed = macaroon.caveats(),
                  .caveats = auth::Caveats::parse(macaroon.caveats()),
                  .signature = signature_words(macaroon, options.data)};
  const jobq::Time now = system_now();
  token.is_expired = token.caveats.expires() && *token.caveats.expires() <= now;
  if (common.json) {
    fmt::print("{}\n", to_text(fields_of(token)));
  } else {
    fmt::print("{}", describe(token, now, look_of(stdout)));
  }
  return kOk;
}

}  // namespace

void add_mint(Program& program) {
  auto options = std::make_shared<MintOptions>();
  CLI::App* command = program.add(
      {"mint", "Tokens", "Make a token from the store's root keys, print it",
       "  jobq mint --data DIR --client-of scan --client alice --expires 7d > alice.token\n"
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
  command->add_option("--client", options->client, "Only as this client")->type_name("NAME");
  command->add_option("--method", options->methods, "Only GET, or only POST, ...")
      ->type_name("METHOD")
      ->allow_extra_args(false);
  command->add_option("--target", options->target, "Only at the store of this name")
      ->type_name("STORE");
  command
      ->add_option("--expires", options->expires,
                   "After 90s, 15m, 1h, 7d, or at 2026-11-23T10:00:00Z")
      ->type_name("WHEN");
  command->add_option("--caveat", options->raw, "Any other caveat, as it is; may be repeated")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  command->add_flag("--unlimited", options->unlimited, "A token without any limit");
}

void add_inspect(Program& program) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command =
      program.add({"inspect", "Tokens", "Say what a token allows; works offline, without keys",
                   "  jobq inspect --token-file alice.token"},
                  [options, &program] { return run_inspect(*options, program.common); });
  command->add_option("TOKEN", options->token,
                      "The token, - for standard input; default: the token of the other commands");
  command
      ->add_option("--data", options->data,
                   "Also check the signature with the keys of this data directory")
      ->type_name("DIR");
}

}  // namespace tools

// jobq inspect: what a token allows. It does not ask the store.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "authorizer.h"
#include "caveats.h"
#include "commands.h"
#include "failure.h"
#include "json_text.h"
#include "keys.h"
#include "operations.h"
#include "table.h"
#include "time_text.h"
#include "timestamp.h"
#include "token_options.h"
#include "z85.h"

namespace tools {
namespace {

struct InspectOptions {
  std::string token;
  std::string data;
  std::optional<std::string> against;
  bool as_driver = false;
  std::string job;
  std::string curve;
  std::string target;
};

// A token taken apart.
struct Inspected {
  auth::Bundle bundle;
  std::string key;  // that a store's token names; empty for others, as a discharge is
  std::string label;
  auth::Caveats caveats;  // of the token and its discharges
  std::string signature;
  std::optional<std::string> refusal;  // of every request
  bool is_expired = false;
};

struct Request {
  store::Method method;
  std::string_view path;  // in the options, as the route's parts
  store::Route route;
  std::string job;  // that it is about
};

Request request_of(const InspectOptions& options) {
  const std::string& against = options.against.value();
  const std::size_t space = std::min(against.find(' '), against.size());
  const auto method = store::method_named(in_capitals(against.substr(0, space)));
  if (!method || space == against.size()) {
    throw UsageError("--against: not a method and a path, as in 'GET /scan/job/j1'");
  }
  if (!options.curve.empty() && !auth::is_curve_key(options.curve)) {
    throw UsageError("--curve: not a public CURVE key, 40 characters of Z85");
  }
  Request request{*method, std::string_view(against).substr(space + 1), {}, {}};
  auto found = store::find_route(*method, request.path);
  if (const auto* none = std::get_if<store::NoRoute>(&found)) {
    throw UsageError("--against: " + none->detail);
  }
  request.route = std::get<store::Route>(std::move(found));
  if (!options.job.empty() && !request.route.job.empty()) {
    throw UsageError("--job is for requests whose path names no job; this one's does");
  }
  if (store::traits_of(request.route.operation).about == store::About::kOneJob) {
    request.job = options.job.empty() ? std::string(request.route.job) : options.job;
  }
  return request;
}

std::string signature_words(const auth::Bundle& bundle, const std::string& data) {
  if (data.empty()) return "not checked (--data DIR does)";
  const auth::RootKeys keys = auth::RootKeys::load(data);
  const auto key = keys.find(bundle.root.identifier());
  if (!key) return "made with a key that is not in " + data;
  if (bundle.verify(*key)) return "good";
  if (auth::misfit(bundle.root, bundle.discharges)) return "not checked without its discharges";
  return bundle.discharges.empty() ? "wrong" : "wrong, or a discharge is not for this token";
}

std::string expiry_words(const auth::Caveats& caveats, jobq::Time now) {
  const auto expires = caveats.grant().expires;
  if (!expires) return "never";
  return fmt::format("{} ({})", jobq::format_time(*expires),
                     (*expires <= now ? "expired " : "") + distance_text(*expires, now));
}

Inspected inspected(auth::Bundle bundle, const std::string& data, jobq::Time now) {
  Inspected token{.bundle = std::move(bundle),
                  .key = {},
                  .label = {},
                  .caveats = {},
                  .signature = {},
                  .refusal = {}};
  if (const auto parts = auth::Identifier::parse(token.bundle.root.identifier())) {
    token.key = parts->key_id;
    token.label = parts->label;
  }
  token.caveats = auth::Caveats::parse(token.bundle.first_party_caveats());
  token.signature = signature_words(token.bundle, data);
  token.refusal = auth::misfit(token.bundle.root, token.bundle.discharges);
  if (!token.refusal && !token.caveats.is_satisfiable()) {
    token.refusal = token.caveats.first_failure({}, {});
  }
  token.is_expired = token.caveats.grant().expires && *token.caveats.grant().expires <= now;
  return token;
}

Json caveats_json(const auth::Macaroon& macaroon) {
  Json list = Json::array();
  for (const auth::Caveat& caveat : macaroon.caveats()) {
    Json item;
    item["caveat"] = caveat.predicate;
    if (caveat.third_party) item["thirdParty"] = caveat.location;
    item["means"] = auth::explain(caveat);
    list.push_back(item);
  }
  return list;
}

Json fields_of(const Inspected& token) {
  const auth::Macaroon& root = token.bundle.root;
  Json json;
  json["identifier"] = std::string(root.identifier());
  if (!token.key.empty()) json["key"] = token.key;
  if (!token.label.empty()) json["label"] = token.label;
  json["location"] = std::string(root.location());
  json["caveats"] = caveats_json(root);
  for (const auth::Macaroon& discharge : token.bundle.discharges) {
    Json item;
    item["identifier"] = std::string(discharge.identifier());
    item["location"] = std::string(discharge.location());
    item["caveats"] = caveats_json(discharge);
    json["discharges"].push_back(item);
  }
  if (!token.caveats.grant().client.empty()) json["client"] = token.caveats.grant().client;
  if (token.caveats.grant().expires) json["expires"] = rfc3339(*token.caveats.grant().expires);
  json["expired"] = token.is_expired;
  json["understood"] = !token.refusal;
  if (token.refusal) json["refusal"] = *token.refusal;
  json["signature"] = token.signature;
  return json;
}

std::string describe(const Inspected& token, jobq::Time now, const Look& look) {
  Table table({{}, {}});
  const auto add = [&](const char* name, const std::string& words, Style style = Style::kPlain) {
    table.add({{name, Style::kFaint}, {words, style}});
  };
  const auth::Macaroon& root = token.bundle.root;
  add("identifier", std::string(root.identifier()));
  if (!token.key.empty()) add("key", token.key);
  if (!token.label.empty()) add("label", token.label);
  if (!root.location().empty()) add("location", std::string(root.location()));
  for (const auth::Caveat& caveat : root.caveats()) add("allows", auth::explain(caveat));
  for (const auth::Macaroon& discharge : token.bundle.discharges) {
    add("discharge", "by " + std::string(discharge.location()));
    for (const auth::Caveat& caveat : discharge.caveats()) add("allows", auth::explain(caveat));
  }
  if (root.caveats().empty()) add("allows", "everything", Style::kBad);
  add("expires", expiry_words(token.caveats, now), token.is_expired ? Style::kBad : Style::kPlain);
  if (token.is_expired) add("so", "every request is refused: it has expired", Style::kBad);
  if (token.refusal) add("so", "every request is refused: " + *token.refusal, Style::kBad);
  add("signature", token.signature);
  return table.render({.has_colours = look.has_colours});
}

// The store's name is not known here: a token for one store is taken to be used there.
std::string target_of(const Inspected& token, const std::string& given) {
  if (!given.empty()) return given;
  for (const auth::Caveat& caveat : token.bundle.first_party_caveats()) {
    const auth::Predicate predicate = auth::Predicate::parse(caveat.predicate);
    if (predicate.kind == auth::Predicate::Kind::kTarget) return std::string(predicate.value());
  }
  return {};
}

std::optional<std::string> refusal_of(const Inspected& token, const Request& request,
                                      const InspectOptions& options, jobq::Time now) {
  if (request.route.access == store::Access::kOpen) return std::nullopt;
  if (!options.data.empty() && token.signature != "good") return "signature: " + token.signature;
  if (token.refusal) return token.refusal;
  const std::string target = target_of(token, options.target);
  const bool is_clients = request.route.access == store::Access::kClient && !options.as_driver;
  const store::Traits& traits = store::traits_of(request.route.operation);
  const auth::Facts facts{.method = to_string(request.method),
                          .path = request.path,
                          .now = now,
                          .alias_of = request.route.alias_of,
                          .job = request.job,
                          .is_status = traits.effect == store::Effect::kReads,
                          .curve_key = options.curve,
                          .bounds_are_kept = true};
  return auth::first_failure(
      token.caveats, is_clients ? auth::Access::kClient : auth::Access::kDriver, facts, target);
}

int judge(const Inspected& token, const InspectOptions& options, jobq::Time now, bool as_json) {
  const auto refusal = refusal_of(token, request_of(options), options, now);
  if (as_json) {
    Json json;
    json["allowed"] = !refusal;
    if (refusal) json["reason"] = *refusal;
    fmt::print("{}\n", to_text(json));
  } else {
    fmt::print("{}\n", refusal ? "refused: " + *refusal : "allowed");
  }
  return refusal ? kRefused : kOk;
}

int run_inspect(const InspectOptions& options, const ConnectionOptions& common) {
  const jobq::Time now = system_now();
  const Inspected token = inspected(find_bundle(options.token, common), options.data, now);
  if (options.against) return judge(token, options, now, common.json);
  if (common.json) {
    fmt::print("{}\n", to_text(fields_of(token)));
  } else {
    fmt::print("{}", describe(token, now, look_of(stdout)));
  }
  return kOk;
}

}  // namespace

void add_inspect(Program& program) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command =
      program.add({"inspect", "Tokens", "Say what a token allows; works offline, without keys",
                   "  jobq inspect --token-file alice.token\n"
                   "  jobq inspect --data DIR --token-file alice.token    and its signature\n"
                   "  jobq inspect --against 'GET /scan/job/j1' --token-file alice.token\n"
                   "With --against the exit code is 5 for a request that would be refused."},
                  [options, &program] { return run_inspect(*options, program.common); });
  command->add_option("TOKEN", options->token,
                      "The token, - for standard input; default: the token of the other commands");
  command
      ->add_option("--data", options->data,
                   "Also check the signature with the keys of this data directory")
      ->type_name("DIR");
  auto* against = command->add_option("--against", options->against,
                                      "Say whether it allows this, else what stands against it");
  against->type_name("'METHOD PATH'");
  command->add_flag("--as-driver", options->as_driver, "As if drivers asked")->needs(against);
  command->add_option("--job", options->job, "The one job that the body names")
      ->type_name("JOB")
      ->needs(against);
  command->add_option("--curve", options->curve, "The caller's public CURVE key")
      ->type_name("KEY")
      ->needs(against);
  command->add_option("--target", options->target, "The store's name; default: the right one")
      ->type_name("STORE")
      ->needs(against);
}

}  // namespace tools

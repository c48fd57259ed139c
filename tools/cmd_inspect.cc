// jobq inspect: what a token allows. It does not ask the store.
#include <algorithm>

#include "arbiter.h"
#include "authorizer.h"
#include "caveats.h"
#include "keys.h"
#include "operations.h"
#include "output.h"
#include "program.h"
#include "token_options.h"
#include "z85.h"

namespace tools {
namespace {

struct Inspect {
  static constexpr Words kWords{
      "inspect", "Tokens", "Say what a token allows; works offline, without keys",
      "  jobq inspect --token-file alice.token\n"
      "  jobq inspect --data DIR --token-file alice.token    and its signature\n"
      "  jobq inspect --against 'GET /scan/job/j1' --token-file alice.token\n"
      "With --against the exit code is 5 for a request that would be refused."};

  std::string token;
  std::string data;
  std::optional<std::string> against;
  bool as_driver = false;
  std::string job;
  std::string curve;
  std::string target;

  void declare(Options& options) {
    declare_token(options, token);
    declare_data(options, data, "Also check the signature with the keys of this data directory");
    auto* what = options.text("--against 'METHOD PATH'", against,
                              "Say whether it allows this, else what stands against it");
    for (auto* more :
         {options.flag("--as-driver", as_driver, "As if drivers asked"),
          options.text("--job JOB", job, "The one job that the body names"),
          options.text("--curve KEY", curve, "The caller's public CURVE key"),
          options.text("--target STORE", target, "The store's name; default: the right one")}) {
      Options::need(more, what);
    }
  }

  int run(const ConnectionOptions& common) const;
};

// A token taken apart.
struct Inspected {
  auth::Bundle bundle;
  std::string identity{};
  std::string key{};  // that a store's token names; empty for others, as a discharge is
  std::string label{};
  auth::Caveats caveats{};  // of the token and its discharges
  std::string signature{};
  std::optional<std::string> refusal{};  // of every request
  bool is_expired = false;
};

struct Request {
  store::Method method;
  std::string_view path;  // in the options, as the route's parts
  store::Route route;
  std::string job;  // that it is about
};

Request request_of(const Inspect& options) {
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
  Inspected token{.bundle = std::move(bundle)};
  token.identity = auth::identity_of(token.bundle.root);
  if (const auto parts = auth::Identifier::parse(token.identity)) {
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
    Json item = {{"caveat", caveat.predicate}};
    if (caveat.third_party) item["thirdParty"] = caveat.location;
    item["means"] = auth::explain(caveat);
    list.push_back(item);
  }
  return list;
}

Json fields_of(const Inspected& token) {
  const auth::Macaroon& root = token.bundle.root;
  Json json;
  json["identifier"] = token.identity;
  if (!token.key.empty()) json["key"] = token.key;
  if (!token.label.empty()) json["label"] = token.label;
  json["location"] = std::string(root.location());
  json["caveats"] = caveats_json(root);
  for (const auth::Macaroon& discharge : token.bundle.discharges) {
    json["discharges"].push_back({{"identifier", discharge.identifier()},
                                  {"location", discharge.location()},
                                  {"caveats", caveats_json(discharge)}});
  }
  if (!token.caveats.grant().client.empty()) json["client"] = token.caveats.grant().client;
  if (token.caveats.grant().expires) json["expires"] = rfc3339(*token.caveats.grant().expires);
  json["expired"] = token.is_expired;
  json["understood"] = !token.refusal;
  if (token.refusal) json["refusal"] = *token.refusal;
  json["signature"] = token.signature;
  return json;
}

std::string describe(const Inspected& token, jobq::Time now, const Display& display) {
  NamedTexts texts;
  const auth::Macaroon& root = token.bundle.root;
  texts.add("identifier", token.identity);
  texts.add("key", token.key);
  texts.add("label", token.label);
  texts.add("location", std::string(root.location()));
  for (const auth::Caveat& caveat : root.caveats()) texts.add("allows", auth::explain(caveat));
  for (const auth::Macaroon& discharge : token.bundle.discharges) {
    texts.add("discharge", "by " + std::string(discharge.location()));
    for (const auth::Caveat& caveat : discharge.caveats())
      texts.add("allows", auth::explain(caveat));
  }
  if (root.caveats().empty()) texts.add("allows", "everything", Style::kBad);
  texts.add("expires", expiry_words(token.caveats, now),
            token.is_expired ? Style::kBad : Style::kPlain);
  if (token.is_expired) texts.add("so", "every request is refused: it has expired", Style::kBad);
  if (token.refusal) texts.add("so", "every request is refused: " + *token.refusal, Style::kBad);
  texts.add("signature", token.signature);
  return texts.render(display);
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
                                      const Inspect& options, jobq::Time now) {
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
                          .job_limits_are_kept = traits.keeps != store::Keeps::kNoLimits,
                          .lease_is_kept = traits.keeps == store::Keeps::kLeaseAlso};
  return auth::first_failure(
      token.caveats, is_clients ? auth::Access::kClient : auth::Access::kDriver, facts, target);
}

int Inspect::run(const ConnectionOptions& common) const {
  const jobq::Time now = system_now();
  const Inspected shown = inspected(find_bundle(token, common), data, now);
  if (!against) {
    return show(common, fields_of(shown), [&] { return describe(shown, now, display_of(stdout)); });
  }
  const auto refusal = refusal_of(shown, request_of(*this), *this, now);
  Json json = {{"allowed", !refusal}};
  if (refusal) json["reason"] = *refusal;
  show(common, json, [&] { return refusal ? "refused: " + *refusal + "\n" : "allowed\n"; });
  return refusal ? kRefused : kOk;
}

}  // namespace

void add_inspect(Program& program) { program.add<Inspect>(); }

}  // namespace tools

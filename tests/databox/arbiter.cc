#include "arbiter.h"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "macaroon.h"
#include "secret.h"

namespace databox {
namespace {

using zest::Code;
using zest::Format;
using Json = nlohmann::ordered_json;

std::string new_uuid() {
  auth::init_sodium();
  unsigned char bytes[16];
  randombytes_buf(bytes, sizeof bytes);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  char hex[33];
  std::string uuid = sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) {
    uuid.insert(at, "-");
  }
  return uuid;
}

bool has(const Json& json, std::initializer_list<const char*> names) {
  return json.is_object() && std::all_of(names.begin(), names.end(),
                                         [&](const char* name) { return json.contains(name); });
}

bool covers(const Json& granted, const Json& wanted) {
  if (granted.at("method") != wanted.at("method") || granted.at("target") != wanted.at("target")) {
    return false;
  }
  std::string pattern = granted.at("path");
  const std::string path = wanted.at("path");
  if (!pattern.ends_with('*')) {
    return path == pattern;
  }
  pattern.pop_back();
  return path.size() > pattern.size() && path.starts_with(pattern);
}

bool has_route(const Json& permissions, const Json& wanted) {
  return std::any_of(permissions.begin(), permissions.end(), [&](const Json& permission) {
    return covers(permission.at("route"), wanted);
  });
}

std::string routes_of(const Json& permissions) {
  Json routes = Json::array();
  for (const Json& permission : permissions) {
    routes.push_back(permission.at("route"));
  }
  return routes.dump();
}

std::string href_of(const std::string& name) { return "tcp://" + name + ":5555"; }

Json relation(const std::string& rel, const Json& value) { return {{"rel", rel}, {"val", value}}; }

}  // namespace

std::string Arbiter::answer(std::string_view frame) {
  Answer answer{Code::kInternalError};
  const auto request = zest::parse(frame);
  if (request && !request->path.empty() && !request->host.empty() && request->format) {
    try {
      if (!may_ask(*request)) {
        answer = {Code::kUnauthorized};
      } else if (request->code == Code::kGet) {
        answer = get(*request);
      } else if (request->code == Code::kPost) {
        answer = post(*request);
      } else {
        answer = {Code::kBadRequest};
      }
    } catch (const std::exception&) {
      answer = {Code::kInternalError};
    }
  }
  zest::Message message{.code = answer.code};
  if (answer.code == Code::kContent) {
    message.format = answer.format;
    message.payload = answer.payload;
  }
  return zest::encode(message);
}

void Arbiter::add_part(const std::string& name, const std::string& type, const std::string& key) {
  manage("/cm/upsert-container-info", {{"name", name}, {"type", type}, {"key", key}});
}

std::string Arbiter::secret_of(const std::string& name) const {
  const auto part = parts_.find(name);
  return part == parts_.end() ? std::string() : part->second.secret;
}

bool Arbiter::may_ask(const zest::Message& request) const {
  const auto part = parts_.find(std::string(request.host));
  return cm_key_.empty() || request.token == cm_key_ ||
         (part != parts_.end() && part->second.key == request.token);
}

Arbiter::Answer Arbiter::get(const zest::Message& request) {
  if (request.observe) {
    throw std::runtime_error("nothing is observed here");
  }
  if (request.path == "/status") {
    return {Code::kCreated};
  }
  if (request.path == "/cat") {
    return catalogue();
  }
  if (request.path != "/store/secret") {
    return {Code::kBadRequest};
  }
  const auto part = parts_.find(std::string(request.host));
  if (part == parts_.end()) {
    return {Code::kUnauthorized};
  }
  part->second.secret = new_uuid();
  return {Code::kContent, Format::kText, part->second.secret};
}

Arbiter::Answer Arbiter::post(const zest::Message& request) {
  const bool is_managing = request.path.starts_with("/cm/") && request.token == cm_key_;
  if (request.path != "/token" && !is_managing) {
    return {Code::kBadRequest};
  }
  const Json json = Json::parse(request.payload, nullptr, false);
  return request.path == "/token" ? mint(request, json) : manage(request.path, json);
}

Arbiter::Answer Arbiter::mint(const zest::Message& request, const Json& wanted) {
  if (!has(wanted, {"path", "method", "target"})) {
    return {Code::kBadRequest};
  }
  const auto part = parts_.find(std::string(request.host));
  const std::string secret = secret_of(wanted.at("target"));
  if (part == parts_.end() || secret.empty() || !has_route(part->second.permissions, wanted)) {
    return {Code::kUnauthorized};
  }
  const Json& permissions = part->second.permissions;
  const Json& caveats = wanted.at("caveats");
  if (std::none_of(permissions.begin(), permissions.end(),
                   [&](const Json& permission) { return permission.at("caveats") == caveats; })) {
    return {Code::kUnauthorized};
  }
  std::vector<std::string> predicates = {"path = " + wanted.at("path").get<std::string>(),
                                         "method = " + wanted.at("method").get<std::string>(),
                                         "target = " + wanted.at("target").get<std::string>()};
  for (const char* const name : {"observe", "destination"}) {
    if (caveats.size() == 1 && caveats[0].size() == 1 && caveats[0].contains(name)) {
      predicates.push_back(std::string(name) + " = " + caveats[0].at(name).get<std::string>());
    }
  }
  std::string token =
      auth::Macaroon::mint(secret, {}, {}).with_caveats(predicates).value().serialize();
  token.resize((token.size() + 3) / 4 * 4, '=');
  return {Code::kContent, Format::kText, token};
}

Arbiter::Answer Arbiter::manage(std::string_view path, const Json& json) {
  const bool is_grant = path == "/cm/grant-container-permissions";
  if (path == "/cm/upsert-container-info") {
    if (!has(json, {"name", "type", "key"})) {
      return {Code::kBadRequest};
    }
    const std::string name = json.at("name");
    std::erase(catalogue_, name);
    catalogue_.push_back(name);
    parts_[name] = {.key = json.at("key").get<std::string>()};
    return {Code::kContent, Format::kText, name};
  }
  if (path == "/cm/delete-container-info") {
    if (!has(json, {"name"})) {
      return {Code::kBadRequest};
    }
    parts_.erase(json.at("name").get<std::string>());
    std::erase(catalogue_, json.at("name").get<std::string>());
    return {Code::kDeleted};
  }
  if ((!is_grant && path != "/cm/revoke-container-permissions") ||
      !has(json, {"name", "route", "caveats"}) ||
      !has(json.at("route"), {"target", "path", "method"})) {
    return {Code::kBadRequest};
  }
  const auto part = parts_.find(json.at("name").get<std::string>());
  if (part == parts_.end()) {
    return {Code::kUnauthorized};
  }
  Json& permissions = part->second.permissions;
  if (is_grant && has_route(permissions, json.at("route"))) {
    return {Code::kNotAcceptable};
  }
  if (is_grant) {
    permissions.push_back(json);
  } else {
    part->second.secret.clear();  // its own, as a store: so does the arbiter
    permissions.erase(
        std::remove_if(permissions.begin(), permissions.end(),
                       [&](const Json& given) { return given.at("route") == json.at("route"); }),
        permissions.end());
  }
  return {Code::kContent, Format::kJson, routes_of(permissions)};
}

Arbiter::Answer Arbiter::catalogue() const {
  const std::string rels = "urn:X-hypercat:rels:";
  const std::string type = "application/vnd.hypercat.catalogue+json";
  Json items = Json::array();
  for (const std::string& name : catalogue_) {
    Json item;
    item["href"] = href_of(name);
    item["item-metadata"] = {relation(rels + "hasDescription:en", href_of(name)),
                             relation(rels + "isContentType", type)};
    items.push_back(item);
  }
  Json cat;
  cat["catalogue-metadata"] = {
      relation(rels + "isContentType", type),
      relation(rels + "hasDescription:en", "Databox Root Catalogue"),
      relation(rels + "hasHomepage", "http://www.databoxproject.uk/"),
      relation(rels + "containsContentType", type),
      relation("urn:Xhypercat:rels:supportsSearch", "urn:X-hypercat:search:simple")};
  cat["items"] = std::move(items);
  return {Code::kContent, Format::kJson, cat.dump()};
}

}  // namespace databox

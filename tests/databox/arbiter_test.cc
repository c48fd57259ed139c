// The double answers what databox's arbiter does, by the source of that.
#include "arbiter.h"

#include <catch2/catch.hpp>

#include "../temporary_directory.h"
#include "arbiter_server.h"
#include "authorizer.h"
#include "peer.h"

namespace databox {
namespace {

using zest::Code;
using zest::Format;

constexpr std::string_view kCmKey = "cm";

struct Box {
  Arbiter arbiter{std::string(kCmKey)};

  std::string ask(zest::Message request) {
    if (!request.format) {
      request.format = Format::kJson;
    }
    return arbiter.answer(zest::encode(request));
  }
  std::string get(std::string_view path, std::string_view host, std::string_view token) {
    return ask({.code = Code::kGet, .token = token, .host = host, .path = path});
  }
  std::string post(std::string_view path, std::string_view host, std::string_view token,
                   std::string_view payload) {
    return ask(
        {.code = Code::kPost, .token = token, .host = host, .path = path, .payload = payload});
  }
  std::string manage(const std::string& what, std::string_view payload) {
    return post("/cm/" + what, "container-manager", kCmKey, payload);
  }
};

std::string just(Code code) { return zest::encode({.code = code}); }
std::string content(Format format, std::string_view payload) {
  return zest::encode({.code = Code::kContent, .format = format, .payload = payload});
}
std::string text_of(const std::string& answer) {
  const auto message = zest::parse(answer);
  REQUIRE(message);
  REQUIRE(message->code == Code::kContent);
  return std::string(message->payload);
}

// An app that may read and write what is below /kv/scan of a store.
struct Granted : Box {
  std::string secret;
  Granted() {
    manage("upsert-container-info", R"({"name":"s","type":"store","key":"store-key"})");
    manage("upsert-container-info", R"({"name":"app","type":"app","key":"app-key"})");
    secret = text_of(get("/store/secret", "s", "store-key"));
    manage("grant-container-permissions",
           R"({"name":"app","route":{"target":"s","path":"/kv/scan/*","method":"GET"},)"
           R"("caveats":[]})");
  }
  std::string token(const std::string& path, const std::string& rest = R"(,"caveats":[])") {
    return post("/token", "app", "app-key",
                R"({"target":"s","path":")" + path + R"(","method":"GET")" + rest + "}");
  }
};

}  // namespace

TEST_CASE_METHOD(Box, "the arbiter answers with the codes of the real one") {
  CHECK(manage("upsert-container-info", R"({"name":"s","type":"store","key":"k"})") ==
        content(Format::kText, "s"));
  CHECK(get("/status", "s", "k") == std::string("\x41\0\0\0", 4));
  CHECK(get("/status", "s", "other") == std::string("\x81\0\0\0", 4));
  CHECK(get("/status", "t", "k") == just(Code::kUnauthorized));
  CHECK(get("/status", "anybody", kCmKey) == just(Code::kCreated));
  CHECK(get("/store/secret", "anybody", kCmKey) == just(Code::kUnauthorized));
  CHECK(get("/kv/x", "s", "k") == just(Code::kBadRequest));
  CHECK(post("/status", "s", "k", "{}") == just(Code::kBadRequest));
  CHECK(ask({.code = Code::kDelete, .token = "k", .host = "s", .path = "/status"}) ==
        just(Code::kBadRequest));
  CHECK(post("/cm/delete-container-info", "s", "k", R"({"name":"s"})") == just(Code::kBadRequest));
  CHECK(ask({.code = Code::kGet, .token = "k", .host = {}, .path = "/status"}) ==
        just(Code::kInternalError));
  CHECK(arbiter.answer("\x01") == just(Code::kInternalError));
  CHECK(manage("delete-container-info", R"({"name":"s"})") == just(Code::kDeleted));
  CHECK(get("/status", "s", "k") == just(Code::kUnauthorized));
  for (const std::string what : {"upsert-container-info", "delete-container-info",
                                 "grant-container-permissions", "revoke-container-permissions"}) {
    for (const std::string payload : {"", "{", "[]", "3", "{}"}) {
      CHECK(manage(what, payload) == just(Code::kBadRequest));
    }
  }
}

TEST_CASE_METHOD(Granted, "each time that a store asks for its secret it gets another one") {
  CHECK(secret.size() == 36);
  CHECK(arbiter.secret_of("s") == secret);
  const std::string next = text_of(get("/store/secret", "s", "store-key"));
  CHECK(next != secret);
  CHECK(arbiter.secret_of("s") == next);
  CHECK(get("/store/secret", "s", "app-key") == just(Code::kUnauthorized));
  manage("upsert-container-info", R"({"name":"s","type":"store","key":"store-key"})");
  CHECK(arbiter.secret_of("s").empty());
}

TEST_CASE_METHOD(Granted, "a token is for the path that was asked for, if that is granted") {
  const std::string token = text_of(this->token("/kv/scan/job"));
  CHECK(token.ends_with('='));
  const auto parsed = auth::Macaroon::parse(token);
  const auto& macaroon = std::get<auth::Macaroon>(parsed);
  CHECK(macaroon.identifier().empty());
  CHECK(macaroon.location().empty());
  CHECK(macaroon.is_signed_with(secret));
  std::vector<std::string> caveats;
  for (const auto& caveat : macaroon.caveats()) caveats.push_back(caveat.predicate);
  CHECK(caveats == std::vector<std::string>{"path = /kv/scan/job", "method = GET", "target = s"});

  CHECK_FALSE(text_of(this->token("/kv/scan/*")).empty());
  for (const std::string path : {"/kv/scan/", "/kv/scan", "/kv/*", "/kv/mail/job"}) {
    CHECK(this->token(path) == just(Code::kUnauthorized));
  }
  CHECK(this->token("/kv/scan/job", R"(,"caveats":[{"observe":"data"}])") ==
        just(Code::kUnauthorized));
  CHECK(this->token("/kv/scan/job", "") == just(Code::kInternalError));
  CHECK(post("/token", "app", "app-key", R"({"target":"s"})") == just(Code::kBadRequest));
  CHECK(post("/token", "s", "store-key", R"({"target":"s","path":"/","method":"GET"})") ==
        just(Code::kUnauthorized));
}

TEST_CASE_METHOD(Granted, "a caveat that is granted goes into the token") {
  const std::string observe =
      R"({"name":"app","route":{"target":"s","path":"/kv/mail","method":"GET"},)"
      R"("caveats":[{"observe":"data"}]})";
  CHECK(text_of(manage("grant-container-permissions", observe)) ==
        R"([{"target":"s","path":"/kv/scan/*","method":"GET"},)"
        R"({"target":"s","path":"/kv/mail","method":"GET"}])");
  const auto parsed =
      auth::Macaroon::parse(text_of(token("/kv/mail", R"(,"caveats":[{"observe":"data"}])")));
  CHECK(std::get<auth::Macaroon>(parsed).caveats().back().predicate == "observe = data");
}

TEST_CASE_METHOD(Granted, "what is granted already is not granted again, and can be revoked") {
  const auto permission = [](const std::string& path) {
    return R"({"name":"app","route":{"target":"s","path":")" + path +
           R"(","method":"GET"},"caveats":[]})";
  };
  for (const std::string covered : {"/kv/scan/*", "/kv/scan/job"}) {
    CHECK(manage("grant-container-permissions", permission(covered)) == just(Code::kNotAcceptable));
  }
  CHECK(manage("revoke-container-permissions", permission("/kv/scan/*")) ==
        content(Format::kJson, "[]"));
  CHECK(token("/kv/scan/job") == just(Code::kUnauthorized));
  const std::string unknown = R"({"name":"x","route":{"target":"s","path":"/","method":"GET"},)"
                              R"("caveats":[]})";
  CHECK(manage("grant-container-permissions", unknown) == just(Code::kUnauthorized));
}

TEST_CASE_METHOD(Granted, "the catalogue has an item for each part") {
  const std::string cat = text_of(get("/cat", "app", "app-key"));
  CHECK_THAT(cat, Catch::StartsWith(R"({"catalogue-metadata":[{"rel":)"));
  CHECK_THAT(cat, Catch::Contains(R"("items":[{"href":"tcp://s:5555","item-metadata":[)"));
  manage("delete-container-info", R"({"name":"s"})");
  CHECK_THAT(text_of(get("/cat", "app", "app-key")), !Catch::Contains("tcp://s:5555"));
}

TEST_CASE("the arbiter is asked over CURVE") {
  TemporaryDirectory scratch;
  ArbiterServer server(scratch.endpoint("arbiter"), std::string(kCmKey));
  server.with([](Arbiter& arbiter) { arbiter.add_part("s", "store", "k"); });
  server.start();
  zmq::context_t context(1);
  zmq::socket_t req(context, zmq::socket_type::req);
  const wire::CurvePair own = wire::make_curve_pair();
  req.set(zmq::sockopt::linger, 0);
  req.set(zmq::sockopt::curve_serverkey, server.public_key);
  req.set(zmq::sockopt::curve_publickey, own.public_key);
  req.set(zmq::sockopt::curve_secretkey, own.secret_key);
  req.connect(scratch.endpoint("arbiter"));
  const std::string request = zest::encode({.code = Code::kGet,
                                            .token = "k",
                                            .host = "s",
                                            .path = "/store/secret",
                                            .format = Format::kText});
  req.send(zmq::buffer(request), zmq::send_flags::none);
  zmq::message_t answer;
  REQUIRE(req.recv(answer));
  CHECK(text_of(answer.to_string()) == server.secret_of("s"));
  CHECK(server.answered() == 1);
}

}  // namespace databox

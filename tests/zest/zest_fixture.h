// A jobqd with an observe endpoint, and those who speak Zest to it.
#pragma once

#include <nlohmann/json.hpp>

#include "jobqd_fixture.h"
#include "message.h"

namespace zest {

using Json = nlohmann::json;

struct Answer {
  Code code{};
  std::string payload;
  std::string public_key;

  Json json() const { return Json::parse(payload); }
};

// Connected under the name that an observe was answered with.
class Observer {
 public:
  Observer(const std::string& endpoint, const std::string& name, const std::string& server_key = {})
      : peer_(endpoint, {.routing_id = name, .server_key = server_key}) {}

  // The next message; its payload is a line.
  Answer next() {
    const auto parts = peer_.receive_parts();
    REQUIRE(parts.size() == 1);  // an empty one before it breaks Node.js's client
    const auto message = parse(parts[0]);
    REQUIRE(message);
    return {message->code, std::string(message->payload), {}};
  }
  // The JSON behind the path and the format of the next line.
  std::pair<std::string, Json> next_data() {
    const std::string line = next().payload;
    INFO(line);
    const std::size_t path = line.find(' ') + 1;
    const std::size_t format = line.find(' ', path);
    REQUIRE(line.substr(format, 6) == " json ");
    return {line.substr(path, format - path), Json::parse(line.substr(format + 6))};
  }

 private:
  wire::Peer peer_;
};

struct Store : wire::Jobqd {
  std::string observe = "ipc://" + scratch_file("observe");
  std::unique_ptr<wire::JobqdProcess> process = start({"--observe", observe});

  std::string app(const std::string& datasource = "D") const {
    return mint({"path = /kv/" + datasource + "/*"});
  }
  std::string driver() const { return mint({"path = /*"}); }

  Answer send(const Message& message) const {
    wire::Peer peer(request);
    peer.send(encode(message));
    const auto parts = peer.receive_parts();
    REQUIRE(parts.size() == 2);
    const auto answer = parse(parts[1]);
    REQUIRE(answer);
    return {answer->code, std::string(answer->payload), std::string(answer->public_key)};
  }
  Answer get(const std::string& token, const std::string& path) const {
    return send({.token = token, .host = "app", .path = path, .format = Format::kJson});
  }
  Answer post(const std::string& token, const std::string& path, const Json& body) const {
    const std::string payload = body.dump();
    return send({.code = Code::kPost,
                 .token = token,
                 .host = "app",
                 .path = path,
                 .format = Format::kJson,
                 .payload = payload});
  }
  Answer ask_to_observe(const std::string& token, const std::string& path,
                        const std::string& mode = "", std::uint32_t seconds = 0) const {
    return send({.token = token,
                 .host = "app",
                 .observe = mode,
                 .path = path,
                 .format = Format::kJson,
                 .max_age = seconds});
  }
  std::unique_ptr<Observer> observer(const std::string& token, const std::string& path,
                                     const std::string& mode = "",
                                     std::uint32_t seconds = 0) const {
    const Answer answer = ask_to_observe(token, path, mode, seconds);
    INFO(answer.payload);
    REQUIRE(answer.code == Code::kContent);
    CHECK(answer.payload.size() == 36);
    return std::make_unique<Observer>(observe, answer.payload);
  }

  Answer submit(const std::string& job, const std::string& client = "c") const {
    return post(app(), "/kv/D/job", {{"job", job}, {"client", client}, {"request", {{"page", 1}}}});
  }
  Json take(std::uint64_t number = 1) const {
    const Answer taken =
        post(driver(), "/kv/D.server/take", {{"worker", "w"}, {"requestNumber", number}});
    INFO(taken.payload);
    REQUIRE(taken.code == Code::kCreated);
    return taken.json();
  }
  Answer complete(const Json& job, const Json& response) const {
    return post(driver(), "/kv/D.server/update",
                {{"job", job["job"]},
                 {"attempt", job["attempt"]},
                 {"leaseToken", job["leaseToken"]},
                 {"complete", response}});
  }
};

}  // namespace zest

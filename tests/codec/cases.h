// What the tests of decoding share: a codec, frames as a peer sends them, and a look at what was
// said against them.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "decode.h"
#include "messages.h"

namespace store {

struct Codec {
  Limits limits;
  RequestReader reader{limits};

  Decoded take(const std::string& frame, const std::string& pinned_client = {}) {
    return decode(reader, frame, pinned_client);
  }
  template <typename Body>
  Body body(const std::string& frame, const std::string& pinned_client = {}) {
    Decoded decoded = take(frame, pinned_client);
    if (const auto* refused = std::get_if<Refused>(&decoded)) {
      FAIL("refused: " << refused->detail);
    }
    return std::get<Body>(std::get<Command>(decoded));
  }
};

inline wire::Head get(const std::string& path) { return {.path = path}; }
inline wire::Head post(const std::string& path) {
  return {.method = wire::Method::POST, .path = path};
}

inline std::string submit(const wire::NewJob& job) {
  return wire::submit_frame(post("/scan/job/"), {job});
}
inline std::string literal_submit(const wire::NewJob& job) {
  return wire::literal_submit_frame(post("/scan/job/"), {job});
}
inline std::string query(const wire::JobQuery& query, const std::string& path = "/scan/job/") {
  return wire::job_query_frame(get(path), query);
}
// A list for whom it does not say is alice's.
inline std::string list(wire::ListQuery query, const std::string& path = "/scan/job/list") {
  query.client = query.client.empty() ? "alice" : query.client;
  return wire::list_query_frame(get(path), query);
}
inline std::string literal_list(const std::string& path) {
  return wire::list_query_frame(get(path), {});
}
inline std::string log_query(const wire::LogQuery& query) {
  return wire::log_query_frame(get("/scan/job/j/log"), query);
}
inline std::string accept(const wire::Accept& accept) {
  return wire::accept_frame(post("/jobs/scan/accept"), accept);
}
inline std::string renew(const wire::Renew& renew) {
  return wire::renew_frame(post("/jobs/scan/renew"), renew);
}
inline std::string update(const wire::Outcome& outcome,
                          const std::string& path = "/jobs/scan/update") {
  return wire::update_frame(post(path), {outcome});
}
inline std::string peek(const std::vector<std::string>& functions) {
  return wire::peek_frame(get("/jobs/scan/peek"), functions);
}
inline std::string config(const wire::Config& config,
                          const std::string& path = "/jobs/scan/config") {
  return wire::config_frame(post(path), config);
}
inline std::string edit(const wire::Edit& edit) {
  return wire::edit_frame(post("/admin/scan/job/j/edit"), edit);
}
inline std::string restart(const std::string& job) {
  return wire::restart_frame(post("/admin/scan/job/j/restart"), job);
}
inline std::string redrive(const wire::Redrive& redrive) {
  return wire::redrive_frame(post("/admin/scan/redrive"), redrive);
}

inline std::string a(std::size_t count) { return std::string(count, 'a'); }
// A JSON text of so many bytes.
inline std::string json(std::size_t bytes) { return '"' + a(bytes - 2) + '"'; }
// "n1", "n2", ...
inline std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= count; ++i) {
    names.push_back('n' + std::to_string(i));
  }
  return names;
}

inline const std::string kNotUtf8 = "\xc3\x28";
inline const std::string kNul("a\0b", 3);

// What was said against the request, or against the first item in it; empty when nothing was.
inline std::optional<Refused> refusal(const Decoded& decoded) {
  if (const auto* refused = std::get_if<Refused>(&decoded)) {
    return *refused;
  }
  const auto* command = std::get_if<Command>(&decoded);
  if (command == nullptr) {
    return std::nullopt;
  }
  const Refused* refused = nullptr;
  if (const auto* submit = std::get_if<Submit>(command)) {
    refused = std::get_if<Refused>(&submit->jobs.at(0));
  } else if (const auto* import = std::get_if<Import>(command)) {
    refused = std::get_if<Refused>(&import->jobs.at(0));
  } else if (const auto* update = std::get_if<Update>(command)) {
    refused = std::get_if<Refused>(&update->outcomes.at(0));
  }
  return refused == nullptr ? std::nullopt : std::optional(*refused);
}

// Requires that the frame is refused with the code, and that the message begins with the field and
// names the limit.
inline void check_refused(Codec& codec, const std::string& frame, unsigned code,
                          const std::string& field, const std::string& limit) {
  const auto refused = refusal(codec.take(frame));
  REQUIRE(refused);
  CHECK(static_cast<unsigned>(refused->code) == code);
  CHECK_THAT(refused->detail, Catch::StartsWith(field + ":"));
  CHECK_THAT(refused->detail, Catch::Contains(limit));
}

// What is just within a limit, and just beyond it.
struct Limit {
  std::string field;
  std::string within;
  std::string beyond;
  unsigned code;
  std::string named;  // what the message says of the limit
};

inline void check(const std::vector<Limit>& limits) {
  Codec codec;
  for (const Limit& limit : limits) {
    INFO(limit.field << ", " << limit.code << ": " << limit.named);
    if (const auto refused = refusal(codec.take(limit.within))) {
      FAIL("what is within was refused: " << refused->detail);
    }
    check_refused(codec, limit.beyond, limit.code, limit.field, limit.named);
  }
}

}  // namespace store

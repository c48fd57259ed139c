#include "routes.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "store_limits.h"

namespace store {
namespace {

const Limits kLimits;

std::variant<Route, Refused> find(Method method, std::string_view path) {
  return find_route(method, path, kLimits.path_bytes_max, kLimits.id_bytes_max);
}

unsigned refusal(Method method, std::string_view path) {
  const auto found = find(method, path);
  const auto* refused = std::get_if<Refused>(&found);
  return refused == nullptr ? 0 : static_cast<unsigned>(refused->code);
}

struct Expected {
  Method method;
  std::string path;
  Operation operation;
  Access access;
  std::string datasource;
  std::string job;
};

// Said a second time, by hand, from docs/protocol.md, section 8.
const std::vector<Expected> kExpected = {
    {Method::kPost, "/scan/job", Operation::kSubmit, Access::kClient, "scan", ""},
    {Method::kGet, "/scan/job", Operation::kGetJob, Access::kClient, "scan", ""},
    {Method::kGet, "/scan/job/list", Operation::kListJobs, Access::kClient, "scan", ""},
    {Method::kPost, "/scan/job/cancel", Operation::kCancel, Access::kClient, "scan", ""},
    {Method::kGet, "/scan/job/j-1", Operation::kGetJob, Access::kClient, "scan", "j-1"},
    {Method::kPost, "/scan/job/j-1/cancel", Operation::kCancel, Access::kClient, "scan", "j-1"},
    {Method::kGet, "/scan/job/j-1/log", Operation::kReadLog, Access::kClient, "scan", "j-1"},
    {Method::kGet, "/scan/job/j-1/explain", Operation::kExplain, Access::kClient, "scan", "j-1"},
    {Method::kPost, "/jobs/scan/accept", Operation::kAccept, Access::kDriver, "scan", ""},
    {Method::kPost, "/jobs/scan/renew", Operation::kRenew, Access::kDriver, "scan", ""},
    {Method::kPost, "/jobs/scan/update", Operation::kUpdate, Access::kDriver, "scan", ""},
    {Method::kPost, "/jobs/scan/job/j-1", Operation::kUpdateOne, Access::kDriver, "scan", "j-1"},
    {Method::kGet, "/jobs/scan/job/j-1", Operation::kGetJob, Access::kDriver, "scan", "j-1"},
    {Method::kPost, "/jobs/scan/job/j-1/cancel", Operation::kCancel, Access::kDriver, "scan",
     "j-1"},
    {Method::kGet, "/jobs/scan/job/j-1/log", Operation::kReadLog, Access::kDriver, "scan", "j-1"},
    {Method::kGet, "/jobs/scan/job/j-1/explain", Operation::kExplain, Access::kDriver, "scan",
     "j-1"},
    {Method::kGet, "/jobs/scan/list", Operation::kListJobs, Access::kDriver, "scan", ""},
    {Method::kGet, "/jobs/scan/peek", Operation::kPeek, Access::kDriver, "scan", ""},
    {Method::kGet, "/jobs/scan/latest", Operation::kLatest, Access::kDriver, "scan", ""},
    {Method::kGet, "/jobs/scan/since/17", Operation::kSince, Access::kDriver, "scan", ""},
    {Method::kGet, "/jobs/scan/config", Operation::kGetConfig, Access::kDriver, "scan", ""},
    {Method::kPost, "/jobs/scan/config", Operation::kConfigure, Access::kDriver, "scan", ""},
    {Method::kGet, "/jobs/scan/stats", Operation::kDatasourceStats, Access::kDriver, "scan", ""},
    {Method::kGet, "/jobs/scan/workers", Operation::kListWorkers, Access::kDriver, "scan", ""},
    {Method::kGet, "/cat", Operation::kListConfigs, Access::kDriver, "", ""},
    {Method::kPost, "/cat", Operation::kConfigure, Access::kDriver, "", ""},
    {Method::kGet, "/admin/stats", Operation::kStoreStats, Access::kOperator, "", ""},
    {Method::kGet, "/admin/datasources", Operation::kDatasourceStats, Access::kOperator, "", ""},
    {Method::kGet, "/admin/scan/stats", Operation::kDatasourceStats, Access::kOperator, "scan", ""},
    {Method::kGet, "/admin/scan/workers", Operation::kListWorkers, Access::kOperator, "scan", ""},
    {Method::kGet, "/admin/scan/config", Operation::kGetConfig, Access::kOperator, "scan", ""},
    {Method::kPost, "/admin/scan/config", Operation::kConfigure, Access::kOperator, "scan", ""},
    {Method::kPost, "/admin/scan/pause", Operation::kPause, Access::kOperator, "scan", ""},
    {Method::kPost, "/admin/scan/resume", Operation::kResume, Access::kOperator, "scan", ""},
    {Method::kPost, "/admin/scan/drain", Operation::kDrain, Access::kOperator, "scan", ""},
    {Method::kPost, "/admin/scan/redrive", Operation::kRedrive, Access::kOperator, "scan", ""},
    {Method::kPost, "/admin/scan/job/j-1/remove", Operation::kRemove, Access::kOperator, "scan",
     "j-1"},
    {Method::kPost, "/admin/scan/job/j-1/restart", Operation::kRestart, Access::kOperator, "scan",
     "j-1"},
    {Method::kPost, "/admin/scan/job/j-1/edit", Operation::kEdit, Access::kOperator, "scan", "j-1"},
    {Method::kPost, "/scan/job/events", Operation::kSubscribe, Access::kClient, "scan", ""},
    {Method::kPost, "/sub/scan/job", Operation::kSubscribe, Access::kClient, "scan", ""},
    {Method::kPost, "/scan/job/j-1/events", Operation::kSubscribe, Access::kClient, "scan", "j-1"},
    {Method::kGet, "/scan/job/events", Operation::kReadEvents, Access::kClient, "scan", ""},
    {Method::kGet, "/scan/job/j-1/events", Operation::kReadEvents, Access::kClient, "scan", "j-1"},
    {Method::kPost, "/jobs/scan/events", Operation::kSubscribe, Access::kDriver, "scan", ""},
    {Method::kPost, "/sub/scan/jobs", Operation::kSubscribe, Access::kDriver, "scan", ""},
    {Method::kPost, "/jobs/scan/job/j-1/events", Operation::kSubscribe, Access::kDriver, "scan",
     "j-1"},
    {Method::kGet, "/jobs/scan/events", Operation::kReadEvents, Access::kDriver, "scan", ""},
    {Method::kGet, "/jobs/scan/job/j-1/events", Operation::kReadEvents, Access::kDriver, "scan",
     "j-1"},
    {Method::kGet, "/admin/tokens", Operation::kListTokens, Access::kOperator, "", ""},
    {Method::kPost, "/admin/tokens/k1.a/revoke", Operation::kRevokeToken, Access::kOperator, "",
     "k1.a"},
    {Method::kGet, "/admin/keys", Operation::kListKeys, Access::kOperator, "", ""},
    {Method::kPost, "/admin/keys", Operation::kNewKey, Access::kOperator, "", ""},
    {Method::kPost, "/admin/keys/k1/retire", Operation::kRetireKey, Access::kOperator, "", "k1"},
    {Method::kGet, "/status", Operation::kStoreStatus, Access::kOpen, "", ""},
    {Method::kGet, "/uptime", Operation::kStoreStatus, Access::kOpen, "", ""},
};

}  // namespace

TEST_CASE("each path means its operation, with and without a trailing slash", "[routes]") {
  for (const Expected& expected : kExpected) {
    for (const std::string& path : {expected.path, expected.path + "/"}) {
      INFO(to_string(expected.method) << ' ' << path);
      const auto found = find(expected.method, path);
      REQUIRE(std::holds_alternative<Route>(found));
      const Route& route = std::get<Route>(found);
      CHECK(route.operation == expected.operation);
      CHECK(route.access == expected.access);
      CHECK(route.datasource == expected.datasource);
      CHECK(route.job == expected.job);
    }
  }
}

TEST_CASE("GET and subscribing only tell something, all else does something", "[routes]") {
  for (const Expected& expected : kExpected) {
    INFO(expected.path);
    CHECK(is_status(expected.operation) ==
          (expected.method == Method::kGet || expected.operation == Operation::kSubscribe));
  }
}

TEST_CASE("each operation has a path", "[routes]") {
  std::set<Operation> reached;
  for (const Expected& expected : kExpected) {
    reached.insert(expected.operation);
  }
  CHECK(reached.size() == kOperationCount);
}

TEST_CASE("a known path with another method is 405 and names those it takes", "[routes]") {
  for (const Expected& expected : kExpected) {
    for (const Method method : {Method::kPut, Method::kDelete}) {
      INFO(to_string(method) << ' ' << expected.path);
      const auto found = find(method, expected.path);
      REQUIRE(std::holds_alternative<Refused>(found));
      CHECK(std::get<Refused>(found).code == Code::kMethodNotAllowed);
      const std::string wanted(to_string(expected.method));
      CHECK_THAT(std::get<Refused>(found).detail, Catch::Contains(wanted));
    }
  }
  CHECK(refusal(Method::kPost, "/scan/job/j-1") == 405);
  CHECK(refusal(Method::kPost, "/scan/job/list") == 405);
  CHECK(refusal(Method::kGet, "/scan/job/cancel") == 405);
  CHECK(refusal(Method::kGet, "/scan/job/j-1/cancel") == 405);
  CHECK(refusal(Method::kPost, "/scan/job/j-1/log") == 405);
  CHECK(refusal(Method::kPost, "/jobs/scan/peek") == 405);
  CHECK(refusal(Method::kGet, "/admin/scan/pause") == 405);
  CHECK(refusal(Method::kGet, "/admin/scan/job/j-1/remove") == 405);
  CHECK(refusal(Method::kGet, "/jobs/scan/accept") == 405);
  CHECK(refusal(Method::kPost, "/admin/stats") == 405);
  CHECK(refusal(Method::kPost, "/status") == 405);
  CHECK(refusal(Method::kPost, "/admin/tokens") == 405);
  CHECK(refusal(Method::kGet, "/admin/tokens/k1.a/revoke") == 405);
  CHECK(refusal(Method::kGet, "/admin/keys/k1/retire") == 405);
}

TEST_CASE("a path that is none is 404 for every method", "[routes]") {
  const std::vector<std::string> unknown = {"",
                                            "/",
                                            "//",
                                            "status",
                                            "scan/job",
                                            "/scan",
                                            "/scan/jobs",
                                            "/scan//job",
                                            "//scan/job",
                                            "/scan/job//",
                                            "/scan/job/j/x",
                                            "/scan/job/j//",
                                            "/STATUS",
                                            "/status/x",
                                            "/status//",
                                            "/admin",
                                            "/admin/x",
                                            "/jobs",
                                            "/jobs/scan",
                                            "/jobs/scan/job",
                                            "/jobs/scan/events/j-1",
                                            "/jobs/events",
                                            "/jobs/scan/accept/x",
                                            "/sub/scan",
                                            "/sub/scan/job/j-1",
                                            "/sub/scan/jobs/j-1",
                                            "/cat/scan",
                                            "/admin/scan",
                                            "/admin/scan/job/j-1",
                                            "/admin/scan/list",
                                            "/admin/tokens/k1.a",
                                            "/admin/tokens/revoke",
                                            "/admin/keys/retire",
                                            "/admin/keys/k1/revoke",
                                            "/tokens",
                                            "/keys",
                                            "/jobs/scan/pause",
                                            "/jobs/scan/since",
                                            "/jobs/scan/since/1/2",
                                            "/scan/job/j-1/edit",
                                            "/scan/job/list/log",
                                            "/a/b/c/d/e/f",
                                            " /status",
                                            "/status ",
                                            "/scan/job?x",
                                            std::string("/status\0", 8),
                                            "/scan/Job"};
  for (const std::string& path : unknown) {
    for (const Method method : {Method::kGet, Method::kPost, Method::kPut, Method::kDelete}) {
      INFO(to_string(method) << " '" << path << "'");
      CHECK(refusal(method, path) == 404);
    }
  }
}

TEST_CASE("an id of wrong bytes or length in a path is 400", "[routes]") {
  const std::string longest(kLimits.id_bytes_max, 'a');
  CHECK(refusal(Method::kGet, "/" + longest + "/job/" + longest) == 0);
  CHECK(refusal(Method::kGet, "/" + longest + "a/job") == 400);
  CHECK(refusal(Method::kGet, "/scan/job/" + longest + "a") == 400);
  for (const std::string& id :
       {std::string("a b"), std::string("a:b"), std::string("\xc3\xa4"), std::string("%41"),
        std::string("a\0b", 3), std::string("*"), std::string("+"), std::string("a\\b")}) {
    INFO("id '" << id << "'");
    CHECK(refusal(Method::kGet, "/" + id + "/job") == 400);
    CHECK(refusal(Method::kGet, "/scan/job/" + id) == 400);
    CHECK(refusal(Method::kPost, "/jobs/" + id + "/accept") == 400);
    CHECK(refusal(Method::kGet, "/jobs/scan/job/" + id) == 400);
  }
}

TEST_CASE("dots in a path are an id like any other and climb nowhere", "[routes]") {
  const auto found = find(Method::kGet, "/../job/..");
  REQUIRE(std::holds_alternative<Route>(found));
  CHECK(std::get<Route>(found).datasource == "..");
  CHECK(std::get<Route>(found).job == "..");
}

TEST_CASE("words of the paths name neither a datasource nor a job", "[routes]") {
  for (const std::string word :
       {"admin", "cat", "datasources", "jobs", "stats", "status", "sub", "uptime"}) {
    INFO(word);
    CHECK(refusal(Method::kPost, "/" + word + "/job") == 404);
    CHECK(refusal(Method::kPost, "/jobs/" + word + "/accept") == 404);
    CHECK(refusal(Method::kPost, "/admin/" + word + "/pause") == 404);
    CHECK_FALSE(wrong_with_datasource_id(word, 128).empty());
    CHECK(wrong_with_job_id(word, 128).empty());
  }
  for (const std::string word : {"cancel", "events", "list"}) {
    INFO(word);
    CHECK_FALSE(wrong_with_job_id(word, 128).empty());
    CHECK(wrong_with_datasource_id(word, 128).empty());
    CHECK(refusal(Method::kGet, "/jobs/scan/job/" + word) == 404);
    CHECK(refusal(Method::kPost, "/admin/scan/job/" + word + "/edit") == 404);
  }
}

TEST_CASE("since takes a cursor of up to 11 digits, or a time of 12 or more", "[routes]") {
  struct Case {
    std::string number;
    std::uint64_t since;
    bool is_time;
  };
  for (const Case& expected :
       {Case{"0", 0, false}, Case{"17", 17, false}, Case{"007", 7, false},
        Case{"99999999999", 99'999'999'999, false}, Case{"000000000000", 0, true},
        Case{"100000000000", 100'000'000'000, true}, Case{"9223372036854775807", INT64_MAX, true},
        Case{std::string(40, '0') + "1", 1, true}}) {
    INFO(expected.number);
    const auto found = find(Method::kGet, "/jobs/scan/since/" + expected.number + "/");
    REQUIRE(std::holds_alternative<Route>(found));
    CHECK(std::get<Route>(found).since == expected.since);
    CHECK(std::get<Route>(found).since_is_time == expected.is_time);
  }
  for (const std::string number :
       {"-1", "+1", "1.5", "0x10", "1e3", " 1", "1 ", "now", "17a", "9223372036854775808",
        "18446744073709551616", "99999999999999999999999"}) {
    INFO(number);
    const auto found = find(Method::kGet, "/jobs/scan/since/" + number);
    REQUIRE(std::holds_alternative<Refused>(found));
    CHECK(std::get<Refused>(found).code == Code::kBadRequest);
    CHECK_THAT(std::get<Refused>(found).detail, Catch::StartsWith("path: "));
  }
}

TEST_CASE("a path may have 512 bytes and no more", "[routes]") {
  // Too long for ids, so that the length of the path alone makes the difference.
  const std::string longest = "/scan/job/" + std::string(512 - 10, 'a');
  REQUIRE(longest.size() == 512);
  CHECK(refusal(Method::kGet, longest) == 400);
  const auto found = find(Method::kGet, longest + "a");
  REQUIRE(std::holds_alternative<Refused>(found));
  CHECK(std::get<Refused>(found).code == Code::kNotFound);
  CHECK_THAT(std::get<Refused>(found).detail, Catch::Contains("512"));
}

TEST_CASE("a name takes the alphabet of ids and the signs :@+/=, up to 128 bytes", "[routes]") {
  CHECK(wrong_with_name("azAZ09._~-:@+/=", 128).empty());
  CHECK(wrong_with_name(std::string(128, 'a'), 128).empty());
  CHECK_FALSE(wrong_with_name(std::string(129, 'a'), 128).empty());
  CHECK_FALSE(wrong_with_name("", 128).empty());
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool in_ids = std::isalnum(c) != 0 && c < 128;
    const bool id_sign = c != 0 && std::string_view("._~-").find(character) != std::string::npos;
    const bool name_sign = c != 0 && std::string_view(":@+/=").find(character) != std::string::npos;
    INFO("byte " << c);
    CHECK(wrong_with_job_id(std::string(1, character), 128).empty() == (in_ids || id_sign));
    CHECK(wrong_with_name(std::string(1, character), 128).empty() ==
          (in_ids || id_sign || name_sign));
  }
}

}  // namespace store

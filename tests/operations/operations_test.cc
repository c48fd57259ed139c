#include "operations.h"

#include <catch2/catch.hpp>
#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "text_rules.h"

namespace store {

using jobq::wrong_with_datasource_id;
using jobq::wrong_with_job_id;
using jobq::wrong_with_name;

namespace {

unsigned refusal(Method method, std::string_view path) {
  const auto found = find_route(method, path);
  const auto* none = std::get_if<NoRoute>(&found);
  return none == nullptr ? 0 : none->code;
}

// The pattern with a datasource, a job and a number in it.
std::string example_of(std::string_view pattern) {
  std::string path;
  for (const char c : pattern) {
    path += c == '*' ? "scan" : c == '+' ? "j-1" : c == '#' ? "17" : std::string(1, c);
  }
  return path;
}

}  // namespace

TEST_CASE("each path means its operation, with and without a trailing slash") {
  for (const PathRow& expected : path_rows()) {
    const auto has = [&](char what) {
      return expected.pattern.find(what) != std::string_view::npos;
    };
    for (const std::string slash : {"", "/"}) {
      const std::string path = example_of(expected.pattern) + slash;
      INFO(to_string(expected.method) << ' ' << path);
      const auto found = find_route(expected.method, path);
      REQUIRE(std::holds_alternative<Route>(found));
      const Route& route = std::get<Route>(found);
      CHECK(route.operation == expected.operation);
      CHECK(route.access == expected.access);
      CHECK(route.datasource == (has('*') ? "scan" : ""));
      CHECK(route.job == (has('+') ? "j-1" : ""));
      CHECK(route.since == (has('#') ? 17 : 0));
      CHECK(route.alias_of == example_of(expected.alias_of));
    }
  }
}

TEST_CASE("GET and subscribing only tell something, all else does something") {
  for (const PathRow& path : path_rows()) {
    INFO(path.pattern);
    CHECK((traits_of(path.operation).effect == Effect::kReads) ==
          (path.method == Method::kGet || path.operation == Operation::kSubscribe));
  }
}

// A token for one job must not do more than that job's own path says.
TEST_CASE("of the paths with a job, all are about that job alone but these") {
  for (const PathRow& path : path_rows()) {
    INFO(path.pattern);
    const bool is_of_job = path.pattern.find("/job/+") != std::string_view::npos;
    if (is_of_job) {
      CHECK((traits_of(path.operation).about == About::kOneJob) ==
            (path.operation != Operation::kRestart));
    } else if (path.access == Access::kOperator) {
      CHECK(traits_of(path.operation).about == About::kOther);
    }
  }
}

TEST_CASE("an alias means the same as the path that it stands for") {
  for (const PathRow& path : path_rows()) {
    if (!path.alias_of.empty()) {
      INFO(path.pattern);
      const auto found = find_route(path.method, example_of(path.alias_of));
      REQUIRE(std::holds_alternative<Route>(found));
      const Route& route = std::get<Route>(found);
      CHECK(route.operation == path.operation);
      CHECK(route.access == path.access);
      CHECK(route.alias_of.empty());
    }
  }
}

TEST_CASE("a known path with another method is 405 and names those it takes") {
  for (const PathRow& path : path_rows()) {
    for (const Method method : {Method::kPut, Method::kDelete}) {
      INFO(to_string(method) << ' ' << path.pattern);
      const auto found = find_route(method, example_of(path.pattern));
      REQUIRE(std::holds_alternative<NoRoute>(found));
      CHECK(std::get<NoRoute>(found).code == 405);
      CHECK_THAT(std::get<NoRoute>(found).detail,
                 Catch::Contains(std::string(to_string(path.method))));
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

TEST_CASE("a path that is none is 404 for every method") {
  std::vector<std::string> unknown = {
      "",           "/",          "//",         "status",     "scan/job",  "/scan",
      "/scan/jobs", "/scan//job", "//scan/job", "/STATUS",    "/status/x", "/status//",
      "/admin",     "/admin/x",   "/jobs",      "/jobs/scan", "/sub/scan", "/cat/scan",
      "/tokens",    "/keys",      " /status",   "/status ",   "/scan/Job"};
  for (const std::string path :
       {"/scan/job//",         "/scan/job/j/x",         "/scan/job/j//",
        "/jobs/scan/job",      "/jobs/events",          "/admin/scan",
        "/admin/scan/list",    "/jobs/scan/pause",      "/jobs/scan/since",
        "/a/b/c/d/e/f",        "/scan/job?x",           "/jobs/scan/events/j-1",
        "/jobs/scan/accept/x", "/sub/scan/job/j-1",     "/sub/scan/jobs/j-1",
        "/admin/scan/job/j-1", "/admin/tokens/k1.a",    "/admin/tokens/revoke",
        "/admin/keys/retire",  "/admin/keys/k1/revoke", "/jobs/scan/since/1/2",
        "/scan/job/j-1/edit",  "/scan/job/list/log"}) {
    unknown.push_back(path);
  }
  unknown.push_back(std::string("/status\0", 8));
  for (const std::string& path : unknown) {
    for (const Method method : {Method::kGet, Method::kPost, Method::kPut, Method::kDelete}) {
      INFO(to_string(method) << " '" << path << "'");
      CHECK(refusal(method, path) == 404);
    }
  }
}

TEST_CASE("an id of wrong bytes or length in a path is 400") {
  const std::string longest(jobq::limits::kIdBytesMax, 'a');
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

TEST_CASE("dots in a path are an id like any other and climb nowhere") {
  const auto found = find_route(Method::kGet, "/../job/..");
  REQUIRE(std::holds_alternative<Route>(found));
  CHECK(std::get<Route>(found).datasource == "..");
  CHECK(std::get<Route>(found).job == "..");
}

TEST_CASE("words of the paths name neither a datasource nor a job") {
  for (const std::string_view listed : jobq::limits::kDatasourceWords) {
    const std::string word(listed);
    INFO(word);
    CHECK_FALSE(wrong_with_datasource_id(word, 128).empty());
  }
  for (const std::string_view listed : jobq::limits::kJobWords) {
    const std::string word(listed);
    INFO(word);
    CHECK_FALSE(wrong_with_job_id(word, 128).empty());
    CHECK(refusal(Method::kGet, "/jobs/scan/job/" + word) == 404);
    CHECK(refusal(Method::kPost, "/admin/scan/job/" + word + "/edit") == 404);
  }
}

// Else a token for the paths of that datasource could be one for others: /admin/keys/* covers
// /admin/keys/k1/retire.
TEST_CASE("no datasource is named like a word of any path, and each such word is listed") {
  std::set<std::string> words = {"kv"};  // what paths of Zest begin with
  for (const PathRow& row : path_rows()) {
    std::string word;
    for (const char c : std::string(row.pattern) + '/') {
      if (c != '/') {
        word += c;
        continue;
      }
      if (word.size() > 1) words.insert(word);
      word.clear();
    }
  }
  for (const std::string& word : words) {
    INFO(word);
    CHECK_FALSE(wrong_with_datasource_id(word).empty());
  }
  const auto& listed = jobq::limits::kDatasourceWords;
  CHECK(std::set<std::string>(std::begin(listed), std::end(listed)) == words);
}

TEST_CASE("a datasource that had a word for its name has the paths that are no others") {
  CHECK(refusal(Method::kGet, "/keys/job") == 0);
  CHECK(refusal(Method::kPost, "/jobs/keys/accept") == 0);
  CHECK(refusal(Method::kPost, "/admin/log/pause") == 0);
  for (const std::string word : {"keys", "tokens", "stats", "datasources"}) {
    CHECK(refusal(Method::kPost, "/admin/" + word + "/pause") == 404);
    CHECK(refusal(Method::kPost, "/admin/" + word + "/job/j1/remove") == 404);
  }
  for (const std::string word : {"admin", "cat", "jobs", "status", "sub", "uptime"}) {
    CHECK(refusal(Method::kPost, "/" + word + "/job") == 404);
  }
}

// Else what somebody asks about a job of that name would be another operation: whoever adds a word
// below a datasource adds it to the schema's.
TEST_CASE("no id can make one path of another") {
  const auto parts_of = [](std::string_view pattern) {
    std::vector<std::string> parts;
    for (const char c : pattern) c == '/' ? void(parts.emplace_back()) : parts.back().push_back(c);
    return parts;
  };
  const auto is_told_from = [](const std::string& place, const std::string& other) {
    if (place.size() > 1) return other.size() > 1 && place != other;
    if (other.size() == 1) return false;
    return place == "*"   ? !wrong_with_datasource_id(other).empty()
           : place == "+" ? !wrong_with_job_id(other).empty()
                          : !std::isdigit(other.front());
  };
  for (const PathRow& one : path_rows()) {
    for (const PathRow& two : path_rows()) {
      const auto parts = parts_of(one.pattern);
      const auto others = parts_of(two.pattern);
      if (one.pattern == two.pattern || parts.size() != others.size()) continue;
      INFO(one.pattern << " and " << two.pattern);
      bool is_apart = false;
      for (std::size_t i = 0; i < parts.size(); ++i) {
        is_apart |= is_told_from(parts[i], others[i]) || is_told_from(others[i], parts[i]);
      }
      CHECK(is_apart);
    }
  }
}

TEST_CASE("since takes a cursor of up to 11 digits, or a time of 12 or more") {
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
    const auto found = find_route(Method::kGet, "/jobs/scan/since/" + expected.number + "/");
    REQUIRE(std::holds_alternative<Route>(found));
    CHECK(std::get<Route>(found).since == expected.since);
    CHECK(std::get<Route>(found).since_is_time == expected.is_time);
  }
  for (const std::string number :
       {"-1", "+1", "1.5", "0x10", "1e3", " 1", "1 ", "now", "17a", "9223372036854775808",
        "18446744073709551616", "99999999999999999999999"}) {
    INFO(number);
    const auto found = find_route(Method::kGet, "/jobs/scan/since/" + number);
    REQUIRE(std::holds_alternative<NoRoute>(found));
    CHECK(std::get<NoRoute>(found).code == 400);
    CHECK_THAT(std::get<NoRoute>(found).detail, Catch::StartsWith("path: "));
  }
}

TEST_CASE("a path may have 512 bytes and no more") {
  // Too long for ids, so that the length of the path alone makes the difference.
  const std::string longest = "/scan/job/" + std::string(512 - 10, 'a');
  REQUIRE(longest.size() == 512);
  CHECK(refusal(Method::kGet, longest) == 400);
  const auto found = find_route(Method::kGet, longest + "a");
  REQUIRE(std::holds_alternative<NoRoute>(found));
  CHECK(std::get<NoRoute>(found).code == 404);
  CHECK_THAT(std::get<NoRoute>(found).detail, Catch::Contains("512"));
}

TEST_CASE("a name takes the alphabet of ids and the signs :@+/=, up to 128 bytes") {
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

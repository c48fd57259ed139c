// Every limit that decoding checks: what is just within is taken, what is just beyond is refused
// with the documented code and a message that names the field and the limit.
#include <catch2/catch.hpp>
#include <cmath>

#include "cases.h"

namespace store {
namespace {

using namespace std::chrono_literals;

constexpr Span kYear = 31'536'000'000ms;
const std::string kId = "[A-Za-z0-9._~-]";
const std::string kName = "[A-Za-z0-9._~:@+/=-]";
const std::string kEmpty = "empty";
const std::string kHex16 = "00f067aa0ba902b7";
const std::string kHex32 = "4bf92f3577b34da6a3ce929d0e0e4736";

std::string submit_many(std::size_t count) {
  return wire::submit_frame(post("/scan/job"), std::vector<wire::NewJob>(count, {.job = "j"}));
}
std::string update_many(std::size_t count) {
  return wire::update_frame(post("/jobs/scan/update"),
                            std::vector<wire::Outcome>(count, {{"j"}, {}}));
}
std::string renew_many(std::size_t count) {
  return renew({.leases = std::vector<wire::Lease>(count, {"j"})});
}
std::string after(std::size_t count, const std::string& job = "a",
                  const std::string& datasource = {}) {
  wire::NewJob one{.job = "j"};
  one.after.assign(count, {.datasource = datasource, .job = job});
  return submit(one);
}
// So many of another datasource, in two jobs.
std::string after_elsewhere(std::size_t count) {
  std::vector<wire::NewJob> jobs{{.job = "j"}, {.job = "k"}};
  jobs[0].after.assign(32, {.datasource = "mail", .job = "a"});
  jobs[1].after.assign(count - 32, {.datasource = "mail", .job = "a"});
  return wire::submit_frame(post("/scan/job"), jobs);
}
std::string traced(const std::string& trace) { return submit({.job = "j", .trace = trace}); }

// What all texts of an error are held to, at the place where the outcome has it.
std::vector<Limit> limits_of_error(const std::string& at,
                                   const std::function<wire::Outcome(wire::Error)>& outcome) {
  const auto with = [&](const wire::Error& error) { return update(outcome(error)); };
  return {
      {at + ".code", with({a(64)}), with({a(65)}), 413, "64"},
      {at + ".code", with({"e"}), with({""}), 400, kEmpty},
      {at + ".code", with({"\xc3\xa4"}), with({kNotUtf8}), 400, "UTF-8"},
      {at + ".message", with({"e", a(1024)}), with({"e", a(1025)}), 413, "1024"},
      {at + ".message", with({"e"}), with({"e", kNotUtf8}), 400, "UTF-8"},
      {at + ".detail", with({"e", {}, a(65'536)}), with({"e", {}, a(65'537)}), 413, "65536"},
      {at + ".detail", with({"e", {}, kNul}), with({"e", {}, kNotUtf8}), 400, "UTF-8"},
  };
}

// What a datasource says for its jobs is held to the same as what a job says.
std::vector<Limit> limits_of_terms(const std::string& at,
                                   const std::function<std::string(wire::Terms)>& with) {
  const auto back = [&](const wire::Backoff& backoff) { return with({.backoff = backoff}); };
  return {
      {at + "keepForMs", with({.keep_for = kYear}), with({.keep_for = kYear + 1ms}), 400,
       "0..31536000000"},
      {at + "keepForMs", with({}), with({.keep_for = Span::max()}), 400, "31536000000"},
      {at + "validForMs", with({.valid_for = 100 * kYear}), with({.valid_for = 100 * kYear + 1ms}),
       400, "0..3153600000000"},
      {at + "timeoutMs", with({.timeout = kYear}), with({.timeout = kYear + 1ms}), 400,
       "0..31536000000"},
      {at + "slowAfterMs", with({.slow_after = kYear}), with({.slow_after = kYear + 1ms}), 400,
       "0..31536000000"},
      {at + "stallAfterMs", with({.stall_after = kYear}), with({.stall_after = kYear + 1ms}), 400,
       "0..31536000000"},
      {at + "deferMaxMs", with({.defer_max = kYear}), with({.defer_max = kYear + 1ms}), 400,
       "0..31536000000"},
      {at + "failuresMax", with({.failures_max = 1000}), with({.failures_max = 1001}), 400,
       "0..1000"},
      {at + "lostLeasesMax", with({.lost_leases_max = 1000}), with({.lost_leases_max = 1001}), 400,
       "0..1000"},
      {at + "releasesMax", with({.releases_max = 1'000'000}), with({.releases_max = 1'000'001}),
       400, "0..1000000"},
      {at + "backoff.initialMs", back({kYear, kYear}), back({kYear + 1ms, kYear + 1ms}), 400,
       "0..31536000000"},
      {at + "backoff.factorPercent", back({1ms, 1ms, 10'000}), back({1ms, 1ms, 10'001}), 400,
       "100..10000"},
      {at + "backoff.factorPercent", back({1ms, 1ms, 100}), back({1ms, 1ms, 99}), 400,
       "100..10000"},
      {at + "backoff.maxMs", back({1ms, kYear}), back({1ms, kYear + 1ms}), 400, "1..31536000000"},
      {at + "backoff.maxMs", back({500ms, 500ms}), back({500ms, 499ms}), 400, "500..31536000000"},
      {at + "backoff.jitterPercent", back({0ms, 0ms, 100, 100}), back({0ms, 0ms, 100, 101}), 400,
       "0..100"},
  };
}

}  // namespace

TEST_CASE("a submit is held to every limit") {
  check({
      {"jobs", submit_many(1), submit_many(0), 400, "at least one"},
      {"jobs", submit_many(1024), submit_many(1025), 413, "1024"},
      {"jobs[0].job", submit({.job = a(128)}), submit({.job = a(129)}), 400, "128"},
      {"jobs[0].job", submit({.job = "a"}), submit({.job = ""}), 400, kEmpty},
      {"jobs[0].job", submit({.job = "azAZ09._~-"}), submit({.job = "a:b"}), 400, kId},
      {"jobs[0].job", submit({.job = "a"}), submit({.job = kNul}), 400, kId},
      {"jobs[0].job", submit({.job = "a"}), submit({.job = kNotUtf8}), 400, kId},
      {"jobs[0].job", submit({.job = "lists"}), submit({.job = "list"}), 400, "word"},
      {"jobs[0].job", submit({.job = "Cancel"}), submit({.job = "cancel"}), 400, "word"},
      {"jobs[0].client", submit({.job = "j", .client = a(128)}),
       submit({.job = "j", .client = a(129)}), 400, "128"},
      {"jobs[0].client", submit({.job = "j", .client = "a:b@c+d/e=f"}),
       submit({.job = "j", .client = "a b"}), 400, kName},
      {"jobs[0].client", submit({.job = "j"}), literal_submit({.job = "j", .request = "{}"}), 400,
       kEmpty},
      {"jobs[0].client", submit({.job = "j"}), submit({.job = "j", .client = kNul}), 400, kName},
      {"jobs[0].request", submit({.job = "j", .request = json(1 << 20)}),
       submit({.job = "j", .request = json((1 << 20) + 1)}), 413, "1048576"},
      {"jobs[0].request", submit({.job = "j", .request = "1"}),
       literal_submit({.job = "j", .client = "alice"}), 400, "JSON"},
      {"jobs[0].priority", submit({.job = "j", .priority = 100}),
       submit({.job = "j", .priority = 101}), 400, "0..100"},
      {"jobs[0].function", submit({.job = "j", .function = a(128)}),
       submit({.job = "j", .function = a(129)}), 400, "128"},
      {"jobs[0].function", submit({.job = "j", .function = "a/b"}),
       submit({.job = "j", .function = "a b"}), 400, kName},
      {"jobs[0].after", after(64), after(65), 413, "64"},
      {"jobs.after", after_elsewhere(64), after_elsewhere(65), 413, "64"},
      {"jobs[0].after[0].job", after(1), after(1, "a:b"), 400, kId},
      {"jobs[0].after[0].datasource", after(1, "a", "mail"), after(1, "a", "a/b"), 400, kId},
      {"jobs[0].notBefore", submit({.job = "j", .not_before = Time(253'402'300'799'999ms)}),
       submit({.job = "j", .not_before = Time(253'402'300'800'000ms)}), 400, "253402300799999"},
      {"jobs[0].delayMs", submit({.job = "j", .delay = 100 * kYear}),
       submit({.job = "j", .delay = 100 * kYear + 1ms}), 400, "3153600000000"},
      {"jobs[0].delayMs", submit({.job = "j", .not_before = Time(1ms)}),
       submit({.job = "j", .not_before = Time(1ms), .delay = 1ms}), 400, "notBefore"},
      {"jobs[0].tags", submit({.job = "j", .tags = names(16)}),
       submit({.job = "j", .tags = names(17)}), 413, "16"},
      {"jobs[0].tags[1]", submit({.job = "j", .tags = {"a", a(128)}}),
       submit({.job = "j", .tags = {"a", a(129)}}), 400, "128"},
      {"jobs[0].tags[0]", submit({.job = "j", .tags = {"a=b"}}),
       submit({.job = "j", .tags = {"a,b"}}), 400, kName},
      {"jobs[0].tags[0]", submit({.job = "j", .tags = {}}), submit({.job = "j", .tags = {""}}), 400,
       kEmpty},
  });
  check(limits_of_terms(
      "jobs[0].", [](const wire::Terms& terms) { return submit({.job = "j", .terms = terms}); }));
}

TEST_CASE("a trace is a W3C traceparent and nothing else") {
  const std::string good = "00-" + kHex32 + '-' + kHex16 + "-01";
  std::vector<Limit> limits;
  for (const std::string& bad :
       {good + "0", good.substr(0, 54), good + "-01", "ff-" + kHex32 + '-' + kHex16 + "-01",
        "0g-" + kHex32 + '-' + kHex16 + "-01", "00-" + std::string(32, '0') + '-' + kHex16 + "-01",
        "00-" + kHex32 + '-' + std::string(16, '0') + "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + kHex16 + "-01",
        "00_" + kHex32 + '-' + kHex16 + "-01", "00-" + kHex32 + '_' + kHex16 + "-01",
        "00-" + kHex32 + '-' + kHex16 + "_01", "00-" + kHex32 + '-' + kHex16 + "-0A",
        "00-" + kHex32 + '-' + kHex16 + "- 1", "00-" + kHex32.substr(1) + "x-" + kHex16 + "-01",
        std::string(55, '\0')}) {
    limits.push_back({"jobs[0].trace", traced(good), traced(bad), 400, "55 bytes"});
  }
  check(limits);
  check({{"jobs[0].trace", traced("fe-" + kHex32 + '-' + kHex16 + "-ff"), traced("x"), 400, "W3C"},
         {"jobs[0].trace", traced(""), traced("0"), 400, "W3C"}});
}

TEST_CASE("queries are held to every limit") {
  const std::string explain = "/scan/job/j/explain";
  const std::string strange_status =
      wire::request_frame(get("/scan/job/list"), [](protocol::Request::Builder request) {
        auto query = request.getBody().initListQuery();
        query.setClient("alice");
        query.initStatuses(1).set(0, protocol::Status(65'535));
      });
  const auto since = [](const wire::ListQuery& of, const std::string& number = "0") {
    return list(of, "/jobs/scan/since/" + number);
  };
  check({
      {"job", query({.job = a(128)}), query({.job = a(129)}), 400, "128"},
      {"job", query({.job = "j"}), query({.job = ""}), 400, kEmpty},
      {"job", query({.job = "event"}), query({.job = "events"}), 400, "word"},
      {"job", query({.job = "j-1"}, "/scan/job/j-1"), query({.job = "j-2"}, "/scan/job/j-1"), 400,
       "path"},
      {"client", query({.job = "j", .client = a(128)}), query({.job = "j", .client = a(129)}), 400,
       "128"},
      {"client", query({.job = "j"}), query({.job = "j", .client = ""}), 400, kEmpty},
      {"waitMs", query({.job = "j", .wait_ms = 60'000}), query({.job = "j", .wait_ms = 60'001}),
       400, "0..60000"},
      {"client", query({}, explain), query({.client = ""}, explain), 400, kEmpty},
      {"job", query({.job = "j"}, explain), query({.job = "k"}, explain), 400, "path"},
      {"client", log_query({.client = a(128)}), log_query({.client = a(129)}), 400, "128"},
      {"limit", log_query({.limit = 1000}), log_query({.limit = 1001}), 400, "1..1000"},
      {"client", list({.client = a(128)}), list({.client = a(129)}), 400, "128"},
      {"client", literal_list("/jobs/scan/list"), literal_list("/scan/job/list"), 400, kEmpty},
      {"client", list({}, "/jobs/scan/list"), list({.client = a(129)}, "/jobs/scan/list"), 400,
       "128"},
      {"limit", list({.limit = 1000}), list({.limit = 1001}), 400, "1..1000"},
      {"limit", list({.limit = 1}), list({.limit = UINT32_MAX}), 400, "1..1000"},
      {"statuses", list({.statuses = {Status(6)}}), list({.statuses = {Status(7)}}), 400,
       "not exist"},
      {"statuses", list({}), strange_status, 400, "not exist"},
      {"function", list({.function = a(128)}), list({.function = a(129)}), 400, "128"},
      {"tag", list({.tag = a(128)}), list({.tag = a(129)}), 400, "128"},
      {"tag", list({.tag = "a"}), list({.tag = "a b"}), 400, kName},
      {"text", list({.text = a(1024)}), list({.text = a(1025)}), 413, "1024"},
      {"text", list({.text = "\xc3\xa4"}), list({.text = "\xc3"}), 400, "UTF-8"},
      {"path", since({}, "9223372036854775807"), since({}, "9223372036854775808"), 400,
       "9223372036854775807"},
      {"path", since({}, "1"), since({}, "-1"), 400, "number"},
      {"client", since({.client = a(128)}), since({.client = a(129)}), 400, "128"},
      {"limit", since({.limit = 1000}), since({.limit = 1001}), 400, "1..1000"},
      {"function", since({.function = a(128)}), since({.function = a(129)}), 400, "128"},
      {"tag", since({.tag = a(128)}), since({.tag = a(129)}), 400, "128"},
  });
}

TEST_CASE("accept, renew and peek are held to every limit") {
  check({
      {"worker", accept({.worker = a(128)}), accept({.worker = a(129)}), 400, "128"},
      {"worker", accept({}), accept({.worker = ""}), 400, kEmpty},
      {"worker", accept({}), accept({.worker = kNul}), 400, kName},
      {"requestNumber", accept({.request_number = 1}), accept({.request_number = 0}), 400,
       "1 or more"},
      {"max", accept({.max = 1024}), accept({.max = 1025}), 400, "1..1024"},
      {"leaseMs", accept({.lease_ms = 100}), accept({.lease_ms = 99}), 400, "100..3600000"},
      {"leaseMs", accept({.lease_ms = 3'600'000}), accept({.lease_ms = 3'600'001}), 400,
       "100..3600000"},
      {"goneAfterMs", accept({.gone_after_ms = 3'600'000}), accept({.gone_after_ms = 3'600'001}),
       400, "0..3600000"},
      {"waitMs", accept({.wait_ms = 60'000}), accept({.wait_ms = 60'001}), 400, "0..60000"},
      {"functions", accept({.functions = names(64)}), accept({.functions = names(65)}), 413, "64"},
      {"functions[0]", accept({.functions = {a(128)}}), accept({.functions = {a(129)}}), 400,
       "128"},
      {"functions[1]", accept({.functions = {"a"}}), accept({.functions = {"a", ""}}), 400, kEmpty},
      {"leases", renew_many(1), renew_many(0), 400, "at least one"},
      {"leases", renew_many(1024), renew_many(1025), 413, "1024"},
      {"leases", renew({.worker = "w"}), renew({.worker = ""}), 400, "worker"},
      {"leaseMs", renew({.leases = {{"j"}}, .lease_ms = 100}),
       renew({.leases = {{"j"}}, .lease_ms = 99}), 400, "100..3600000"},
      {"leaseMs", renew({.leases = {{"j"}}, .lease_ms = 3'600'000}),
       renew({.leases = {{"j"}}, .lease_ms = 3'600'001}), 400, "100..3600000"},
      {"worker", renew({.worker = a(128)}), renew({.worker = a(129)}), 400, "128"},
      {"waitMs", renew({.worker = "w", .wait_ms = 60'000}),
       renew({.worker = "w", .wait_ms = 60'001}), 400, "0..60000"},
      {"waitMs", renew({.leases = {{"j"}}, .worker = "w", .wait_ms = 1}),
       renew({.leases = {{"j"}}, .wait_ms = 1}), 400, "worker"},
      {"seen", renew({.leases = {{"j"}}, .worker = "w", .seen = 1}),
       renew({.leases = {{"j"}}, .seen = 1}), 400, "worker"},
      {"functions", peek(names(64)), peek(names(65)), 413, "64"},
      {"functions[0]", peek({a(128)}), peek({a(129)}), 400, "128"},
  });
}

TEST_CASE("an outcome is held to every limit") {
  const wire::Lease j{"j"};
  const std::string at = "outcomes[0]";
  const std::string of_j = "/jobs/scan/job/j";
  const auto worker = [](const std::string& name, std::uint64_t number, Span lease) {
    return update(wire::accept_one("j", name, number, lease));
  };
  const auto done = [](double value, const std::string& message = {}) {
    return update(wire::progress({"j"}, value, message));
  };
  check({
      {"outcomes", update_many(1), update_many(0), 400, "at least one"},
      {"outcomes", update_many(1024), update_many(1025), 413, "1024"},
      {"outcomes", wire::update_frame(post(of_j), {{}}), wire::update_frame(post(of_j), {{}, {}}),
       400, "must be one"},
      {at + ".lease.job", update({{a(128)}, {}}), update({{a(129)}, {}}), 400, "128"},
      {at + ".lease.job", update({{""}, {}}, of_j), update({{""}, {}}), 400, kEmpty},
      {at + ".lease.job", update({j, {}}, of_j), update({{"k"}, {}}, of_j), 400, "path"},
      {at + ".complete", update({j, wire::Done{json(1 << 20)}}),
       update({j, wire::Done{json((1 << 20) + 1)}}), 413, "1048576"},
      {at + ".complete", update({j, wire::Done{"1"}}), update({j, wire::Done{" "}}), 400, "JSON"},
      {at + ".retry.delayMs", update(wire::retry(j, {"e"}, kYear)),
       update(wire::retry(j, {"e"}, kYear + 1ms)), 400, "0..31536000000"},
      {at + ".release.delayMs", update(wire::release(j, kYear)),
       update(wire::release(j, kYear + 1ms)), 400, "0..31536000000"},
      {at + ".release.message", update(wire::release(j, 0ms, a(1024))),
       update(wire::release(j, 0ms, a(1025))), 413, "1024"},
      {at + ".release.message", update(wire::release(j)), update(wire::release(j, 0ms, kNotUtf8)),
       400, "UTF-8"},
      {at + ".progress.value", done(1), done(std::nextafter(1, 2)), 400, "0..1"},
      {at + ".progress.value", done(0), done(-std::nextafter(0, 1)), 400, "0..1"},
      {at + ".progress.value", done(0.5), done(std::nan("")), 400, "0..1"},
      {at + ".progress.value", done(0.5), done(INFINITY), 400, "0..1"},
      {at + ".progress.message", done(0, a(1024)), done(0, a(1025)), 413, "1024"},
      {at + ".progress.message", done(0), done(0, kNotUtf8), 400, "UTF-8"},
      {at + ".accepted.worker", worker(a(128), 1, 0ms), worker(a(129), 1, 0ms), 400, "128"},
      {at + ".accepted.worker", worker("w", 1, 0ms), worker("", 1, 0ms), 400, kEmpty},
      {at + ".accepted.requestNumber", worker("w", 1, 0ms), worker("w", 0, 0ms), 400, "1 or more"},
      {at + ".accepted.leaseMs", worker("w", 1, 100ms), worker("w", 1, 99ms), 400, "100..3600000"},
      {at + ".accepted.leaseMs", worker("w", 1, 3'600'000ms), worker("w", 1, 3'600'001ms), 400,
       "100..3600000"},
  });
  check(limits_of_error(at + ".fail", [&](const wire::Error& error) {
    return wire::Outcome{j, error};
  }));
  check(limits_of_error(at + ".retry.error",
                        [&](const wire::Error& error) { return wire::retry(j, error); }));
  check(limits_of_error(at + ".forbid",
                        [&](const wire::Error& error) { return wire::forbid(j, error); }));
}

TEST_CASE("log lines are held to every limit") {
  const std::string at = "outcomes[0]";
  const auto lines = [](const std::vector<std::string>& texts, unsigned first = 0,
                        LogLevel level = LogLevel::kInfo) {
    std::vector<wire::LogText> said;
    for (const std::string& text : texts) {
      said.push_back({level, text});
    }
    return update(wire::log({"j"}, said, first));
  };
  check({
      {at + ".log.lines", lines({"a"}), lines({}), 400, "at least one"},
      {at + ".log.lines", lines(std::vector<std::string>(1024, "a")),
       lines(std::vector<std::string>(1025, "a")), 413, "1024"},
      {at + ".log.lines[1].text", lines({"a", a(1024)}), lines({"a", a(1025)}), 413, "1024"},
      {at + ".log.lines[0].text", lines({"\x1b[1m\t"}), lines({""}), 400, kEmpty},
      {at + ".log.lines[0].text", lines({"\xc3\xa4"}), lines({kNotUtf8}), 400, "UTF-8"},
      {at + ".log.lines[0].text", lines({"a"}), lines({kNul}), 400, "NUL"},
      {at + ".log.lines[0].level", lines({"a"}, 0, LogLevel(3)), lines({"a"}, 0, LogLevel(4)), 400,
       "none"},
      {at + ".log.first", lines({"a", "b"}, UINT32_MAX - 1), lines({"a", "b"}, UINT32_MAX), 400,
       "0..4294967294"},
  });
}

TEST_CASE("a configuration is held to every limit") {
  const auto weights = [](std::size_t count) {
    std::vector<wire::Weight> weights;
    for (const std::string& client : names(count)) {
      weights.push_back({client, 1});
    }
    return config({.weights = weights});
  };
  const auto cat = [](const std::string& datasource) {
    return config({.datasource = datasource}, "/cat");
  };
  check({
      {"datasource", cat(a(128)), cat(a(129)), 400, "128"},
      {"datasource", cat("scan"), cat(""), 400, kEmpty},
      {"datasource", cat("a.b"), cat("a/b"), 400, kId},
      {"datasource", cat("stat"), cat("stats"), 400, "word"},
      {"datasource", cat("Jobs"), cat("jobs"), 400, "word"},
      {"datasource", config({.datasource = "scan"}), config({.datasource = "print"}), 400, "path"},
      {"datasource", config({}, "/admin/scan/config"),
       config({.datasource = "print"}, "/admin/scan/config"), 400, "path"},
      {"description", config({.description = a(1024)}), config({.description = a(1025)}), 413,
       "1024"},
      {"description", config({}), config({.description = kNotUtf8}), 400, "UTF-8"},
      {"priority", config({.priority = 100}), config({.priority = 101}), 400, "0..100"},
      {"leaseMs", config({.lease = 100ms}), config({.lease = 99ms}), 400, "100..3600000"},
      {"leaseMs", config({.lease = 3'600'000ms}), config({.lease = 3'600'001ms}), 400,
       "100..3600000"},
      {"cancelGraceMs", config({.cancel_grace = 3'600'000ms}),
       config({.cancel_grace = 3'600'001ms}), 400, "0..3600000"},
      {"weights", weights(1024), weights(1025), 413, "1024"},
      {"weights[0].client", config({.weights = {{a(128)}}}), config({.weights = {{a(129)}}}), 400,
       "128"},
      {"weights[0].client", config({.weights = {{"a"}}}), config({.weights = {{""}}}), 400, kEmpty},
      {"weights[1].client", config({.weights = {{"a"}, {"b"}}}),
       config({.weights = {{"a"}, {"a"}}}), 400, "already"},
      {"weights[0].weight", config({.weights = {{"a", 100}}}), config({.weights = {{"a", 101}}}),
       400, "1..100"},
      {"weights[0].weight", config({.weights = {{"a", 1}}}), config({.weights = {{"a", 0}}}), 400,
       "1..100"},
  });
  check(
      limits_of_terms("terms.", [](const wire::Terms& terms) { return config({.terms = terms}); }));
}

TEST_CASE("edit, restart and redrive are held to every limit") {
  const auto of = [](Status status) { return redrive({.statuses = {status}}); };
  check({
      {"priority", edit({.priority = 100}), edit({.priority = 101}), 400, "0..100"},
      {"validForMs", edit({.valid_for = 100 * kYear}), edit({.valid_for = 100 * kYear + 1ms}), 400,
       "0..3153600000000"},
      {"request", edit({.request = json(1 << 20)}), edit({.request = json((1 << 20) + 1)}), 413,
       "1048576"},
      {"request", edit({.request = ""}), edit({.request = "{"}), 400, "JSON"},
      {"job", restart(a(128)), restart(a(129)), 400, "128"},
      {"job", restart(""), restart("a b"), 400, kId},
      {"job", restart("j"), restart("list"), 400, "word"},
      {"client", redrive({.client = a(128)}), redrive({.client = a(129)}), 400, "128"},
      {"function", redrive({.function = a(128)}), redrive({.function = a(129)}), 400, "128"},
      {"tag", redrive({.tag = a(128)}), redrive({.tag = a(129)}), 400, "128"},
      {"statuses", of(Status::kFailed), of(Status::kComplete), 400, "complete"},
      {"statuses", of(Status::kCancelled), of(Status::kSubmitted), 400, "submitted"},
      {"statuses", of(Status::kForbidden), of(Status::kRetrying), 400, "retrying"},
      {"statuses", redrive({}), of(Status(7)), 400, "not exist"},
      {"limit", redrive({.limit = 1000}), redrive({.limit = 1001}), 400, "1..1000"},
  });
}

}  // namespace store

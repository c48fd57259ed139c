// What depends on how late it is, by a clock of the test's own.

#include "observers.h"

#include <catch2/catch.hpp>

#include "../temporary_directory.h"

using namespace store;
using namespace std::chrono_literals;

namespace {

// Nothing is told here of any job.
struct NoTexts : TextSource {
  const Texts& texts(JobKey /*job*/) override { return none; }
  const Payload& payload(JobKey /*job*/) override { return nothing; }
  std::vector<Attempt> attempts(JobKey /*job*/) override { return {}; }
  std::vector<LogLine> log(JobKey /*job*/, std::uint32_t /*after*/,
                           std::uint32_t /*last*/) override {
    return {};
  }
  FoundEvents events(const EventsReply& /*query*/) override { return {}; }
  jobq::HistoryPage history(const HistoryReply& /*query*/) override { return {}; }
  std::string code(DatasourceIndex /*datasource*/, const std::string& /*hash*/) override {
    return {};
  }

  Texts none;
  Payload nothing;
};

struct Box {
  TemporaryDirectory directory;
  ObserveSocket socket{{.has_curve = false}};
  State state{1};
  NoTexts texts;
  int made = 0;
  Observers observers{socket,
                      state,
                      texts,
                      [this] { return "observer-" + std::to_string(++made); },
                      {.store = "s", .observers_per_token_max = 2}};
  Time now{1000s};

  Box() { socket.bind(directory.endpoint()); }

  // Whether he may observe.
  bool add(const std::string& token) {
    const zest::Message message{.code = zest::Code::kGet, .observe = "", .path = "/kv/D/job/c/*"};
    Request request;
    request.zest = &message;
    request.grant.token_id = token;
    return std::holds_alternative<Observed>(observers.add(now, request, {}));
  }
};

}  // namespace

TEST_CASE_METHOD(Box, "a token's observers who never came make room for others, in time") {
  CHECK(add("a"));
  CHECK(add("a"));
  CHECK_FALSE(add("a"));
  now += 9'999ms;
  CHECK_FALSE(add("a"));
  CHECK(add("b"));
  now += 1ms;
  CHECK(add("a"));
  CHECK(add("a"));
  CHECK_FALSE(add("a"));
  CHECK(add("b"));
  CHECK_FALSE(add("b"));
}

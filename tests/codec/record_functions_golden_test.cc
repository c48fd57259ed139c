// Functions in the journal and in the checkpoint, and what is kept by outcome.
#include "golden_records.h"
#include "record.capnp.h"

namespace store {
namespace {

FunctionState function() {
  return {std::make_shared<const jobq::Function>(
              jobq::Function{.name = "ocr",
                             .version = "1.2",
                             .documentation = "# OCR",
                             .author = "alice@example.org",
                             .tags = {"fast", "text"},
                             .priority = 70,
                             .terms = {.keep_for = Span(60'000),
                                       .backoff = Backoff(),
                                       .keep_failed_for = Span(90'000)},
                             .cost = 5,
                             .calls = {{"GET", "/photos/*"}},
                             .request_schema = R"({"type":"object"})",
                             .response_schema = "true",
                             .indexed = {{"page", "/page", true}}}),
          at(1'000), at(2'000)};
}
FunctionState function_of(const std::string& token) {
  FunctionState state = function();
  state.token = token;
  return state;
}

}  // namespace

TEST_CASE("what happens to functions is in the journal with all that it says") {
  const std::vector<Entry> entries = {
      {.sequence = 0, .job = {2, 0}, .change = FunctionSet{function()}, .token = "k1.a"},
      {.sequence = 0, .job = {2, 0}, .change = FunctionRemoved{"ocr"}, .token = "k1.a"}};
  check_turn("record-turn-functions", entries);
}

TEST_CASE("a function reads as it was written") {
  check_reads<record::Function>("record-function", function_of("k1.a"));
  check_cuts(encode_record(function_of("k1.a")),
             [](const std::string& cut) { return decode_record<FunctionState>(cut); });
  CHECK(registered_key(2, "ocr") == std::string("n\0\0\0\2ocr", 8));
}

TEST_CASE("a datasource keeps that it is strict, and how long jobs stay by outcome") {
  const DatasourceState state{{.terms = {.keep_failed_for = Span(1),
                                         .keep_cancelled_for = Span(2),
                                         .keep_forbidden_for = Span(3)},
                               .is_strict = true},
                              Mode::kRunning};
  CHECK(decode_record<DatasourceState>(stored<record::DatasourceState>(
            "record-datasource-strict", encode_record(state))) == state);
}

}  // namespace store

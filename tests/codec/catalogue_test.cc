// What a datasource's item of the catalogue says in a request.
#include <catch2/catch.hpp>

#include "cases.h"

namespace store {
namespace {

std::string item(const std::string& datasource = "scan", const std::string& defaults = "{}",
                 const std::string& description = "the scanner") {
  return R"({"href":"tcp://store:5555/kv/)" + datasource +
         R"(","item-metadata":[{"rel":"urn:X-hypercat:rels:hasDescription:en","val":")" +
         description +
         R"("},{"rel":"urn:X-hypercat:rels:isContentType","val":"application/json"},)"
         R"({"rel":"urn:X-databox:rels:hasDatasourceid","val":")" +
         datasource + R"("},{"rel":"urn:X-jobq:rels:hasDefaults","val":)" + defaults + "}]}";
}
// An item of so many bytes.
std::string item_of(std::size_t bytes) {
  return item("scan", "{}", a(bytes - item("scan", "{}", "").size()));
}
std::string enlist(const wire::Config& body) { return config(body, "/cat"); }

}  // namespace

TEST_CASE("what an item says is registered, where the body does not say otherwise") {
  Codec codec;
  const std::string text = item("scan", R"({"priority":7,"waitingMax":9,"leaseMs":200,)"
                                        R"("weights":[{"client":"b"},{"client":"a"}]})");
  const auto taken = codec.body<Configure>(enlist({.waiting_max = 8, .item = text}));
  CHECK(taken.datasource == "scan");
  CHECK(taken.registers);
  CHECK(taken.config == DatasourceConfig{.description = "the scanner",
                                         .priority = 7,
                                         .lease = Span(200),
                                         .waiting_max = 8,
                                         .weights = {{"a", 1}, {"b", 1}},
                                         .item = text});
  const auto named =
      codec.body<Configure>(enlist({.datasource = "scan", .weights = {{"c", 2}}, .item = text}));
  CHECK(named.config.weights == std::vector<jobq::Weight>{{"c", 2}});
}

TEST_CASE("with a path for configuration an item is kept, and says nothing of other fields") {
  Codec codec;
  const std::string text = item("scan", R"({"priority":7})");
  const auto taken = codec.body<Configure>(config({.lease = Span(200), .item = text}));
  CHECK_FALSE(taken.registers);
  CHECK(taken.config == DatasourceConfig{.lease = Span(200), .item = text});
  CHECK_FALSE(codec.body<Configure>(enlist({.datasource = "scan"})).registers);
}

TEST_CASE("an item is held to its limits", "[limits]") {
  const auto of = [](const std::string& text) { return enlist({.item = text}); };
  check({
      {"item", of(item_of(16'384)), of(item_of(16'385)), 413, "16384"},
      {"item", of(item()), of("{"), 400, "JSON"},
      {"item", of(item()), of("7"), 400, "object"},
      {"item.href", of(item()), of("{}"), 400, "missing"},
      {"item.item-metadata", of(item()), of(R"({"href":"a"})"), 400, "missing"},
      {"item.item-metadata[2].val", of(item()), of(item("cat")), 400, "word"},
      {"item", config({.item = item()}), config({.item = item("other")}), 400, "other"},
      {"item", enlist({.datasource = "scan", .item = item()}),
       enlist({.datasource = "scan", .item = item("other")}), 400, "other"},
      {"priority", of(item("a", R"({"priority":100})")), of(item("a", R"({"priority":101})")), 400,
       "0..100"},
      {"terms.failuresMax", of(item("a", R"({"terms":{"failuresMax":1000}})")),
       of(item("a", R"({"terms":{"failuresMax":1001}})")), 400, "0..1000"},
      {"weights[1].client", of(item("a", R"({"weights":[{"client":"a"},{"client":"b"}]})")),
       of(item("a", R"({"weights":[{"client":"a"},{"client":"a"}]})")), 400, "already"},
  });
}

}  // namespace store

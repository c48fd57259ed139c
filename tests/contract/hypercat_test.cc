#include "hypercat.h"

#include <catch2/catch.hpp>

using namespace jobq;

namespace {

const std::string kDescription =
    R"({"rel":"urn:X-hypercat:rels:hasDescription:en","val":"the scanner"})";
const std::string kContentType =
    R"({"rel":"urn:X-hypercat:rels:isContentType","val":"application/json"})";
const std::string kDatasource = R"({"rel":"urn:X-databox:rels:hasDatasourceid","val":"scan"})";

std::string item(const std::vector<std::string>& entries,
                 const std::string& href = "tcp://store:5555/kv/scan") {
  std::string text = R"({"item-metadata":[)";
  for (const std::string& entry : entries) text += (text.ends_with('[') ? "" : ",") + entry;
  return text + R"(],"href":")" + href + R"("})";
}
std::string with(const std::string& relation, const std::string& value) {
  return item({kDescription, kContentType, kDatasource,
               R"({"rel":")" + relation + R"(","val":)" + value + "}"});
}
std::string defaults(const std::string& value) {
  return with(std::string(kDefaultsRelation), value);
}

CatalogueItem taken(const std::string& text) {
  REQUIRE_FALSE(json_problem(text));
  const auto read = read_item(text);
  if (const auto* wrong = std::get_if<WrongField>(&read)) FAIL(wrong->what());
  return std::get<CatalogueItem>(read);
}
std::string wrong_with(const std::string& text) {
  REQUIRE_FALSE(json_problem(text));
  const auto read = read_item(text);
  const auto* wrong = std::get_if<WrongField>(&read);
  return wrong == nullptr ? "nothing" : wrong->what();
}

}  // namespace

TEST_CASE("an item that databox's library for Node makes is read") {
  const std::string text = R"({"item-metadata":[
      {"rel":"urn:X-hypercat:rels:hasDescription:en","val":"Überwacht den Scanner"},
      {"rel":"urn:X-hypercat:rels:isContentType","val":"application/json"},
      {"rel":"urn:X-databox:rels:hasVendor","val":"Acme"},
      {"rel":"urn:X-databox:rels:hasType","val":"scanner"},
      {"rel":"urn:X-databox:rels:hasDatasourceid","val":"scan"},
      {"rel":"urn:X-databox:rels:hasStoreType","val":"kv"},
      {"rel":"urn:X-databox:rels:isActuator","val":true},
      {"rel":"urn:X-databox:rels:hasUnit","val":" "},
      {"rel":"urn:X-databox:rels:hasLocation","val":" "}],
     "href":"tcp://drv-core-store:5555/kv/scan"})";
  const CatalogueItem read = taken(text);
  CHECK(read.href == "tcp://drv-core-store:5555/kv/scan");
  CHECK(read.vendor == "Acme");
  CHECK(read.type == "scanner");
  CHECK(read.is_actuator);
  CHECK(read.config == DatasourceConfig{.datasource = "scan",
                                        .description = "Überwacht den Scanner",
                                        .item = text});
}

TEST_CASE("an item that lacks something is refused with what it lacks") {
  CHECK(wrong_with("[]") == "an object is expected");
  CHECK(wrong_with(R"({"item-metadata":[]})") == "field href: it is missing");
  CHECK(wrong_with(R"({"href":7,"item-metadata":[]})") == "field href: a text is expected");
  CHECK(wrong_with(R"({"href":"a"})") == "field item-metadata: it is missing");
  CHECK(wrong_with(R"({"href":"a","item-metadata":{}})") ==
        "field item-metadata: a list is expected");
  CHECK(wrong_with(item({kDescription, R"({"rel":"a"})"})) ==
        "field item-metadata[1].val: it is missing");
  CHECK(wrong_with(item({R"({"val":"a"})"})) == "field item-metadata[0].rel: it is missing");
  CHECK(wrong_with(item({"7"})) == "field item-metadata[0]: an object is expected");
  CHECK(wrong_with(item({kContentType, kDatasource})) ==
        "field item-metadata: no rel is a hasDescription");
  CHECK(wrong_with(item({kDescription, kDatasource})) ==
        "field item-metadata: no rel is an isContentType");
  CHECK(wrong_with(item({kDescription, kContentType})) ==
        "field item-metadata: no rel is urn:X-databox:rels:hasDatasourceid");
  // A term is a whole part of a relation.
  CHECK(wrong_with(item({R"({"rel":"a:hasDescriptions","val":1})", kContentType, kDatasource})) ==
        "field item-metadata: no rel is a hasDescription");
  CHECK_FALSE(taken(item({R"({"rel":"hasDescription","val":"a"})", kContentType, kDatasource}))
                  .is_actuator);
}

TEST_CASE("an item's datasource has an id, and is that of its href") {
  const auto entries = [](const std::string& id) {
    return std::vector{kDescription, kContentType,
                       R"({"rel":"urn:X-databox:rels:hasDatasourceid","val":)" + id + "}"};
  };
  CHECK_THAT(wrong_with(item(entries(R"("a b")"))),
             Catch::StartsWith("field item-metadata[2].val: may only have characters"));
  CHECK_THAT(wrong_with(item(entries(R"("jobs")"), "tcp://store:5555/kv/jobs")),
             Catch::StartsWith("field item-metadata[2].val: is a word"));
  CHECK_THAT(wrong_with(item(entries(R"("a.server")"), "tcp://store:5555/kv/a.server")),
             Catch::StartsWith("field item-metadata[2].val: ") && Catch::Contains(".server"));
  CHECK(wrong_with(item(entries("7"))) == "field item-metadata[2].val: a text is expected");
  CHECK(wrong_with(item(entries(R"("other")"))) == "field href: does not end with /other");
  CHECK(wrong_with(item(entries(R"("obs")"), "tcp://store:5555/kv/scan")) ==
        "field href: does not end with /obs");
  CHECK(taken(item(entries(R"("scan")"), "tcp://other:5555/job/scan")).config.datasource == "scan");
}

TEST_CASE("an item may say how the datasource's jobs are by default") {
  const CatalogueItem read = taken(defaults(
      R"({"priority":7,"leaseMs":5000,"terms":{"timeoutMs":1000,"backoff":{"initialMs":10}},)"
      R"("waitingMax":9,"weights":[{"client":"b","weight":2}],"functions":[{"name":"later"}]})"));
  CHECK(read.config.datasource == "scan");
  CHECK(read.config.description == "the scanner");
  CHECK(read.config.priority == 7);
  CHECK(read.config.lease == Span(5000));
  CHECK(read.config.terms.timeout == Span(1000));
  CHECK(read.config.terms.backoff->initial == Span(10));
  CHECK(read.config.waiting_max == 9);
  CHECK(read.config.weights == std::vector<Weight>{{"b", 2}});
}

TEST_CASE("defaults that are none are named") {
  CHECK(wrong_with(defaults("7")) == "field item-metadata[3].val: an object is expected");
  CHECK(wrong_with(defaults(R"({"terms":{"timeoutMs":"1s"}})")) ==
        "field item-metadata[3].val.terms.timeoutMs: a whole number from 0 to 3155760000000 is "
        "expected");
  for (const char* field : {"datasource", "description", "item"}) {
    CHECK(wrong_with(defaults("{\"" + std::string(field) + "\":\"a\"}")) ==
          "field item-metadata[3].val." + std::string(field) + ": is no default");
  }
  CHECK(wrong_with(defaults(R"({"mode":"paused"})")) ==
        "field item-metadata[3].val.mode: is no default");
}

TEST_CASE("a description that is too long is cut between two characters") {
  const std::string long_one = std::string(1023, 'a') + "\u00fc";
  const std::string text = item(
      {R"({"rel":"a:hasDescription","val":")" + long_one + R"("})", kContentType, kDatasource});
  CHECK(taken(text).config.description == std::string(1023, 'a'));
  CHECK(taken(text).config.item == text);
}

TEST_CASE("the catalogue has the items as they were registered, and what databox's stores tell") {
  const std::vector<DatasourceConfig> none = {{.datasource = "unlisted"}};
  const Json empty = Json::parse(catalogue_text(none));
  CHECK(empty["items"] == Json::array());
  std::vector<std::string> relations;
  for (const Json& entry : empty["catalogue-metadata"]) {
    relations.push_back(entry["rel"].get<std::string>() + " " + entry["val"].get<std::string>());
  }
  CHECK(relations ==
        std::vector<std::string>{
            "urn:X-hypercat:rels:isContentType application/vnd.hypercat.catalogue+json",
            "urn:X-hypercat:rels:hasDescription:en Databox Datasource Catalogue",
            "urn:X-hypercat:rels:hasHomepage http://www.databoxproject.uk/",
            "urn:X-hypercat:rels:containsContentType application/vnd.hypercat.catalogue+json",
            "urn:Xhypercat:rels:supportsSearch urn:X-hypercat:search:simple"});
  const std::vector<DatasourceConfig> some = {{.datasource = "scan", .item = R"({"n": 1.0})"},
                                              {.datasource = "unlisted"},
                                              {.datasource = "more", .item = "{\n}"}};
  const std::string text = catalogue_text(some);
  CHECK_THAT(text, Catch::EndsWith(R"("items":[{"n": 1.0},{ }]})"));
  CHECK_FALSE(json_problem(text));
}

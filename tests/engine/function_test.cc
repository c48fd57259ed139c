// Functions: what drivers register, what clients are told of it, and what it means for jobs.
#include "function_fixture.h"

namespace store {
namespace {

using Order = jobq::FunctionOrder;

}  // namespace

TEST_CASE_METHOD(Functions, "a function is told as it was registered, and when", "[function]") {
  const jobq::Function function{.name = "ocr/a4",
                                .version = "1.2",
                                .documentation = "# OCR\n",
                                .author = "alice",
                                .tags = {"text"},
                                .priority = 70,
                                .terms = {.timeout = 5s},
                                .cost = 3,
                                .calls = {{"GET", "/photos/*"}},
                                .request_schema = R"({"type":"object"})"};
  const Time registered_at = now;
  CHECK(put(function).registered_at == registered_at);
  advance(1s);
  const jobq::FunctionStatus told = page({.name = "ocr/a4", .is_whole = true}).functions.at(0);
  CHECK(told.function == function);
  CHECK(told.cost == 3);
  CHECK(told.changed_at == registered_at);
  CHECK(page({}).functions.at(0).function.documentation.empty());
  CHECK(page({}).functions.at(0).function.request_schema.empty());
}

TEST_CASE_METHOD(Functions, "a function that is registered again takes the place of the one before",
                 "[function]") {
  const Time first = put({.name = "ocr", .version = "1"}).registered_at;
  advance(1s);
  const auto changed = put({.name = "ocr", .version = "2"});
  CHECK(changed.registered_at == first);
  CHECK(changed.changed_at == now);
  CHECK(names({}) == Ids{"ocr"});
  advance(1s);
  // The same again is no change, whoever says it.
  token = "k1.other";
  const auto same = unchanged([&] { return put({.name = "ocr", .version = "2"}); });
  CHECK(same.changed_at == changed.changed_at);
}

TEST_CASE_METHOD(Functions, "a function that was removed is unknown, and its jobs stay",
                 "[function]") {
  put({.name = "ocr"});
  submit({.job = "a", .function = "ocr"});
  CHECK(ask<jobq::FunctionStatus>(RemoveFunction{"scan", "ocr"}).function.name == "ocr");
  CHECK(names({}).empty());
  CHECK(find("a") != nullptr);
  CHECK(refused_command(RemoveFunction{"scan", "ocr"}).code == Code::kNotFound);
  CHECK(refused_command(RemoveFunction{"nowhere", "ocr"}).code == Code::kNotFound);
}

TEST_CASE_METHOD(Functions, "functions are searched by name and tag", "[function]") {
  put({.name = "ocr", .tags = {"text"}});
  put({.name = "ocr2", .tags = {"fast", "text"}});
  put({.name = "scan"});
  CHECK(names({.name = "ocr*"}) == Ids{"ocr", "ocr2"});
  CHECK(names({.name = "ocr?"}) == Ids{"ocr2"});
  CHECK(names({.name = "*c*"}) == Ids{"ocr", "ocr2", "scan"});
  CHECK(names({.name = "*a?"}) == Ids{"scan"});
  CHECK(names({.name = "oc"}).empty());
  CHECK(names({.tag = "text"}) == Ids{"ocr", "ocr2"});
  CHECK(names({.name = "*2", .tag = "fast"}) == Ids{"ocr2"});
}

TEST_CASE_METHOD(Functions, "pages of functions go on behind one another in each order",
                 "[function]") {
  for (const char* name : {"c", "a", "d", "b"}) {
    put({.name = name});
    advance(1ms);
  }
  put({.name = "a", .version = "2"});
  const std::vector<std::pair<Order, Ids>> orders = {{Order::kName, {"a", "b", "c", "d"}},
                                                     {Order::kNameDown, {"d", "c", "b", "a"}},
                                                     {Order::kChanged, {"c", "d", "b", "a"}},
                                                     {Order::kChangedDown, {"a", "b", "d", "c"}}};
  for (const auto& [order, wanted] : orders) {
    for (const unsigned limit : {1u, 2u, 3u, 4u, 5u}) {
      Ids got;
      jobq::FunctionQuery query{.order = order, .limit = limit};
      do {
        const jobq::FunctionPage told = page(query);
        for (const auto& one : told.functions) {
          got.push_back(one.function.name);
        }
        query.cursor = told.cursor;
      } while (!query.cursor.empty());
      CHECK(got == wanted);
    }
  }
  for (const char* cursor : {"x", "1", "-1:a", ":a", "99999999999999999999:a"}) {
    CHECK(refused_command(ListFunctions{"scan", {.cursor = cursor, .limit = 1}}).code ==
          Code::kBadRequest);
  }
}

TEST_CASE_METHOD(Functions, "a page of whole functions is as long as fits", "[function]") {
  limits.accept_bytes_max = 3'000;
  for (const char* name : {"a", "b", "c"}) {
    put({.name = name, .documentation = std::string(1'000, 'x')});
  }
  const jobq::FunctionPage first = page({.is_whole = true});
  CHECK(first.functions.size() == 1);
  CHECK(page({.cursor = first.cursor, .is_whole = true}).functions.at(0).function.name == "b");
  CHECK(names({}) == Ids{"a", "b", "c"});
  // What else there is of them counts always.
  put({.name = "a",
       .calls = std::vector<jobq::FunctionCall>(8, {"GET", "/" + std::string(300, 'x')})});
  CHECK(names({}) == Ids{"a"});
}

TEST_CASE_METHOD(Functions, "what a job does not say, its function says before the datasource",
                 "[function]") {
  configure({.priority = 20, .terms = {.timeout = 7s, .failures_max = 4}});
  put({.name = "ocr", .priority = 70, .terms = {.keep_for = 90s, .timeout = 5s}});
  const JobView job = view(submit({.job = "a", .function = "ocr", .timeout = 3s}));
  CHECK(job.priority == 70);
  CHECK(job.terms->timeout == 3s);
  CHECK(job.terms->keep_for == 90s);
  CHECK(job.terms->failures_max == 4);
  CHECK(view(submit({.job = "b", .function = "ocr"})).terms->timeout == 5s);
  CHECK(view(submit({.job = "c", .function = "other"})).terms->timeout == 7s);
  CHECK(view(submit({.job = "c2"})).priority == 20);
  put({.name = "ocr", .priority = 90});
  CHECK(view(submit({.job = "d", .priority = 10, .function = "ocr"})).priority == 10);
  CHECK(find("b")->priority == 70);  // those that are there keep what they were given
}

TEST_CASE_METHOD(Functions, "a function's cost counts against rates, before the datasource's costs",
                 "[function]") {
  configure({.costs = {{"ocr", 2}, {"scan", 2}}});
  put({.name = "ocr", .cost = 5});
  put({.name = "scan"});
  token = "k1.a";
  const Allowance allowance{.rates = {{10, RateSpan::kHour}}};
  submit({.function = "ocr", .allowance = allowance});
  CHECK(used(RateSpan::kHour) == 5);
  submit({.function = "scan", .allowance = allowance});
  CHECK(used(RateSpan::kHour) == 7);
  const Refused refused = refused_submit({.function = "ocr", .allowance = allowance});
  CHECK(refused.code == Code::kTooMany);
  CHECK(refused.detail == "token: rate <= 10/h, and 7 are used");
}

TEST_CASE_METHOD(Functions, "a client is told what is left of its token's rates", "[function]") {
  put({.name = "ocr", .cost = 5});
  put({.name = "dear", .cost = 11});
  token = "k1.a";
  const Allowance allowance{.rates = {{10, RateSpan::kHour}, {100, RateSpan::kDay}}};
  const auto quota = [&](const char* name) {
    return page({.name = name}, allowance).functions.at(0).quota.value();
  };
  CHECK(quota("ocr").left == 2);
  CHECK(quota("ocr").left_at == Time{});
  CHECK(quota("dear").left == 0);
  CHECK(quota("dear").left_at == Time{});  // never
  submit({.function = "ocr", .allowance = allowance});
  CHECK(quota("ocr").left == 1);
  submit({.function = "ocr", .allowance = allowance});
  const jobq::Quota none = quota("ocr");
  CHECK(none.left == 0);
  REQUIRE(none.rates.size() == 2);
  CHECK(none.rates[0].count == 10);
  CHECK(none.rates[0].per == 1h);
  CHECK(none.rates[0].used == 10);
  CHECK(none.rates[1].used == 10);
  // Then, and not before, there is one again.
  advance(none.left_at - now - 1ms);
  CHECK(quota("ocr").left == 0);
  advance(1ms);
  CHECK(quota("ocr").left == 2);
  CHECK_FALSE(page({.name = "ocr"}, Allowance{}).functions.at(0).quota);
  CHECK_FALSE(page({.name = "ocr"}).functions.at(0).quota);
}

TEST_CASE_METHOD(Functions, "a strict datasource takes jobs of registered functions alone",
                 "[function]") {
  put({.name = "ocr"});
  configure({.is_strict = true});
  submit({.job = "a", .function = "ocr"});
  const Refused unknown = refused_submit({.function = "orc"});
  CHECK(unknown.code == Code::kNotFound);
  CHECK(unknown.detail == "function: the datasource is strict, and 'orc' is not registered");
  CHECK(refused_submit({}).detail == "function: the datasource is strict, and none is said");
  ask<jobq::FunctionStatus>(RemoveFunction{"scan", "ocr"});
  // A repeated submit finds its job.
  CHECK_FALSE(std::get<SubmitReply::Result>(try_submit({.job = "a", .function = "ocr"})).created);
  CHECK(refused_submit({.job = "b", .function = "ocr"}).code == Code::kNotFound);
  configure({});
  submit({.job = "b", .function = "ocr"});
}

TEST_CASE_METHOD(Functions, "tokens and datasources have so many functions, of so many bytes",
                 "[function]") {
  limits.functions_of_datasource_max = 2;
  limits.registered_per_token_max = 3;
  limits.registered_max = 4;
  token = "k1.a";
  const auto put_of = [](const char* datasource, const char* name, std::string documentation = {}) {
    return PutFunction{datasource, {.name = name, .documentation = std::move(documentation)}};
  };
  ask<jobq::FunctionStatus>(put_of("scan", "a"));
  ask<jobq::FunctionStatus>(put_of("scan", "b"));
  CHECK(refused_command(put_of("scan", "c")).detail ==
        "function: functionsOfDatasourceMax = 2 are registered already");
  ask<jobq::FunctionStatus>(put_of("scan", "b", "other"));  // in the place of one
  ask<jobq::FunctionStatus>(put_of("print", "c"));
  CHECK(refused_command(put_of("print", "d")).detail ==
        "function: registeredPerTokenMax = 3 are registered of this token already");
  token = "k1.b";
  ask<jobq::FunctionStatus>(put_of("print", "d"));
  CHECK(refused_command(put_of("copy", "e")).detail ==
        "function: registeredMax = 4 are registered already");
  CHECK(refused_command(put_of("copy", "e")).code == Code::kFull);
  ask<jobq::FunctionStatus>(RemoveFunction{"scan", "a"});
  ask<jobq::FunctionStatus>(put_of("copy", "e"));
  limits.registered_bytes_per_token_max = 3'000;
  CHECK(refused_command(put_of("copy", "e", std::string(3'000, 'x'))).limit ==
        "registeredBytesPerTokenMax");
  limits.registered_bytes_per_token_max = 10'000;
  limits.registered_bytes_max = 3'000;
  CHECK(refused_command(put_of("copy", "e", std::string(3'000, 'x'))).limit ==
        "registeredBytesMax");
}

TEST_CASE_METHOD(Functions, "a finished job stays as long as its outcome is kept", "[function]") {
  put({.name = "ocr",
       .terms = {.keep_for = 10s,
                 .failures_max = 1,
                 .keep_failed_for = 40s,
                 .keep_cancelled_for = 20s,
                 .keep_forbidden_for = 30s}});
  for (const char* job : {"complete", "failed", "forbidden", "cancelled", "later"}) {
    submit({.job = job, .function = "ocr"});
  }
  ask<JobReply>(Cancel{"scan", "cancelled", "alice"});
  ask<JobReply>(Cancel{"scan", "later", "alice"});
  const auto leases = accept(3);
  REQUIRE(leases.size() == 3);
  complete(leases[0].lease);
  fail(leases[1].lease);
  forbid(leases[2].lease);
  const auto there = [&](Span after, const Ids& wanted) {
    advance(after);
    Ids found;
    for (const char* job : {"complete", "failed", "forbidden", "cancelled"}) {
      if (find(job) != nullptr) {
        found.push_back(job);
      }
    }
    CHECK(found == wanted);
  };
  there(9'999ms, {"complete", "failed", "forbidden", "cancelled"});
  there(1ms, {"failed", "forbidden", "cancelled"});
  there(10s, {"failed", "forbidden"});
  there(10s, {"failed"});
  there(9'999ms, {"failed"});
  there(1ms, {});
}

TEST_CASE_METHOD(Functions, "tags that a function makes are the job's, and no part of its content",
                 "[function]") {
  Submit command = submit_command({.job = "a", .tags = {"red"}});
  command.indexed = {{"page=1", "lang=de"}};
  ask<SubmitReply>(command);
  CHECK(view("a").tags == Ids{"lang=de", "page=1", "red"});
  // Repeated when the function makes others of it, or none.
  const auto again = ask<SubmitReply>(submit_command({.job = "a", .tags = {"red"}}));
  CHECK_FALSE(std::get<SubmitReply::Result>(again.items.at(0)).created);
  ListJobs list = list_command(std::nullopt);
  list.tag = "page=1";
  CHECK(ids(ask<ListReply>(list).jobs) == Ids{"a"});
}

}  // namespace store

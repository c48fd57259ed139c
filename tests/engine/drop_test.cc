// Datasources that are erased, and those that get their places.
#include "dropping.h"
#include "engine_fixture.h"

namespace store {
namespace {

class DropFixture : public ReplayedEngine {
 public:
  std::optional<Reply> drop(const std::string& datasource = "scan") {
    const auto request = park(DropDatasource{datasource});
    tick();
    return reply_to(request);
  }
  // All jobs are gone.
  void empty() {
    Bulk remove;
    remove.datasource = "scan";
    remove.where = list_command({}, 0, 1000);
    remove.how = Bulk::How::kRemove;
    remove.is_forced = true;
    park(remove);
    advance(0ms);
    advance(1ms);
  }
};

}  // namespace

TEST_CASE_METHOD(DropFixture, "a datasource without jobs is erased, and its name is free",
                 "[drop]") {
  token = "k1.maker";
  configure({.description = "pages", .weights = {{"alice", 2}}, .item = "an item"});
  ask<jobq::FunctionStatus>(PutFunction{"scan", {.name = "ocr"}});
  PutSchedule nightly{.datasource = "scan", .name = "nightly", .schedule = {.every = 1h}};
  nightly.schedule.job = {.request = "1", .client = "alice"};
  ask<jobq::ScheduleStatus>(nightly);
  complete(submit_and_accept({.function = "ocr"}));
  submit();
  set_mode(Mode::kDraining);
  CHECK(refusal(unchanged([&] { return drop(); })) == Code::kConflict);
  empty();
  const auto waits = park_accept();
  const auto reply = drop();
  REQUIRE(reply);
  CHECK(std::get<DatasourceConfig>(*reply).description == "pages");
  CHECK(refusal(reply_to(waits)) == Code::kNotFound);
  CHECK(replayed_digest() == engine.digest());
  CHECK(refusal(apply(GetConfig{"scan"})) == Code::kNotFound);
  CHECK(ask<ConfigsReply>(ListConfigs{}).configs.empty());
  CHECK(ask<DatasourcesReply>(GetDatasourceStats{}).datasources.empty());
  const State& state = engine.state();
  CHECK(state.made.all().count == 0);
  CHECK(state.listed.all().bytes == 0);
  CHECK(state.schedules.all().empty());
  CHECK(state.registered.all().empty());
  CHECK(state.worker_rows.all().count == 0);
  CHECK(state.function_rows.all().count == 0);
  CHECK(refusal(drop()) == Code::kNotFound);
}

TEST_CASE_METHOD(DropFixture,
                 "a new datasource has the place of a dropped one, and its own numbers", "[drop]") {
  submit();
  submit({.datasource = "print"});
  empty();
  const Sequence last = engine.state().datasource(0).last_sequence;
  REQUIRE(drop());
  CHECK(is_dropped(engine.state().datasource(0)));
  submit({.job = "mail", .datasource = "mail"});
  const State& state = engine.state();
  CHECK(state.datasource_count() == 2);
  CHECK(state.find_datasource("mail") == 0);
  CHECK(state.find(0, "mail")->key.sequence == last + 1);
  CHECK(state.datasource(0).oldest_event == last + 1);
  CHECK(replayed_digest() == engine.digest());
  submit({.job = "again"});
  CHECK(state.find_datasource("scan") == 2);
}

TEST_CASE_METHOD(DropFixture, "dropped datasources make room for others", "[drop][limits]") {
  limits.datasources_max = limits.datasources_per_token_max = 1;
  token = "k1.maker";
  for (const char* name : {"a", "b", "c"}) {
    CAPTURE(name);
    ask<DatasourceConfig>(Configure{name, {}});
    CHECK(refusal(apply(Configure{"more", {}})) == Code::kFull);
    REQUIRE(drop(name));
  }
  CHECK(engine.state().datasource_count() == 1);
}

}  // namespace store

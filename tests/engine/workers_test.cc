// What operators tell workers, what workers tell of themselves, and how long they are known.
#include "engine_fixture.h"

namespace store {
namespace {

using jobq::WorkerOrder;
using jobq::WorkerState;
using Order = std::optional<WorkerOrder>;

class Ordered : public ReplayedEngine {
 public:
  std::optional<Code> order(const std::string& worker, WorkerOrder order,
                            const std::string& datasource = "scan") {
    return refusal(apply(OrderWorkers{datasource, worker, order}));
  }
  AcceptReply accept_knowing(WorkerOrder known, const std::string& worker = "w") {
    Accept command = accept_command(10, worker);
    command.order = known;
    return ask<AcceptReply>(std::move(command));
  }
  std::uint64_t park_knowing(WorkerOrder known, const std::string& worker = "w") {
    Accept command = accept_command(1, worker);
    command.order = known;
    command.wait = 60s;
    return park(std::move(command));
  }
  std::uint64_t listen(WorkerOrder known, const std::string& worker = "w") {
    Renew command{"scan", {}, {}, worker};
    command.wait = 60s;
    command.order = known;
    return park(std::move(command));
  }
  // What an accept that waited was told; nothing: it waits on.
  Order told(std::uint64_t request) {
    const auto reply = reply_to(request);
    return reply ? Order(std::get<AcceptReply>(*reply).order) : std::nullopt;
  }
  jobq::WorkerStatus worker(const std::string& name = "w") {
    for (const auto& any : ask<WorkersReply>(ListWorkers{"scan"}).workers) {
      if (any.worker == name) {
        return any;
      }
    }
    return {};
  }
};

}  // namespace

TEST_CASE_METHOD(Ordered, "a worker that waits hears at once what it is told", "[workers]") {
  submit_and_accept();
  for (const WorkerOrder one : {WorkerOrder::kDrain, WorkerOrder::kHalt}) {
    const auto waits = park_knowing(WorkerOrder::kWork);
    const auto listens = listen(WorkerOrder::kWork);
    REQUIRE(order("w", one) == std::nullopt);
    CHECK(told(waits) == one);
    const auto heard = reply_to(listens);
    REQUIRE(heard);
    CHECK(std::get<RenewReply>(*heard).order == one);
    REQUIRE(order("w", WorkerOrder::kWork) == std::nullopt);
  }
}

TEST_CASE_METHOD(Ordered, "a worker that is to take none gets none, and another one does",
                 "[workers]") {
  submit_and_accept({}, "w");
  order("w", WorkerOrder::kDrain);
  submit({.job = "a"});
  const AcceptReply at_once = accept_knowing(WorkerOrder::kWork);
  CHECK(at_once.jobs.empty());
  CHECK(at_once.order == WorkerOrder::kDrain);
  const auto waits = park_knowing(WorkerOrder::kDrain);
  advance(1s);
  CHECK(told(waits) == std::nullopt);
  CHECK(status("a") == Status::kSubmitted);
  CHECK(ids(accept_knowing(WorkerOrder::kUnsaid, "other").jobs) == Ids{"a"});
}

TEST_CASE_METHOD(Ordered, "a worker that knows of no orders waits, and gets jobs afterwards",
                 "[workers]") {
  submit_and_accept({}, "w");
  order("", WorkerOrder::kHalt);
  submit({.job = "a"});
  const auto waits = park_accept("w");
  CHECK(status("a") == Status::kSubmitted);
  order("", WorkerOrder::kWork);
  CHECK(told(waits) == WorkerOrder::kWork);
  CHECK(ids(accept(1, "w")) == Ids{"a"});
}

TEST_CASE_METHOD(Ordered, "the strictest of what is meant for a worker holds", "[workers]") {
  submit_and_accept({}, "w");
  order("w", WorkerOrder::kDrain);
  CHECK(worker().order == WorkerOrder::kDrain);
  order("", WorkerOrder::kHalt);
  CHECK(worker().order == WorkerOrder::kHalt);
  order("", WorkerOrder::kWork);
  order("", WorkerOrder::kHalt, "");
  CHECK(worker().order == WorkerOrder::kHalt);
  order("w", WorkerOrder::kWork);
  CHECK(worker().order == WorkerOrder::kHalt);
  order("", WorkerOrder::kWork, "");
  CHECK(worker().order == WorkerOrder::kWork);
}

TEST_CASE_METHOD(Ordered, "all workers of the store are told, of each datasource", "[workers]") {
  submit({.datasource = "other"});
  const auto waits = park_knowing(WorkerOrder::kWork);
  Accept elsewhere = accept_command(1, "w2");
  elsewhere.datasource = "elsewhere";
  elsewhere.wait = 60s;
  elsewhere.order = WorkerOrder::kWork;
  const auto waits_too = park(std::move(elsewhere));
  order("", WorkerOrder::kHalt, "");
  CHECK(told(waits) == WorkerOrder::kHalt);
  CHECK(told(waits_too) == WorkerOrder::kHalt);
  CHECK(accept_knowing(WorkerOrder::kWork, "new").order == WorkerOrder::kHalt);
}

TEST_CASE_METHOD(Ordered, "who is not known, and too many, are not told", "[workers]") {
  CHECK(order("w", WorkerOrder::kHalt) == Code::kNotFound);
  submit_and_accept({}, "other");
  CHECK(order("w", WorkerOrder::kHalt) == Code::kNotFound);
  CHECK(order("w", WorkerOrder::kWork) == Code::kNotFound);
  for (std::size_t i = 0; i < jobq::limits::kOrderedWorkersMax; ++i) {
    const std::string name = "w" + std::to_string(i);
    park_accept(name);
    REQUIRE(order(name, WorkerOrder::kDrain) == std::nullopt);
  }
  park_accept("w");
  CHECK(order("w", WorkerOrder::kDrain) == Code::kTooMany);
  CHECK(order("w1", WorkerOrder::kHalt) == std::nullopt);
  CHECK(order("w1", WorkerOrder::kWork) == std::nullopt);
  CHECK(order("w", WorkerOrder::kDrain) == std::nullopt);
}

TEST_CASE_METHOD(Ordered, "an order that holds already changes nothing", "[workers]") {
  submit_and_accept({}, "w");
  order("w", WorkerOrder::kHalt);
  const auto waits = park_knowing(WorkerOrder::kHalt);
  unchanged([&] { return order("w", WorkerOrder::kHalt); });
  CHECK(told(waits) == std::nullopt);
}

TEST_CASE_METHOD(Ordered, "a repeated accept brings its jobs in spite of an order", "[workers]") {
  submit({.job = "a"});
  Accept command = accept_command(1, "w");
  command.order = WorkerOrder::kWork;
  const Accept again = command;
  REQUIRE(ids(ask<AcceptReply>(std::move(command)).jobs) == Ids{"a"});
  order("w", WorkerOrder::kHalt);
  CHECK(ids(ask<AcceptReply>(again).jobs) == Ids{"a"});
}

TEST_CASE_METHOD(Ordered, "jobs that nobody may take say so", "[workers]") {
  submit({.job = "a"});
  park_accept("w", 60s, {"other"});
  order("", WorkerOrder::kDrain);
  const auto why = ask<Explanation>(Explain{"scan", "a", std::nullopt});
  REQUIRE(why.reasons.size() == 1);
  CHECK(why.reasons[0].text == "all workers are told to drain");
}

TEST_CASE_METHOD(Ordered, "a worker on a full machine takes only what is urgent", "[workers]") {
  submit({.job = "usual", .priority = 50});
  Accept command = accept_command(10, "w");
  command.least_priority = 80;
  command.wait = 60s;
  const auto waits = park(command);
  CHECK(given(waits) == Ids{});
  submit({.job = "urgent", .priority = 80});
  CHECK(given(waits) == Ids{"urgent"});
  submit({.job = "more", .priority = 90});
  command.request_number += 100;
  CHECK(ids(ask<AcceptReply>(std::move(command)).jobs) == Ids{"more"});
  CHECK(status("usual") == Status::kSubmitted);
}

TEST_CASE_METHOD(Ordered, "what has waited long counts as urgent where jobs age", "[workers]") {
  configure({.ageing = 1s});
  submit({.job = "a", .priority = 50});
  Accept command = accept_command(1, "w");
  command.least_priority = 60;
  CHECK(ask<AcceptReply>(command).jobs.empty());
  advance(10s);
  command.request_number += 100;
  CHECK(ids(ask<AcceptReply>(command).jobs) == Ids{"a"});
}

TEST_CASE_METHOD(Ordered, "a worker is known by what it has said of itself", "[workers]") {
  const jobq::WorkerAbout about{"host-1", 4711, now - 5s, "scanner 2.1", 4};
  submit({.job = "a", .function = "ocr"});
  Accept command = accept_command(1, "w");
  command.about = about;
  command.functions = {"ocr"};
  command.labels = {"gpu"};
  REQUIRE(ask<AcceptReply>(command).jobs.size() == 1);
  for (const bool waits : {false, true}) {
    if (waits) {
      command.request_number += 100;
      command.wait = 60s;
      park(command);
    }
    const auto status = worker();
    CHECK(status.about == about);
    CHECK(status.asks.functions == Ids{"ocr"});
    CHECK(status.asks.labels == Ids{"gpu"});
    CHECK(status.is_waiting == waits);
    CHECK(status.state == WorkerState::kBusy);
  }
}

TEST_CASE_METHOD(Ordered, "of long lists of functions the first are kept", "[workers]") {
  Accept command = accept_command(1, "w");
  command.wait = 60s;
  for (int i = 0; i < 64; ++i) {
    command.functions.push_back(std::string(100, 'a') + std::to_string(100 + i));
  }
  park(command);
  CHECK(worker().asks.functions.size() == 9);
}

TEST_CASE_METHOD(Ordered, "the state of a worker follows what it does", "[workers]") {
  const auto waits = park_knowing(WorkerOrder::kWork);
  CHECK(worker().state == WorkerState::kIdle);
  submit({.job = "a"});
  CHECK(given(waits) == Ids{"a"});
  CHECK(worker().state == WorkerState::kBusy);
  order("w", WorkerOrder::kDrain);
  CHECK(worker().state == WorkerState::kDraining);
  order("w", WorkerOrder::kHalt);
  CHECK(worker().state == WorkerState::kHalted);
  order("w", WorkerOrder::kWork);
  complete({"a", 1});
  CHECK(worker().state == WorkerState::kIdle);
  advance(60s);
  CHECK(worker().state == WorkerState::kLost);
}

TEST_CASE_METHOD(Ordered, "a worker whose connection has ended is lost", "[workers]") {
  submit({.job = "a"});
  Accept command = accept_command(1, "w");
  command.gone_after = 10s;
  apply(command, "p");
  engine.note_gone(now, [](const std::string& peer) { return peer == "p"; });
  CHECK(worker().state == WorkerState::kLost);
}

TEST_CASE_METHOD(Ordered, "workers that were silent for a day are forgotten", "[workers]") {
  advance(1s);
  submit({.job = "a"});
  complete(accept_one("old"));
  advance(12h);
  submit({.job = "b"});
  complete(accept_one("w"));
  advance(11h);
  CHECK(worker("old").worker == "old");
  advance(1h);
  CHECK(worker("old").worker.empty());
  CHECK(last<WorkerForgotten>().job.datasource == 0);
  CHECK(std::get<WorkerForgotten>(last<WorkerForgotten>().change).name == "old");
  CHECK(worker("w").worker == "w");
}

TEST_CASE_METHOD(Ordered, "a worker that only renews for days stays known", "[workers]") {
  advance(1s);
  const Lease lease = submit_and_accept({.job = "a"}, "w");
  for (int i = 0; i < 60; ++i) {
    REQUIRE(renew(lease, 1h));
    advance(30min);
  }
  CHECK(worker().worker == "w");
  for (const Entry& entry : journal) {
    CHECK_FALSE(std::holds_alternative<WorkerForgotten>(entry.change));
  }
}

TEST_CASE_METHOD(Ordered, "what was told ends with its datasource", "[workers]") {
  park_accept("w");
  order("w", WorkerOrder::kHalt);
  order("", WorkerOrder::kDrain);
  park(DropDatasource{"scan"});
  advance(1ms);
  park_accept("w");
  CHECK(worker().order == WorkerOrder::kWork);
}

}  // namespace store

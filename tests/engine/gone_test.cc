// Workers that are gone with their connection lose their jobs before the leases are over.
#include <set>

#include "engine_fixture.h"

namespace store {
namespace {

class Gone : public ReplayedEngine {
 public:
  Ids accept_over(const std::string& peer, const std::string& worker, Span gone_after,
                  std::size_t max = 1) {
    Accept command = accept_command(max, worker);
    command.gone_after = gone_after;
    return ids(std::get<AcceptReply>(*apply(std::move(command), peer)).jobs);
  }
  void listen_over(const std::string& peer, const std::string& worker) {
    REQUIRE(apply(Renew{"scan", {}, {}, worker}, peer));
  }
  void end(const std::string& peer) {
    ended.insert(peer);
    engine.note_gone(now, [this](const std::string& any) { return ended.contains(any); });
  }

  std::set<std::string> ended;
};

}  // namespace

TEST_CASE_METHOD(Gone, "a worker that is gone loses its jobs after its time, and no sooner",
                 "[gone]") {
  submit({.job = "a"});
  submit({.job = "b"});
  submit({.job = "of-other"});
  token = "k1.w";
  caveats = "\ntime < 1";
  REQUIRE(accept_over("p1", "w1", 2s) == Ids{"a"});
  REQUIRE(accept_over("p1", "w1", 2s) == Ids{"b"});
  REQUIRE(accept_over("p2", "w2", 2s) == Ids{"of-other"});
  advance(1s);
  end("p1");
  end("p3");
  CHECK(engine.next_deadline() == now + 2s);
  advance(1999ms);
  CHECK(status("a") == Status::kAccepted);
  advance(1ms);
  CHECK(status("a") == Status::kRetrying);
  CHECK(status("b") == Status::kRetrying);
  CHECK(view("a").lost_leases == 1);
  CHECK(status("of-other") == Status::kAccepted);
  CHECK(ids(accept(10, "w3")) == Ids{"a", "b"});
}

TEST_CASE_METHOD(Gone, "a worker that comes back keeps its jobs", "[gone]") {
  submit({.job = "a"});
  accept_over("p1", "w1", 2s);
  end("p1");
  advance(1s);
  listen_over("p2", "w1");
  advance(5s);
  CHECK(status("a") == Status::kAccepted);
  end("p2");
  advance(1s);
  CHECK(accept_over("p3", "w1", 2s).empty());
  advance(5s);
  CHECK(status("a") == Status::kAccepted);
  end("p3");
  advance(2s);
  CHECK(status("a") == Status::kRetrying);
}

TEST_CASE_METHOD(Gone, "a worker that waited for its job is known by its connection too",
                 "[gone]") {
  Accept command = accept_command(1, "w1");
  command.wait = 60s;
  command.gone_after = 2s;
  CHECK_FALSE(apply(command, "p1"));
  submit({.job = "a"});
  REQUIRE(status("a") == Status::kAccepted);
  end("p1");
  advance(2s);
  CHECK(status("a") == Status::kRetrying);
}

TEST_CASE_METHOD(Gone, "who asks over a connection each time keeps his jobs for their leases",
                 "[gone]") {
  submit({.job = "a"});
  accept_over("p1", "w1", 0s);
  end("p1");
  advance(29s);
  CHECK(status("a") == Status::kAccepted);
}

TEST_CASE_METHOD(Gone, "nobody speaks for a worker with another token", "[gone]") {
  submit({.job = "a"});
  submit({.job = "b"});
  token = "k1.w";
  accept_over("p1", "w1", 2s);
  token = "k1.other";
  Accept again = accept_command(1, "w1");
  again.gone_after = 1ms;
  again.wait = 1s;
  again.functions = {"none"};
  CHECK_FALSE(apply(again, "p2"));
  listen_over("p2", "w1");
  end("p2");
  advance(5s);
  CHECK(status("a") == Status::kAccepted);
  // Once it is given jobs the row is its own; those of the first token are not lost with it.
  REQUIRE(accept_over("p4", "w1", 2s) == Ids{"b"});
  end("p4");
  advance(2s);
  CHECK(status("a") == Status::kAccepted);
  CHECK(status("b") == Status::kRetrying);
}

TEST_CASE_METHOD(Gone, "a job that was to be cancelled is, when its worker is gone", "[gone]") {
  submit({.job = "a"});
  accept_over("p1", "w1", 2s);
  cancel("a");
  end("p1");
  advance(2s);
  CHECK(status("a") == Status::kCancelled);
}

TEST_CASE_METHOD(Gone, "a worker that had very many jobs loses them in several turns", "[gone]") {
  limits.expirations_per_turn_max = 2;
  for (int i = 0; i < 5; ++i) {
    submit({});
  }
  REQUIRE(accept_over("p1", "w1", 2s, 5).size() == 5);
  end("p1");
  advance(2s);
  for (const std::size_t left : {3u, 1u, 0u}) {
    CHECK(engine.state().jobs.leases().size() == left);
    CHECK((engine.next_deadline() <= now) == (left > 0));
    tick();
    collect();
  }
}

}  // namespace store

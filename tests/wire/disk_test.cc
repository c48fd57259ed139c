// A disk that has no room, as far as the store can tell: its reserve is more than there is.
#include <atomic>
#include <catch2/catch.hpp>

#include "lease_tokens.h"
#include "local_store.h"
#include "peer.h"

namespace wire {
namespace {

using namespace std::chrono_literals;

class PassingClock : public store::SystemClock {
 public:
  std::atomic<store::Span> passed{};
  store::Time now() const override { return SystemClock::now() + passed.load(); }
  store::Span elapsed() const override { return SystemClock::elapsed() + passed.load(); }
};

struct Disk {
  PassingClock clock;
  LocalStore store{{}, &clock};
  Peer peer{store.request_endpoint()};
  std::string client = store.client_token();
  std::string driver = store.driver_token();
  LeaseTokens leases;
  std::uint64_t id = 0;

  void reserve(std::uint64_t mib) {
    store.change([&](store::Config& config) { config.disk_reserve_mib = mib; });
    clock.passed = clock.passed.load() + 1s;  // it is looked again
  }
  void fill() { reserve(UINT32_MAX); }
  unsigned submit(const std::string& job) {
    return peer.ask(submit_frame(submit_head(++id, client), {{.job = job}})).code();
  }
  unsigned accept() {
    ++id;
    const Answer answer =
        peer.ask(accept_frame(accept_head(id, driver), {.worker = "w", .request_number = id}));
    leases.remember(answer);
    return answer.code();
  }
  unsigned finish(const std::string& job) {
    return peer
        .ask(update_frame(update_head(++id, driver), {leases.with_token({{job, 1}, jobq::Done{}})}))
        .code();
  }
  unsigned import(const std::string& job) {
    return peer
        .ask(import_frame({.id = ++id,
                           .method = Method::POST,
                           .path = "/admin/scan/import",
                           .token = store.operator_token()},
                          {imported_job(job)}))
        .code();
  }
  std::string status_frame(const std::string& job, std::uint32_t wait_ms = 0) {
    return job_query_frame({.id = ++id, .path = "/scan/job", .token = client},
                           {.job = job, .wait_ms = wait_ms});
  }
};

}  // namespace

TEST_CASE("below the reserve no job is taken, and those that are there go on") {
  Disk disk;
  REQUIRE(disk.submit("a") == 200);
  // As long as nobody frees a third of the disk, or fills half of what is free.
  disk.reserve((std::filesystem::space("/tmp").available >> 20) * 3 / 2);
  CHECK(disk.submit("b") == 507);
  CHECK(disk.import("c") == 507);
  CHECK(disk.accept() == 200);
  CHECK(disk.finish("a") == 200);
  CHECK(disk.peer.ask(disk.status_frame("b")).code() == 404);
  disk.reserve(0);
  CHECK(disk.submit("b") == 200);
  CHECK(disk.import("c") == 200);
}

TEST_CASE("without room on disk nothing changes, nothing is lost, and all goes on afterwards") {
  Disk disk;
  REQUIRE(disk.submit("a") == 200);
  REQUIRE(disk.submit("b") == 200);
  REQUIRE(disk.accept() == 200);
  disk.fill();
  const std::uint64_t before = disk.store.digest();
  CHECK(disk.submit("c") == 507);
  CHECK(disk.accept() == 507);
  CHECK(disk.finish("a") == 507);
  CHECK(disk.peer
            .ask(subscribe_frame({.id = ++disk.id,
                                  .method = Method::POST,
                                  .path = "/jobs/other/events",
                                  .token = disk.store.mint({"path = /jobs/other/*"})},
                                 {}))
            .code() == 507);
  CHECK(disk.peer.ask(disk.status_frame("a")).code() == 200);

  disk.peer.send(disk.status_frame("b", 1000));
  disk.clock.passed = disk.clock.passed.load() + 1h;  // leases would end, and waits do
  CHECK(disk.peer.receive().code() == 200);
  CHECK(disk.store.digest() == before);

  disk.reserve(0);
  CHECK(disk.finish("a") == 200);
  CHECK(disk.submit("c") == 200);
  CHECK(disk.accept() == 200);
}

}  // namespace wire

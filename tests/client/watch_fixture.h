// A watch of client alice's jobs on a FakeStream, and what it hands out.
#pragma once

#include <catch2/catch.hpp>
#include <vector>

#include "fake_stream.h"
#include "jobq/watch.h"

// The next news, which must be of this kind.
template <typename News>
News next_as(jobq::Watch& watch) {
  auto news = watch.next(kForEver);
  REQUIRE(news);
  REQUIRE(std::holds_alternative<News>(*news));
  return std::get<News>(std::move(*news));
}

// Until the stream's first frame has come: from then on events come by it.
inline void await_stream(FakeStream& stream, jobq::Watch& watch) {
  const auto before = watch.counters();
  stream.await_subscriber();
  stream.add("warm");
  REQUIRE(next_as<jobq::Event>(watch).job == "warm");
  while (watch.counters().from_stream == before.from_stream) {
    stream.add("warm");
    REQUIRE(next_as<jobq::Event>(watch).job == "warm");
  }
}

struct WatchFixture {
  explicit WatchFixture(FakeStream::Options options = {}) : stream(directory, options) {}

  jobq::Watch watch(jobq::WatchOptions options = {}, jobq::Connection connection = {}) {
    const auto quick = quick_connection(directory.endpoint());
    connection.endpoint = quick.endpoint;
    connection.token = quick.token;
    connection.patience = quick.patience;
    connection.retry_after = quick.retry_after;
    return jobq::Watch(connection, {.datasource = "scan", .client = "alice"}, std::move(options));
  }

  // One that has told its snapshot.
  jobq::Watch watch_from_now() {
    auto watch = this->watch();
    next_as<jobq::WatchSnapshot>(watch);
    return watch;
  }
  // One that gets the stream's frames, too.
  jobq::Watch watch_stream() {
    auto watch = watch_from_now();
    await_stream(stream, watch);
    return watch;
  }

  TemporaryDirectory directory;
  FakeStream stream;
};

inline jobq::WatchRepair::Reason next_reason(jobq::Watch& watch) {
  return next_as<jobq::WatchRepair>(watch).reason;
}

// All that is handed out until the watch has come this far, markers passed over.
struct Seen {
  std::vector<std::uint64_t> events{};
  std::vector<jobq::WatchRepair::Reason> reasons{};

  void take(jobq::WatchNews news) {
    if (const auto* event = std::get_if<jobq::Event>(&news)) {
      events.push_back(event->sequence);
    } else if (const auto* repair = std::get_if<jobq::WatchRepair>(&news)) {
      reasons.push_back(repair->reason);
    } else {
      FAIL("a snapshot in between");
    }
  }
  void take_until(jobq::Watch& watch, std::uint64_t sequence) {
    const auto end = std::chrono::steady_clock::now() + kForEver;
    while (watch.cursor() < sequence && std::chrono::steady_clock::now() < end) {
      if (auto news = watch.next(std::chrono::seconds(1))) {
        take(std::move(*news));
      }
    }
    REQUIRE(watch.cursor() >= sequence);
  }
  std::size_t count(jobq::WatchRepair::Reason reason) const {
    return static_cast<std::size_t>(std::count(reasons.begin(), reasons.end(), reason));
  }
};

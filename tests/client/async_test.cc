#include "jobq/async.h"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <utility>

#include "fake_store.h"

using namespace std::chrono_literals;

namespace {

using Versions = std::vector<std::string>;

// The number in a request's path, for stores that answer by it: /scan/job/7/
std::string number_of(const Asked& asked) {
  const std::string path = asked.path();
  return path.substr(10, path.size() - 11);
}

void answer(FakeStore& self, const Asked& asked) {
  self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
    reply.getBody().initJob().setJob(number_of(asked).c_str());
  });
}

jobq::Request<jobq::JobStatus> status_of(int number) {
  return jobq::requests::status("scan", std::to_string(number));
}

// A function of a store that answers once `count` have asked, the last one first.
FakeStore::Handler backwards(std::size_t count) {
  return [count, waiting = std::make_shared<std::vector<Asked>>()](FakeStore& self,
                                                                   const Asked& asked) {
    waiting->push_back(asked);
    if (waiting->size() == count) {
      std::for_each(waiting->rbegin(), waiting->rend(), [&](const Asked& a) { answer(self, a); });
      waiting->clear();
    }
  };
}

void ignore(FakeStore&, const Asked&) {}

struct AsyncFixture {
  const TemporaryDirectory directory;
  jobq::Connection options = quick_connection(directory.endpoint());
  std::vector<std::string> answered;

  jobq::Callback<jobq::JobStatus> note() {
    return [this](jobq::Answer<jobq::JobStatus> answer) {
      try {
        answered.push_back(std::move(answer).value().job);
      } catch (const jobq::Refused& refused) {
        answered.push_back(std::to_string(refused.code()));
      } catch (const jobq::Unreachable&) {
        answered.push_back("unreachable");
      }
    };
  }
  void finish(jobq::AsyncClient& client) const {
    while (client.under_way() > 0) {
      client.poll(kForEver);
    }
  }
};

}  // namespace

TEST_CASE_METHOD(AsyncFixture, "a request may have another token than its client") {
  FakeStore store(directory.endpoint(), answer);
  options.token = "its own";
  jobq::AsyncClient client(options);
  client.start(status_of(1), note(), {.token = "a caller's"});
  client.start(status_of(2), note(), {.token = ""});
  client.start(status_of(3), note());
  finish(client);
  std::vector<std::string> tokens;
  for (const Asked& asked : store.asked()) {
    const auto token = asked.request().getToken().asChars();
    tokens.emplace_back(token.begin(), token.size());
  }
  REQUIRE(tokens == std::vector<std::string>{"a caller's", "", "its own"});
}

TEST_CASE_METHOD(AsyncFixture,
                 "many requests are under way over one socket, answered in any order") {
  FakeStore store(directory.endpoint(), backwards(3));
  options.retry_after = kForEver;
  jobq::AsyncClient client(options);
  for (const int number : {1, 2, 3}) {
    client.start(status_of(number), note());
  }
  REQUIRE(client.under_way() == 3);
  REQUIRE(answered.empty());
  finish(client);
  REQUIRE(answered == Versions{"3", "2", "1"});
  const auto asked = store.asked();
  REQUIRE(asked.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(number_of(asked[i]) == std::to_string(i + 1));
    REQUIRE(asked[i].peer == asked[0].peer);
  }
}

TEST_CASE_METHOD(AsyncFixture, "a refusal is the answer of its request alone") {
  FakeStore store(directory.endpoint(), [](FakeStore& self, const Asked& asked) {
    if (number_of(asked) == "2") {
      self.reply(asked, 404, {}, "unknown");
    } else {
      answer(self, asked);
    }
  });
  jobq::AsyncClient client(options);
  for (const int number : {1, 2, 3}) {
    client.start(status_of(number), note());
  }
  finish(client);
  REQUIRE(answered == Versions{"1", "404", "3"});
}

TEST_CASE_METHOD(AsyncFixture, "all that a killed store had not answered is sent to the next one") {
  options.retry_after = kForEver;
  options.patience = kForEver;
  auto store =
      std::make_unique<FakeStore>(directory.endpoint(), [](FakeStore& self, const Asked& asked) {
        if (number_of(asked) == "2") {
          answer(self, asked);
        }
      });
  jobq::AsyncClient client(options);
  for (const int number : {1, 2, 3}) {
    client.start(status_of(number), note());
  }
  while (answered.empty()) {
    client.poll(kForEver);
  }
  REQUIRE(answered == Versions{"2"});
  store->asked(3);
  store = nullptr;
  store = std::make_unique<FakeStore>(directory.endpoint(), answer);
  finish(client);
  REQUIRE(answered == Versions{"2", "1", "3"});
}

TEST_CASE_METHOD(AsyncFixture,
                 "a request that is not answered is repeated, answered ones are not") {
  std::atomic<int> lost = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (number_of(asked) != "1" || ++lost == 2) {
      answer(self, asked);
    }
  });
  options.patience = kForEver;
  jobq::AsyncClient client(options);
  client.start(status_of(1), note());
  client.start(status_of(2), note());
  finish(client);
  REQUIRE(answered == Versions{"2", "1"});
  const auto asked = store.asked();
  REQUIRE(asked.size() == 3);
  REQUIRE(asked[2].bytes == asked[0].bytes);
}

TEST_CASE_METHOD(AsyncFixture, "a store that answers others has more time for one") {
  // The first is answered only after the others, which take longer than a repetition would.
  std::atomic<int> count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    ++count;
    if (number_of(asked) != "0") {
      answer(self, asked);
    }
    if (number_of(asked) == "3") {
      for (const Asked& first : self.asked()) {
        if (number_of(first) == "0") {
          answer(self, first);
        }
      }
    }
  });
  options.retry_after = 400ms;
  options.patience = kForEver;
  jobq::AsyncClient client(options);
  client.start(status_of(0), note());
  for (const int number : {1, 2, 3}) {
    const auto end = std::chrono::steady_clock::now() + 200ms;
    while (std::chrono::steady_clock::now() < end) {
      client.poll(10ms);
    }
    client.start(status_of(number), note());
  }
  finish(client);
  REQUIRE(count == 4);
}

TEST_CASE_METHOD(AsyncFixture, "each request has a patience of its own") {
  FakeStore store(directory.endpoint(), ignore);
  options.patience = 1h;
  jobq::AsyncClient client(options);
  client.start(status_of(1), note());
  client.start(status_of(2), note(), {.patience = 100ms});
  while (answered.empty()) {
    client.poll(kForEver);
  }
  REQUIRE(answered == Versions{"unreachable"});
  REQUIRE(client.under_way() == 1);
}

TEST_CASE_METHOD(AsyncFixture, "a cancelled request is not told of, and its room is free") {
  FakeStore store(directory.endpoint(), [](FakeStore& self, const Asked& asked) {
    if (number_of(asked) == "2") {
      answer(self, asked);
    }
  });
  options.retry_after = kForEver;
  options.patience = 1h;
  const bool own_thread = GENERATE(false, true);
  jobq::AsyncClient client(options, {.own_thread = own_thread, .requests_max = 1});
  const jobq::Call call = client.start(status_of(1), note());
  REQUIRE(client.cancel(call));
  REQUIRE_FALSE(client.cancel(call));
  auto second = client.start(status_of(2));  // waits for room
  if (!own_thread) {
    finish(client);
  }
  REQUIRE(second.get().job == "2");
  REQUIRE(answered.empty());
  REQUIRE_FALSE(client.cancel(call));
  REQUIRE_FALSE(client.cancel({}));
}

TEST_CASE_METHOD(AsyncFixture, "start waits for room") {
  FakeStore store(directory.endpoint(), backwards(2));
  options.retry_after = kForEver;
  jobq::AsyncClient client(options, {.requests_max = 2});
  client.start(status_of(1), note());
  REQUIRE(client.has_room());
  client.start(status_of(2), note());
  REQUIRE_FALSE(client.has_room());
  client.start(status_of(3), note());
  REQUIRE_FALSE(answered.empty());
  client.start(status_of(4), note());
  finish(client);
  REQUIRE(answered == Versions{"2", "1", "4", "3"});
}

TEST_CASE_METHOD(AsyncFixture, "bytes under way are bounded, too, but for one long request") {
  FakeStore store(directory.endpoint(), answer);
  jobq::AsyncClient client(options, {.bytes_max = 1});
  client.start(status_of(1), note());
  REQUIRE_FALSE(client.has_room());
  client.start(status_of(2), note());
  REQUIRE(answered == Versions{"1"});
  finish(client);
  REQUIRE(answered == Versions{"1", "2"});
}

TEST_CASE_METHOD(AsyncFixture, "a callback may start the next request, but not more than one") {
  FakeStore store(directory.endpoint(), answer);
  const bool own_thread = GENERATE(false, true);
  jobq::AsyncClient client(options, {.own_thread = own_thread, .requests_max = 1});
  std::promise<bool> is_busy;
  client.start(status_of(1), [&](jobq::Answer<jobq::JobStatus>) {
    client.start(status_of(2), note());
    try {
      client.start(status_of(3), note());
      is_busy.set_value(false);
    } catch (const jobq::Busy&) {
      is_busy.set_value(true);
    }
  });
  if (!own_thread) {
    finish(client);
  }
  REQUIRE(is_busy.get_future().get());
  REQUIRE(client.start(status_of(4)).wait_for(own_thread ? kForEver : 0s) ==
          (own_thread ? std::future_status::ready : std::future_status::timeout));
  REQUIRE(answered == Versions{"2"});
}

TEST_CASE_METHOD(AsyncFixture, "with a thread of its own several threads get their answers") {
  FakeStore store(directory.endpoint(), answer);
  options.patience = kForEver;
  jobq::AsyncClient client(options, {.own_thread = true, .requests_max = 4});
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int first : {1, 2, 3}) {
    threads.emplace_back([&client, &wrong, first] {
      for (int number = first; number < 300; number += 3) {
        wrong += client.start(status_of(number)).get().job == std::to_string(number) ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  REQUIRE(wrong == 0);
  REQUIRE_THROWS_AS(client.poll(), std::logic_error);
}

TEST_CASE_METHOD(AsyncFixture, "its descriptor is readable whenever poll has something to do") {
  int count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (number_of(asked) != "1" || ++count == 3) {  // two repetitions, which only time brings
      answer(self, asked);
    }
  });
  options.patience = kForEver;
  jobq::AsyncClient client(options);
  client.start(status_of(1), [&](jobq::Answer<jobq::JobStatus> first) {
    note()(std::move(first));
    client.start(status_of(2), note());
  });
  while (answered.size() < 2) {
    pollfd item{.fd = client.fd(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&item, 1, 30'000) == 1);
    client.poll();
  }
  REQUIRE(answered == Versions{"1", "2"});
  pollfd idle{.fd = client.fd(), .events = POLLIN, .revents = 0};
  while (::poll(&idle, 1, 0) == 1) {
    client.poll();  // what is left of the time that was waited for
  }
  REQUIRE(client.poll(kForEver) == 0);  // nothing is under way
}

TEST_CASE_METHOD(AsyncFixture, "what is under way when it ends breaks its future") {
  FakeStore store(directory.endpoint(), ignore);
  std::future<jobq::JobStatus> future;
  {
    jobq::AsyncClient client(options, {.own_thread = GENERATE(false, true)});
    future = client.start(status_of(1));
    client.start(status_of(2), note());
  }
  REQUIRE_THROWS_AS(future.get(), std::future_error);
  REQUIRE(answered.empty());
}

TEST_CASE_METHOD(AsyncFixture, "a request that no message can hold is refused by start") {
  jobq::AsyncClient client(options);
  std::vector<jobq::NewJob> jobs(10);
  for (jobq::NewJob& job : jobs) {
    job.request = std::string(1 << 20, ' ');
  }
  REQUIRE_THROWS_AS(client.start(jobq::requests::submit_many("scan", jobs)), jobq::Refused);
  REQUIRE(client.under_way() == 0);
}

TEST_CASE("limits of an asynchronous client that cannot be are refused by the constructor") {
  REQUIRE_THROWS_AS(jobq::AsyncClient({}, {.requests_max = 0}), std::invalid_argument);
  REQUIRE_THROWS_AS(jobq::AsyncClient({}, {.requests_max = 1001}), std::invalid_argument);
}

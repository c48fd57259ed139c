// The requests of a datasource as a series, the job that is next, and what lists leave out.
#include <random>

#include "engine_fixture.h"
#include "sequence_index.h"

namespace store {
namespace {

constexpr std::size_t kMany = 1000;

// "a" asks for job a, "-a" for its cancel.
Ids said(const RequestsReply& reply) {
  Ids said;
  for (const auto& record : reply.records) {
    said.push_back((record.kind == jobq::RequestRecord::Kind::kCancel ? "-" : "") + record.job.job);
  }
  return said;
}

}  // namespace

class RequestsFixture : public ReplayedEngine {
 public:
  static ReadRequests from(Sequence cursor, std::size_t limit = kMany) {
    ReadRequests command;
    command.datasource = "scan";
    command.cursor = cursor;
    command.limit = limit;
    return command;
  }
  static ReadRequests since(Time time, std::size_t limit = kMany) {
    ReadRequests command = from(0, limit);
    command.since = time;
    return command;
  }
  RequestsReply read(const ReadRequests& command) {
    return unchanged([&] { return ask<RequestsReply>(command); });
  }
  RequestsReply latest() {
    ReadRequests command = from(0);
    command.latest = true;
    return read(command);
  }
  RequestsReply peek(std::vector<std::string> functions = {}) {
    return unchanged([&] { return ask<RequestsReply>(Peek{"scan", std::move(functions)}); });
  }
  // Page after page, and how many pages there were.
  std::pair<Ids, int> read_all(ReadRequests command) {
    std::pair<Ids, int> all;
    for (;;) {
      const RequestsReply page = read(command);
      const Ids more = said(page);
      all.first.insert(all.first.end(), more.begin(), more.end());
      ++all.second;
      if (page.cursor == 0) {
        return all;
      }
      REQUIRE(page.cursor > command.cursor);
      command.cursor = page.cursor;
      command.since.reset();
    }
  }
  // Submits 1, 3, 5 (a, b, c), whose cancels are 7, 8 (b, a); each a second after the other.
  void submit_three_cancel_two() {
    for (const char* job : {"a", "b", "c"}) {
      submit_and_accept({.job = job});
      now += 1s;
    }
    cancel("b");
    now += 1s;
    cancel("a");
  }
};

TEST_CASE_METHOD(RequestsFixture, "requests are submits and cancels in the order of the journal") {
  const Time start = now;
  submit_three_cancel_two();
  const RequestsReply all = read(from(0));
  REQUIRE(said(all) == Ids{"a", "b", "c", "-b", "-a"});
  REQUIRE(all.cursor == 0);
  const std::vector<Sequence> sequences{1, 3, 5, 7, 8};
  const std::vector<Time> times{start, start + 1s, start + 2s, start + 3s, start + 4s};
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    REQUIRE(all.records[i].sequence == sequences[i]);
    REQUIRE(all.records[i].time == times[i]);
  }
  REQUIRE(all.records[0].job.status == Status::kAccepted);  // as it stands now
}

TEST_CASE_METHOD(RequestsFixture, "requests are read after a cursor") {
  submit_three_cancel_two();
  REQUIRE(said(read(from(1))) == Ids{"b", "c", "-b", "-a"});
  REQUIRE(said(read(from(2))) == Ids{"b", "c", "-b", "-a"});
  REQUIRE(said(read(from(5))) == Ids{"-b", "-a"});
  REQUIRE(said(read(from(7))) == Ids{"-a"});
  REQUIRE(said(read(from(8))).empty());
  REQUIRE(said(read(from(UINT64_MAX))).empty());
}

TEST_CASE_METHOD(RequestsFixture, "requests are read from a time on, inclusive") {
  const Time start = now;
  submit_three_cancel_two();
  REQUIRE(said(read(since(Time{}))).size() == 5);
  REQUIRE(said(read(since(start))).size() == 5);
  REQUIRE(said(read(since(start + 1ms))) == Ids{"b", "c", "-b", "-a"});
  REQUIRE(said(read(since(start + 2s))) == Ids{"c", "-b", "-a"});
  REQUIRE(said(read(since(start + 3s))) == Ids{"-b", "-a"});
  REQUIRE(said(read(since(start + 3001ms))) == Ids{"-a"});
  REQUIRE(said(read(since(start + 4s))) == Ids{"-a"});
  REQUIRE(said(read(since(start + 5s))).empty());
  REQUIRE(read_all(since(start + 1s, 1)) == std::pair(Ids{"b", "c", "-b", "-a"}, 4));
}

TEST_CASE_METHOD(RequestsFixture, "the latest request is a submit or a cancel") {
  REQUIRE(said(latest()).empty());
  submit({.job = "a"});
  REQUIRE(said(latest()) == Ids{"a"});
  accept_one();
  submit({.job = "b"});
  REQUIRE(said(latest()) == Ids{"b"});
  cancel("b");  // it waits: nobody has to be told
  REQUIRE(said(latest()) == Ids{"b"});
  cancel("a");
  REQUIRE(said(latest()) == Ids{"-a"});
  submit({.job = "c"});
  REQUIRE(said(latest()) == Ids{"c"});
  REQUIRE(latest().cursor == 0);
}

TEST_CASE_METHOD(RequestsFixture, "jobs that are forgotten are left out, with their cancels") {
  submit_three_cancel_two();
  acknowledge_cancel({"a", 1});
  const auto request = park(Remove{"scan", "a"});
  tick();
  REQUIRE(std::holds_alternative<JobReply>(*reply_to(request)));
  REQUIRE(said(read(from(0))) == Ids{"b", "c", "-b"});
  REQUIRE(said(latest()) == Ids{"-b"});
}

TEST_CASE_METHOD(RequestsFixture, "requests can be narrowed, and paged through all the same") {
  for (int i = 0; i < 20; ++i) {
    submit({.job = "j" + std::to_string(i),
            .client = i % 2 == 0 ? "alice" : "bob",
            .function = i % 3 == 0 ? "ocr" : "",
            .tags = i % 5 == 0 ? Ids{"five", "other"} : Ids{}});
  }
  ReadRequests command = from(0, 2);
  command.client = "alice";
  command.function = "ocr";
  REQUIRE(read_all(command).first == Ids{"j0", "j6", "j12", "j18"});
  command.client.clear();
  command.tag = "five";
  REQUIRE(read_all(command).first == Ids{"j0", "j15"});
  command.function.clear();
  REQUIRE(read_all(command).first == Ids{"j0", "j5", "j10", "j15"});
  command.client = "nobody";
  REQUIRE(read_all(command).first.empty());
}

TEST_CASE_METHOD(RequestsFixture, "no request is missed where a page looks at few", "[limits]") {
  const Ids expected{"a", "b", "c", "-b", "-a"};
  submit_three_cancel_two();
  for (std::size_t scan_max = 1; scan_max < 8; ++scan_max) {
    for (std::size_t limit = 1; limit < 8; ++limit) {
      CAPTURE(scan_max, limit);
      limits.list_scan_max = scan_max;
      REQUIRE(read_all(from(0, limit)).first == expected);
      REQUIRE(read_all(since(Time{}, limit)).first == expected);
    }
  }
}

TEST_CASE_METHOD(RequestsFixture, "a page of requests fits into a frame", "[limits]") {
  limits.accept_bytes_max = 100;
  submit({.job = "a", .request = std::string(60, '1')});
  submit({.job = "b", .request = std::string(40, '1')});
  submit({.job = "huge", .request = std::string(500, '1')});
  submit({.job = "c", .request = std::string(60, '1')});
  REQUIRE(said(read(from(0))) == Ids{"a", "b"});
  REQUIRE(read_all(from(0)) == std::pair(Ids{"a", "b", "huge", "c"}, 3));
}

TEST_CASE_METHOD(RequestsFixture, "a datasource that does not exist has no requests") {
  REQUIRE(said(read(from(0))).empty());
  REQUIRE(said(read(since(now))).empty());
  REQUIRE(said(peek()).empty());
}

TEST_CASE_METHOD(RequestsFixture, "peek shows what the next accept gets", "[peek]") {
  submit({.job = "later", .priority = 100, .delay = 1h});
  submit({.job = "a"});
  submit({.job = "b", .priority = 60, .function = "ocr"});
  REQUIRE(said(peek()) == Ids{"b"});
  REQUIRE(said(peek({"ocr"})) == Ids{"b"});
  REQUIRE(said(peek({"mail", "unknown"})).empty());
  REQUIRE(peek().records[0].sequence == 3);
  REQUIRE(accept_one().job == "b");
  REQUIRE(said(peek()) == Ids{"a"});
  REQUIRE(said(peek({"ocr"})).empty());
  accept_one();
  REQUIRE(said(peek()).empty());
}

TEST_CASE_METHOD(RequestsFixture, "a list is narrowed to function, tag and statuses together",
                 "[query][list]") {
  submit({.job = "a", .function = "ocr", .tags = {"x", "y"}});
  submit({.job = "b", .function = "ocr", .tags = {"y"}});
  submit({.job = "c", .function = "mail", .tags = {"x"}});
  submit({.job = "d", .tags = {"x"}});
  complete(accept_one());
  const auto list = [&](std::string function, std::string tag, std::uint8_t statuses = 0xff) {
    ListJobs command = list_command("alice");
    command.function = std::move(function);
    command.tag = std::move(tag);
    command.statuses = statuses;
    return ids(unchanged([&] { return ask<ListReply>(command); }).jobs);
  };
  REQUIRE(list("", "") == Ids{"a", "b", "c", "d"});
  REQUIRE(list("ocr", "") == Ids{"a", "b"});
  REQUIRE(list("", "x") == Ids{"a", "c", "d"});
  REQUIRE(list("ocr", "x") == Ids{"a"});
  REQUIRE(list("ocr", "", 1u << static_cast<int>(Status::kSubmitted)) == Ids{"b"});
  REQUIRE(list("", "x", 1u << static_cast<int>(Status::kComplete)) == Ids{"a"});
  REQUIRE(list("oc", "").empty());
  REQUIRE(list("", "z").empty());
}

TEST_CASE_METHOD(RequestsFixture, "a search in requests looks at fewer jobs, and says for what",
                 "[query][list][limits]") {
  limits.search_scan_max = 2;
  submit_all({"a", "b", "c"});
  ListJobs command = list_command("alice");
  command.text = "needle";
  const auto page = ask<ListReply>(command);
  REQUIRE(page.text == "needle");
  REQUIRE(ids(page.jobs) == Ids{"a", "b"});
  REQUIRE(page.cursor == 2);
}

TEST_CASE_METHOD(RequestsFixture, "searches of one turn share bytes, then look at one job each",
                 "[query][list][limits]") {
  limits.search_bytes_per_turn_max = 2 * (1024 + 1000);
  for (const std::string job : {"a", "b", "c", "d", "e"}) {
    submit({.job = job, .request = '"' + std::string(998, 'x') + '"'});
  }
  ListJobs command = list_command(std::nullopt, 0, 1);  // the limit is of those that have the text
  command.text = "needle";
  tick();
  CHECK(engine.may_search());
  const auto page = ask<ListReply>(command);
  CHECK(ids(page.jobs) == Ids{"a", "b"});
  CHECK(page.limit == 1);
  CHECK(page.cursor == 2);
  CHECK_FALSE(engine.may_search());
  CHECK(ids(ask<ListReply>(command).jobs) == Ids{"a"});
  CHECK(std::get<CountReply>(*apply(CountJobs{command})).jobs.size() == 1);
  command.text = "";
  CHECK(ids(ask<ListReply>(list_command(std::nullopt)).jobs).size() == 5);
  tick();
  CHECK(engine.may_search());
}

TEST_CASE_METHOD(RequestsFixture, "lists of one turn share what they may look at, then get little",
                 "[query][list][limits]") {
  limits.scan_per_turn_max = 300;
  limits.list_scan_max = 250;
  for (int i = 0; i < 400; ++i) {
    submit();
  }
  ListJobs command = list_command(std::nullopt, 0, 1000);
  command.function = "none has it";
  tick();
  REQUIRE(ask<ListReply>(command).cursor == 250);
  REQUIRE(ask<ListReply>(command).cursor == 100);  // 50 are left, but 100 are always looked at
  REQUIRE(ask<ListReply>(command).cursor == 100);
  REQUIRE(ask<RequestsReply>(from(0)).records.size() == 100);
  Redrive redrive;
  redrive.datasource = "scan";
  redrive.statuses = 1u << static_cast<int>(Status::kFailed);
  redrive.limit = 1000;
  REQUIRE(ask<RedriveReply>(redrive).cursor == 100);
  tick();
  REQUIRE(ask<ListReply>(command).cursor == 250);
}

TEST_CASE("an index by sequence finds, walks and halves as a list does") {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    SequenceIndex index;
    std::vector<Sequence> naive;
    Sequence last = 0;
    for (int step = 0; step < 500; ++step) {
      CAPTURE(seed, step);
      if (random() % 3 != 0 || naive.empty()) {
        last += 1 + random() % 3;
        index.append(last, static_cast<Slot>(last));
        naive.push_back(last);
      } else {
        const auto victim = naive.begin() + static_cast<std::ptrdiff_t>(random() % naive.size());
        index.erase(*victim);
        naive.erase(victim);
      }
      const Sequence from = random() % (last + 2);
      const auto above = std::upper_bound(naive.begin(), naive.end(), from);
      std::vector<Sequence> walked;
      index.walk(from, [&](Slot slot) {
        walked.push_back(slot);
        return true;
      });
      REQUIRE(walked == std::vector<Sequence>(above, naive.end()));
      REQUIRE(index.first_where([&](Slot slot) { return slot > from; }) ==
              (above == naive.end() ? 0 : *above));
      REQUIRE((index.find(from) != kNoSlot) ==
              std::binary_search(naive.begin(), naive.end(), from));
      REQUIRE(index.size() == naive.size());
      REQUIRE(index.last() == (naive.empty() ? kNoSlot : static_cast<Slot>(naive.back())));
    }
  }
}

}  // namespace store

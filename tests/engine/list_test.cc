// Lists: filters, orders, and pages that go on where the last one ended.
#include "engine_fixture.h"

namespace store {
namespace {

using Order = jobq::ListOrder;

class ListFixture : public ReplayedEngine {
 public:
  static ListJobs all(Order order = Order::kSubmitted, std::size_t limit = 100) {
    ListJobs list = list_command({}, 0, limit);
    list.order = order;
    return list;
  }
  ListReply page(const ListJobs& list) {
    return unchanged([&] { return ask<ListReply>(list); });
  }
  Ids listed(const ListJobs& list) { return ids(page(list).jobs); }

  // All pages, each with as many jobs as the list says, as the library asks for them.
  Ids paged(ListJobs list) {
    Ids all;
    for (int pages = 0;; ++pages) {
      REQUIRE(pages < 100);
      std::vector<JobView> jobs;
      Sequence cursor = jobq::is_by_value(list.order) ? 0 : list.cursor;
      do {
        list.cursor = cursor;
        const ListReply part = page(list);
        jobs.insert(jobs.end(), part.jobs.begin(), part.jobs.end());
        cursor = part.cursor;
      } while (jobq::is_by_value(list.order) && cursor != 0);
      std::sort(jobs.begin(), jobs.end(), [&](const JobView& a, const JobView& b) {
        return jobq::is_by_value(list.order) &&
               jobq::is_before(jobq::place_of(a, list.order), jobq::place_of(b, list.order),
                               list.order);
      });
      jobs.resize(std::min(jobs.size(), list.limit));
      const Ids here = ids(jobs);
      all.insert(all.end(), here.begin(), here.end());
      if (jobq::is_by_value(list.order) ? here.size() < list.limit : cursor == 0) {
        return all;
      }
      if (jobq::is_by_value(list.order)) {
        list.behind = jobq::place_of(jobs.back(), list.order);
      }
      list.cursor = cursor;
    }
  }
};

Ids reversed(Ids ids) {
  std::reverse(ids.begin(), ids.end());
  return ids;
}

}  // namespace

TEST_CASE_METHOD(ListFixture, "functions and tags are found by patterns", "[list]") {
  submit({.job = "a", .function = "ocr", .tags = {"page=7", "x"}});
  submit({.job = "b", .function = "ocr2", .tags = {"page=17"}});
  submit({.job = "c", .function = "mail"});
  submit({.job = "d"});
  const auto by = [&](const std::string& function, const std::string& tag) {
    ListJobs list = all();
    list.function = function;
    list.tag = tag;
    CHECK(std::get<CountReply>(*apply(CountJobs{list})).count == listed(list).size());
    return listed(list);
  };
  CHECK(by("ocr", "") == Ids{"a"});
  CHECK(by("ocr*", "") == Ids{"a", "b"});
  CHECK(by("ocr?", "") == Ids{"b"});
  CHECK(by("*", "") == Ids{"a", "b", "c", "d"});
  CHECK(by("?*", "") == Ids{"a", "b", "c"});
  CHECK(by("", "page=*7") == Ids{"a", "b"});
  CHECK(by("", "page=?") == Ids{"a"});
  CHECK(by("mail", "page=*").empty());
}

TEST_CASE_METHOD(ListFixture, "jobs are found by key, unique name and times", "[list]") {
  submit({.job = "a", .turn_key = "k", .unique = "u"});
  advance(1s);
  const Time second = now;
  submit({.job = "b", .turn_key = "k"});
  advance(1s);
  const Lease lease = accept_one();
  advance(1s);
  complete(lease);
  ListJobs list = all();
  list.turn_key = "k";
  CHECK(listed(list) == Ids{"a", "b"});
  list.unique = "u";
  CHECK(listed(list) == Ids{"a"});
  const auto within = [&](Time jobq::ListTimes::*from, Time jobq::ListTimes::*before, Time since,
                          Time until) {
    ListJobs timed = all();
    timed.times.*from = since;
    timed.times.*before = until;
    return listed(timed);
  };
  using Times = jobq::ListTimes;
  CHECK(within(&Times::submitted_since, &Times::submitted_before, second, {}) == Ids{"b"});
  CHECK(within(&Times::submitted_since, &Times::submitted_before, {}, second) == Ids{"a"});
  CHECK(within(&Times::submitted_since, &Times::submitted_before, second, second).empty());
  CHECK(within(&Times::started_since, &Times::started_before, second, {}) == Ids{"a"});
  // What has not begun did not begin before.
  CHECK(within(&Times::started_since, &Times::started_before, {}, now) == Ids{"a"});
  CHECK(within(&Times::ended_since, &Times::ended_before, now, {}) == Ids{"a"});
  CHECK(within(&Times::ended_since, &Times::ended_before, {}, now).empty());
}

TEST_CASE_METHOD(ListFixture, "a list is sorted by any value, either way, page by page", "[list]") {
  submit({.job = "a", .priority = 50});
  submit({.job = "b", .priority = 90});
  submit({.job = "c", .priority = 50});
  submit({.job = "d", .priority = 10});
  submit({.job = "e", .priority = 90, .delay = 1h});
  const Lease b = accept_one();
  advance(1s);
  const Lease a = accept_one();
  advance(1s);
  complete(a);
  advance(1s);
  complete(b);
  cancel("c");
  limits.list_scan_max = GENERATE(2u, 1000u);
  const std::size_t limit = GENERATE(1u, 2u, 5u, 100u);
  const std::vector<std::pair<Order, Ids>> orders = {{Order::kSubmitted, {"a", "b", "c", "d", "e"}},
                                                     {Order::kStarted, {"c", "d", "e", "b", "a"}},
                                                     {Order::kEnded, {"d", "e", "a", "b", "c"}},
                                                     {Order::kChanged, {"d", "e", "a", "b", "c"}},
                                                     {Order::kPriority, {"d", "a", "c", "b", "e"}}};
  for (const auto& [order, expected] : orders) {
    CAPTURE(jobq::to_string(order), limit);
    CHECK(paged(all(order, limit)) == expected);
    const auto down = static_cast<Order>(static_cast<int>(order) + 1);
    CHECK(paged(all(down, limit)) == reversed(expected));
  }
}

TEST_CASE_METHOD(ListFixture, "a page by a value goes on right whatever has come and gone",
                 "[list]") {
  for (const unsigned priority : {10u, 20u, 30u, 40u}) {
    submit({.job = "p" + std::to_string(priority), .priority = std::uint8_t(priority)});
  }
  ListJobs list = all(Order::kPriority, 2);
  const ListReply first = page(list);
  REQUIRE(ids(first.jobs) == Ids{"p10", "p20"});
  list.behind = jobq::place_of(first.jobs.back(), list.order);
  cancel("p20");
  submit({.job = "before", .priority = 15});
  submit({.job = "behind", .priority = 35});
  list.limit = 100;
  CHECK(listed(list) == Ids{"p30", "behind", "p40"});
  list.ahead_of = jobq::ListPlace{40, 4};
  CHECK(listed(list) == Ids{"p30", "behind"});
}

TEST_CASE_METHOD(ListFixture, "the order of service is that in which jobs are handed out",
                 "[list]") {
  configure({.weights = {{"bob", 2}}});
  submit_all({"a1", "a2", "a3"}, {.client = "alice", .function = "ocr"});
  submit_all({"b1", "b2", "b3", "b4"}, {.client = "bob"});
  submit_all({"c1", "c2"}, {.client = "carol", .priority = 90});
  submit({.job = "later", .delay = 1h});
  submit({.job = "a4", .client = "alice", .function = "mail"});
  accept_one();           // carol's turn
  release(accept_one());  // c2 comes back
  const ListJobs list = all(Order::kService, GENERATE(1u, 3u, 100u));
  const Ids order = paged(list);
  REQUIRE(order.size() == 9);
  REQUIRE(order.front() == "c2");
  ListJobs of_bob = list;
  of_bob.client = "bob";
  CHECK(paged(of_bob) == Ids{"b1", "b2", "b3", "b4"});
  REQUIRE(ids(accept(100)) == order);
}

TEST_CASE_METHOD(ListFixture, "the order of service goes on behind a job, or begins anew",
                 "[list][limits]") {
  submit_all({"a", "b", "c", "d"});
  ListJobs list = all(Order::kService, 2);
  const ListReply first = page(list);
  REQUIRE(ids(first.jobs) == Ids{"a", "b"});
  list.cursor = first.cursor;
  submit({.job = "first", .priority = 90});
  CHECK(listed(list) == Ids{"c", "d"});
  cancel("b");
  CHECK(listed(list) == Ids{"first", "a"});
  limits.ahead_counted_max = 3;
  CHECK(paged(all(Order::kService, 2)) == Ids{"first", "a", "c"});
}

TEST_CASE_METHOD(ListFixture, "a list that compares much looks at fewer jobs", "[list][limits]") {
  const std::string name(128, 'a');
  for (int i = 0; i < 20; ++i) {
    submit({.function = name});
  }
  limits.list_scan_max = 100;
  ListJobs list = all();
  list.function = std::string(60, 'a') + "*" + std::string(67, 'b');
  const ListReply page = this->page(list);
  CHECK(page.jobs.empty());
  CHECK(page.cursor == 1);
  list.function = name;
  CHECK(this->page(list).cursor == 0);
}

}  // namespace store

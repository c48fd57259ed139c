// Ids that become parts of paths: what is none is not sent.
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "event_requests.h"
#include "jobq/admin_requests.h"
#include "jobq/driver_requests.h"
#include "jobq/requests.h"

using Make = std::function<void(const std::string&)>;

namespace {

std::string refusal(const Make& make, const std::string& id) {
  try {
    make(id);
  } catch (const jobq::Refused& refused) {
    return std::to_string(refused.code()) + " " + refused.what();
  }
  return "none";
}

void check(const std::vector<Make>& requests, const std::string& part, const std::string& word) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    INFO(part << " of request " << i);
    const auto refused = "400 path: the " + part + " ";
    CHECK(refusal(requests[i], "a.b_c~1-") == "none");
    CHECK(refusal(requests[i], word) == refused + "is a word that paths use, and no id");
    CHECK(refusal(requests[i], "a/b") == refused + "may only have characters of [A-Za-z0-9._~-]");
    CHECK(refusal(requests[i], std::string(129, 'a')) == refused + "must be at most 128 bytes");
  }
}

}  // namespace

TEST_CASE("no request is made of an id that names no datasource") {
  using namespace jobq;
  const std::vector<Make> made = {
      [](auto& id) { requests::submit_many(id, {{.request = "1"}}); },
      [](auto& id) { requests::status(id, "j1"); },
      [](auto& id) { requests::wait_for_change(id, "j1", {}, 0, {}); },
      [](auto& id) { requests::wait(id, "j1", {}, {}); },
      [](auto& id) { requests::list(id, {}); },
      [](auto& id) { requests::count(id, {}); },
      [](auto& id) { requests::cancel(id, "j1"); },
      [](auto& id) { requests::log(id, "j1", {}, {}); },
      [](auto& id) { requests::explain(id, "j1"); },
      [](auto& id) { subscription_request({.datasource = id}, true); },
      [](auto& id) { events_request({.datasource = id}, {}); },
      [](auto& id) { snapshot_page_request({.datasource = id}, 1); },
      [](auto& id) { subscription_request({.datasource = id, .as_driver = true}, true); },
      [](auto& id) { events_request({.datasource = id, .as_driver = true}, {}); },
      [](auto& id) { snapshot_page_request({.datasource = id, .as_driver = true}, 1); },
      [](auto& id) { driver_requests::accept(id, {}); },
      [](auto& id) { driver_requests::accept_one(id, "j1", "w"); },
      [](auto& id) { driver_requests::renew(id, {}); },
      [](auto& id) { driver_requests::update(id, {}); },
      [](auto& id) { driver_requests::status(id, "j1"); },
      [](auto& id) { driver_requests::list(id, {}); },
      [](auto& id) { driver_requests::count(id, {}); },
      [](auto& id) { driver_requests::cancel(id, "j1"); },
      [](auto& id) { driver_requests::log(id, "j1", {}); },
      [](auto& id) { driver_requests::explain(id, "j1"); },
      [](auto& id) { driver_requests::peek(id); },
      [](auto& id) { driver_requests::latest(id); },
      [](auto& id) { driver_requests::since(id, 1); },
      [](auto& id) { driver_requests::since(id, Time()); },
      [](auto& id) { driver_requests::config(id); },
      [](auto& id) { driver_requests::configure({.datasource = id}); },
      [](auto& id) { driver_requests::stats(id); },
      [](auto& id) { driver_requests::workers(id); },
      [](auto& id) { admin_requests::pause(id); },
      [](auto& id) { admin_requests::resume(id); },
      [](auto& id) { admin_requests::drain(id); },
      [](auto& id) { admin_requests::config(id); },
      [](auto& id) { admin_requests::configure({.datasource = id}); },
      [](auto& id) { admin_requests::stats(id); },
      [](auto& id) { admin_requests::workers(id); },
      [](auto& id) { admin_requests::remove(id, "j1"); },
      [](auto& id) { admin_requests::restart(id, "j1"); },
      [](auto& id) { admin_requests::edit(id, "j1", {}); },
      [](auto& id) { admin_requests::redrive(id, {}); },
  };
  check(made, "datasource", "datasources");
  for (const Make& make : made) {
    CHECK(refusal(make, "") == "400 path: the datasource must not be empty");
  }
}

TEST_CASE("no request is made of an id that names no job, token or key") {
  using namespace jobq;
  const std::vector<Make> made = {
      [](auto& id) { requests::status("scan", id); },
      [](auto& id) { requests::wait_for_change("scan", id, {}, 0, {}); },
      [](auto& id) { requests::wait("scan", id, {}, {}); },
      [](auto& id) { requests::cancel("scan", id); },
      [](auto& id) { requests::log("scan", id, {}, {}); },
      [](auto& id) { requests::explain("scan", id); },
      [](auto& id) { driver_requests::status("scan", id); },
      [](auto& id) { driver_requests::cancel("scan", id); },
      [](auto& id) { driver_requests::log("scan", id, {}); },
      [](auto& id) { driver_requests::explain("scan", id); },
      [](auto& id) { admin_requests::remove("scan", id); },
      [](auto& id) { admin_requests::restart("scan", id); },
      [](auto& id) { admin_requests::edit("scan", id, {}); },
      [](auto& id) { admin_requests::revoke(id); },
      [](auto& id) { admin_requests::retire_root_key(id); },
  };
  check(made, "job", "count");
  for (const Make& make : made) {
    CHECK(refusal(make, "") == "400 path: the job must not be empty");
  }
  // Where no job stands for all of them.
  const std::vector<Make> scopes = {
      [](auto& id) { subscription_request({.datasource = "scan", .job = id}, true); },
      [](auto& id) { events_request({.datasource = "scan", .job = id}, {}); },
      [](auto& id) { events_request({.datasource = "scan", .job = id, .as_driver = true}, {}); },
  };
  check(scopes, "job", "list");
}

#include "routes.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace store {
namespace {

struct Row {
  Method method;
  std::string_view pattern;  // "*" is a datasource, "+" a job
  Operation operation;
  Access access;
};

// Words of the paths and ids cannot be mistaken for each other, so the order does not matter.
constexpr Row kRows[] = {
    {Method::kPost, "/*/job", Operation::kSubmit, Access::kClient},
    {Method::kGet, "/*/job", Operation::kGetJob, Access::kClient},
    {Method::kGet, "/*/job/list", Operation::kListJobs, Access::kClient},
    {Method::kGet, "/*/job/+", Operation::kGetJob, Access::kClient},
    {Method::kPost, "/jobs/*/accept", Operation::kAccept, Access::kDriver},
    {Method::kPost, "/jobs/*/renew", Operation::kRenew, Access::kDriver},
    {Method::kPost, "/jobs/*/update", Operation::kUpdate, Access::kDriver},
    {Method::kPost, "/jobs/*/job/+", Operation::kUpdateOne, Access::kDriver},
    {Method::kGet, "/jobs/*/job/+", Operation::kGetAnyJob, Access::kDriver},
    {Method::kGet, "/jobs/*/list", Operation::kListAnyJobs, Access::kDriver},
    {Method::kGet, "/admin/stats", Operation::kStoreStats, Access::kOperator},
    {Method::kGet, "/status", Operation::kStoreStatus, Access::kOpen},
    {Method::kGet, "/uptime", Operation::kStoreStatus, Access::kOpen},
};
constexpr std::array<std::string_view, 3> kJobWords = {"cancel", "events", "list"};
constexpr std::array<std::string_view, 6> kDatasourceWords = {"admin",  "cat", "jobs",
                                                              "status", "sub", "uptime"};

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._~-").find(c) != std::string_view::npos;
}

template <std::size_t count>
std::string wrong_with_id(std::string_view id, std::size_t bytes_max,
                          const std::array<std::string_view, count>& words) {
  if (id.empty()) {
    return "must not be empty";
  }
  if (id.size() > bytes_max) {
    return "must be at most " + std::to_string(bytes_max) + " bytes";
  }
  if (!std::all_of(id.begin(), id.end(), is_id_character)) {
    return "may only have characters of [A-Za-z0-9._~-]";
  }
  if (std::find(words.begin(), words.end(), id) != words.end()) {
    return "is a word that paths use";
  }
  return {};
}

// "/a/b/" -> {"a", "b"}; empty when it does not begin with a slash or has an empty part inside.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  if (path.empty() || path.front() != '/') {
    return parts;
  }
  if (path.size() > 1 && path.back() == '/') {
    path.remove_suffix(1);
  }
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end == 0) {
      return {};
    }
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

// A word of a pattern matches itself; a datasource or job any part that is no word in its place.
bool matches(const Row& row, const std::vector<std::string_view>& parts, Route& route) {
  const auto pattern = parts_of(row.pattern);
  if (pattern.size() != parts.size()) {
    return false;
  }
  route = {row.operation, row.access, {}, {}};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (pattern[i] == "*") {
      if (std::find(kDatasourceWords.begin(), kDatasourceWords.end(), parts[i]) !=
          kDatasourceWords.end()) {
        return false;
      }
      route.datasource = parts[i];
    } else if (pattern[i] == "+") {
      if (std::find(kJobWords.begin(), kJobWords.end(), parts[i]) != kJobWords.end()) {
        return false;
      }
      route.job = parts[i];
    } else if (pattern[i] != parts[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kDelete: return "DELETE";
  }
  return "?";
}

std::string wrong_with_job_id(std::string_view id, std::size_t bytes_max) {
  return wrong_with_id(id, bytes_max, kJobWords);
}

std::string wrong_with_datasource_id(std::string_view id, std::size_t bytes_max) {
  return wrong_with_id(id, bytes_max, kDatasourceWords);
}

std::string wrong_with_name(std::string_view name, std::size_t bytes_max) {
  if (name.empty()) {
    return "must not be empty";
  }
  if (name.size() > bytes_max) {
    return "must be at most " + std::to_string(bytes_max) + " bytes";
  }
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) {
    return is_id_character(c) || std::string_view(":@+/=").find(c) != std::string_view::npos;
  });
  return fits ? "" : "may only have characters of [A-Za-z0-9._~:@+/=-]";
}

std::variant<Route, Refused> find_route(Method method, std::string_view path,
                                        std::size_t path_bytes_max, std::size_t id_bytes_max) {
  if (path.size() > path_bytes_max) {
    return Refused{Code::kNotFound,
                   "path: longer than " + std::to_string(path_bytes_max) + " bytes"};
  }
  const auto parts = parts_of(path);
  std::string other_methods;
  for (const Row& row : kRows) {
    Route route;
    if (!matches(row, parts, route)) {
      continue;
    }
    if (row.method != method) {
      other_methods += (other_methods.empty() ? "" : ", ") + std::string(to_string(row.method));
      continue;
    }
    if (!route.datasource.empty()) {
      if (const auto wrong = wrong_with_datasource_id(route.datasource, id_bytes_max);
          !wrong.empty()) {
        return Refused{Code::kBadRequest, "path: the datasource " + wrong};
      }
    }
    if (!route.job.empty()) {
      if (const auto wrong = wrong_with_job_id(route.job, id_bytes_max); !wrong.empty()) {
        return Refused{Code::kBadRequest, "path: the job " + wrong};
      }
    }
    return route;
  }
  if (!other_methods.empty()) {
    return Refused{Code::kMethodNotAllowed, "method: this path takes " + other_methods};
  }
  return Refused{Code::kNotFound, "path: there is no such path"};
}

}  // namespace store

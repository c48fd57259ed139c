#include "routes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <utility>

namespace store {
namespace {

struct Row {
  Method method;
  std::string_view pattern;  // "*" is a datasource, "+" a job, "#" a number
  Operation operation;
  Access access;
};

// Words of the paths and ids cannot be mistaken for each other, so the order does not matter.
constexpr Row kRows[] = {
    {Method::kPost, "/*/job", Operation::kSubmit, Access::kClient},
    {Method::kGet, "/*/job", Operation::kGetJob, Access::kClient},
    {Method::kGet, "/*/job/list", Operation::kListJobs, Access::kClient},
    {Method::kPost, "/*/job/cancel", Operation::kCancel, Access::kClient},
    {Method::kGet, "/*/job/+", Operation::kGetJob, Access::kClient},
    {Method::kPost, "/*/job/+/cancel", Operation::kCancel, Access::kClient},
    {Method::kGet, "/*/job/+/log", Operation::kReadLog, Access::kClient},
    {Method::kGet, "/*/job/+/explain", Operation::kExplain, Access::kClient},

    {Method::kPost, "/*/job/events", Operation::kSubscribe, Access::kClient},
    {Method::kPost, "/sub/*/job", Operation::kSubscribe, Access::kClient},
    {Method::kGet, "/*/job/events", Operation::kReadEvents, Access::kClient},
    {Method::kPost, "/*/job/+/events", Operation::kSubscribe, Access::kClient},
    {Method::kGet, "/*/job/+/events", Operation::kReadEvents, Access::kClient},

    {Method::kPost, "/jobs/*/accept", Operation::kAccept, Access::kDriver},
    {Method::kPost, "/jobs/*/renew", Operation::kRenew, Access::kDriver},
    {Method::kPost, "/jobs/*/update", Operation::kUpdate, Access::kDriver},
    {Method::kPost, "/jobs/*/job/+", Operation::kUpdateOne, Access::kDriver},
    {Method::kGet, "/jobs/*/job/+", Operation::kGetJob, Access::kDriver},
    {Method::kPost, "/jobs/*/job/+/cancel", Operation::kCancel, Access::kDriver},
    {Method::kGet, "/jobs/*/job/+/log", Operation::kReadLog, Access::kDriver},
    {Method::kGet, "/jobs/*/job/+/explain", Operation::kExplain, Access::kDriver},
    {Method::kGet, "/jobs/*/list", Operation::kListJobs, Access::kDriver},
    {Method::kPost, "/jobs/*/events", Operation::kSubscribe, Access::kDriver},
    {Method::kPost, "/sub/*/jobs", Operation::kSubscribe, Access::kDriver},
    {Method::kGet, "/jobs/*/events", Operation::kReadEvents, Access::kDriver},
    {Method::kPost, "/jobs/*/job/+/events", Operation::kSubscribe, Access::kDriver},
    {Method::kGet, "/jobs/*/job/+/events", Operation::kReadEvents, Access::kDriver},
    {Method::kGet, "/jobs/*/peek", Operation::kPeek, Access::kDriver},
    {Method::kGet, "/jobs/*/latest", Operation::kLatest, Access::kDriver},
    {Method::kGet, "/jobs/*/since/#", Operation::kSince, Access::kDriver},
    {Method::kGet, "/jobs/*/config", Operation::kGetConfig, Access::kDriver},
    {Method::kPost, "/jobs/*/config", Operation::kConfigure, Access::kDriver},
    {Method::kGet, "/jobs/*/stats", Operation::kDatasourceStats, Access::kDriver},
    {Method::kGet, "/jobs/*/workers", Operation::kListWorkers, Access::kDriver},
    {Method::kGet, "/cat", Operation::kListConfigs, Access::kDriver},
    {Method::kPost, "/cat", Operation::kConfigure, Access::kDriver},

    {Method::kGet, "/admin/stats", Operation::kStoreStats, Access::kOperator},
    {Method::kGet, "/admin/datasources", Operation::kDatasourceStats, Access::kOperator},
    {Method::kGet, "/admin/*/stats", Operation::kDatasourceStats, Access::kOperator},
    {Method::kGet, "/admin/*/workers", Operation::kListWorkers, Access::kOperator},
    {Method::kGet, "/admin/*/config", Operation::kGetConfig, Access::kOperator},
    {Method::kPost, "/admin/*/config", Operation::kConfigure, Access::kOperator},
    {Method::kPost, "/admin/*/pause", Operation::kPause, Access::kOperator},
    {Method::kPost, "/admin/*/resume", Operation::kResume, Access::kOperator},
    {Method::kPost, "/admin/*/drain", Operation::kDrain, Access::kOperator},
    {Method::kPost, "/admin/*/redrive", Operation::kRedrive, Access::kOperator},
    {Method::kPost, "/admin/*/job/+/remove", Operation::kRemove, Access::kOperator},
    {Method::kPost, "/admin/*/job/+/restart", Operation::kRestart, Access::kOperator},
    {Method::kPost, "/admin/*/job/+/edit", Operation::kEdit, Access::kOperator},

    {Method::kGet, "/admin/tokens", Operation::kListTokens, Access::kOperator},
    {Method::kPost, "/admin/tokens/+/revoke", Operation::kRevokeToken, Access::kOperator},
    {Method::kGet, "/admin/keys", Operation::kListKeys, Access::kOperator},
    {Method::kPost, "/admin/keys", Operation::kNewKey, Access::kOperator},
    {Method::kPost, "/admin/keys/+/retire", Operation::kRetireKey, Access::kOperator},

    {Method::kGet, "/status", Operation::kStoreStatus, Access::kOpen},
    {Method::kGet, "/uptime", Operation::kStoreStatus, Access::kOpen},
};
constexpr std::string_view kJobWords[] = {"cancel", "events", "list"};
constexpr std::string_view kDatasourceWords[] = {"admin", "cat",    "datasources", "jobs",
                                                 "stats", "status", "sub",         "uptime"};
// Shorter numbers are cursors: milliseconds have had 12 digits since 1973.
constexpr std::size_t kTimeDigitsMin = 12;

constexpr std::size_t kPartsMax = 5;

// "/a/b/" -> {"a", "b"}; none when it does not begin with a slash, has an empty part inside or more
// parts than any row.
struct Parts {
  std::array<std::string_view, kPartsMax> at{};
  std::size_t count = 0;

  constexpr explicit Parts(std::string_view path) {
    if (path.empty() || path.front() != '/') {
      return;
    }
    if (path.size() > 1 && path.back() == '/') {
      path.remove_suffix(1);
    }
    while (!path.empty()) {
      path.remove_prefix(1);
      const std::size_t end = std::min(path.find('/'), path.size());
      if (end == 0 || count == kPartsMax) {
        count = 0;
        return;
      }
      at[count++] = path.substr(0, end);
      path.remove_prefix(end);
    }
  }
};

constexpr auto kPatterns = []<std::size_t... row>(std::index_sequence<row...>) {
  return std::array{Parts(kRows[row].pattern)...};
}
(std::make_index_sequence<std::size(kRows)>());
static_assert(std::all_of(kPatterns.begin(), kPatterns.end(),
                          [](const Parts& pattern) { return pattern.count > 0; }));

bool is_word_of(std::span<const std::string_view> words, std::string_view part) {
  return std::find(words.begin(), words.end(), part) != words.end();
}

// A word of a pattern matches itself; a datasource or job any part that is no word in its place.
bool matches(const Parts& pattern, const Parts& parts) {
  if (pattern.count != parts.count) {
    return false;
  }
  for (std::size_t i = 0; i < parts.count; ++i) {
    const bool is_word = pattern.at[i].size() > 1;
    if (is_word && pattern.at[i] != parts.at[i]) {
      return false;
    }
  }
  for (std::size_t i = 0; i < parts.count; ++i) {
    if ((pattern.at[i] == "*" && is_word_of(kDatasourceWords, parts.at[i])) ||
        (pattern.at[i] == "+" && is_word_of(kJobWords, parts.at[i]))) {
      return false;
    }
  }
  return true;
}

constexpr auto kIdCharacters = [] {
  std::array<bool, 256> is_taken{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789._~-")) {
    is_taken[static_cast<unsigned char>(c)] = true;
  }
  return is_taken;
}();
constexpr auto kNameCharacters = [] {
  auto is_taken = kIdCharacters;
  for (const char c : std::string_view(":@+/=")) {
    is_taken[static_cast<unsigned char>(c)] = true;
  }
  return is_taken;
}();

// Empty when it is fit to be an id or a name, else what is wrong.
std::string wrong_with(std::string_view text, std::size_t bytes_max,
                       const std::array<bool, 256>& characters, const char* alphabet) {
  if (text.empty()) {
    return "must not be empty";
  }
  if (text.size() > bytes_max) {
    return "must be at most " + std::to_string(bytes_max) + " bytes";
  }
  const bool fits = std::all_of(text.begin(), text.end(),
                                [&](char c) { return characters[static_cast<unsigned char>(c)]; });
  return fits ? std::string() : std::string("may only have characters of ") + alphabet;
}

std::string wrong_with_id(std::string_view id, std::size_t bytes_max,
                          std::span<const std::string_view> words) {
  std::string wrong = wrong_with(id, bytes_max, kIdCharacters, "[A-Za-z0-9._~-]");
  return wrong.empty() && is_word_of(words, id) ? "is a word that paths use" : wrong;
}

// Empty when it is a number that a sequence or a time can have, else what is wrong.
std::string take_number(std::string_view text, std::uint64_t& number) {
  constexpr std::uint64_t kMax = INT64_MAX;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (stop != end || error == std::errc::invalid_argument) {
    return "is no decimal number";
  }
  return error == std::errc() && number <= kMax ? std::string()
                                                : "is above " + std::to_string(kMax);
}

std::variant<Route, Refused> route_of(const Row& row, const Parts& pattern, const Parts& parts,
                                      std::size_t id_bytes_max) {
  Route route{row.operation, row.access, {}, {}};
  const auto refused = [](const char* part, const std::string& wrong) {
    return Refused{Code::kBadRequest, std::string("path: the ") + part + ' ' + wrong};
  };
  for (std::size_t i = 0; i < parts.count; ++i) {
    const std::string_view part = parts.at[i];
    if (pattern.at[i] == "*") {
      route.datasource = part;
      if (const auto wrong = wrong_with_datasource_id(part, id_bytes_max); !wrong.empty()) {
        return refused("datasource", wrong);
      }
    } else if (pattern.at[i] == "+") {
      route.job = part;
      if (const auto wrong = wrong_with_job_id(part, id_bytes_max); !wrong.empty()) {
        return refused("job", wrong);
      }
    } else if (pattern.at[i] == "#") {
      route.since_is_time = part.size() >= kTimeDigitsMin;
      if (const auto wrong = take_number(part, route.since); !wrong.empty()) {
        return refused("number", wrong);
      }
    }
  }
  return route;
}

}  // namespace

bool is_status(Operation operation) {
  switch (operation) {
    case Operation::kGetJob:
    case Operation::kListJobs:
    case Operation::kReadLog:
    case Operation::kSubscribe:
    case Operation::kReadEvents:
    case Operation::kExplain:
    case Operation::kPeek:
    case Operation::kLatest:
    case Operation::kSince:
    case Operation::kGetConfig:
    case Operation::kListConfigs:
    case Operation::kDatasourceStats:
    case Operation::kListWorkers:
    case Operation::kListTokens:
    case Operation::kListKeys:
    case Operation::kStoreStatus:
    case Operation::kStoreStats: return true;
    case Operation::kSubmit:
    case Operation::kCancel:
    case Operation::kAccept:
    case Operation::kRenew:
    case Operation::kUpdate:
    case Operation::kUpdateOne:
    case Operation::kConfigure:
    case Operation::kPause:
    case Operation::kResume:
    case Operation::kDrain:
    case Operation::kRedrive:
    case Operation::kRemove:
    case Operation::kRestart:
    case Operation::kEdit:
    case Operation::kRevokeToken:
    case Operation::kNewKey:
    case Operation::kRetireKey: return false;
  }
  return false;
}

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
  return wrong_with(name, bytes_max, kNameCharacters, "[A-Za-z0-9._~:@+/=-]");
}

std::variant<Route, Refused> find_route(Method method, std::string_view path,
                                        std::size_t path_bytes_max, std::size_t id_bytes_max) {
  if (path.size() > path_bytes_max) {
    return Refused{Code::kNotFound,
                   "path: longer than " + std::to_string(path_bytes_max) + " bytes"};
  }
  const Parts parts(path);
  std::string other_methods;  // short enough to need no allocation
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    if (!matches(kPatterns[i], parts)) {
      continue;
    }
    if (kRows[i].method == method) {
      return route_of(kRows[i], kPatterns[i], parts, id_bytes_max);
    }
    other_methods += other_methods.empty() ? "" : ", ";
    other_methods += to_string(kRows[i].method);
  }
  if (!other_methods.empty()) {
    return Refused{Code::kMethodNotAllowed, "method: this path takes " + other_methods};
  }
  return Refused{Code::kNotFound, "path: there is no such path"};
}

}  // namespace store

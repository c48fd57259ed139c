#include "operations.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "path_patterns.h"
#include "protocol.capnp.h"
#include "text_rules.h"

namespace store {
namespace {

using enum Method;
using enum Operation;
using enum Access;

using enum protocol::Request::Body::Which;
using Member = protocol::Request::Body::Which;

constexpr ExpectedBody kNoBody = {NONE, "none", false};
constexpr ExpectedBody need(Member member, std::string_view name) { return {member, name, false}; }
constexpr ExpectedBody take(Member member, std::string_view name) { return {member, name, true}; }

constexpr ExpectedBody kHistoryQuery = take(HISTORY_QUERY, "historyQuery");
constexpr ExpectedBody kScheduleJob = need(SCHEDULE_QUERY, "scheduleQuery");
constexpr ExpectedBody kScheduleQuery = take(SCHEDULE_QUERY, "scheduleQuery");
constexpr ExpectedBody kStateChange = need(CHANGE_STATE, "changeState");
constexpr ExpectedBody kFunctionName = need(FUNCTION_QUERY, "functionQuery");
constexpr ExpectedBody kFunctionQuery = take(FUNCTION_QUERY, "functionQuery");

constexpr Traits kTraits[] = {
#define STORE_TRAITS(name, effect, about, makes, keeps, by, body) \
  {Effect::effect, About::about, Makes::makes, Keeps::keeps, By::by, body},
    STORE_OPERATIONS(STORE_TRAITS)
#undef STORE_TRAITS
};

// Words of the paths and ids cannot be mistaken for each other, so the order does not matter.
constexpr PathRow kPaths[] = {
    {kPost, "/*/job", kSubmit, kClient},
    {kGet, "/*/job", kGetJob, kClient},
    {kGet, "/*/job/list", kListJobs, kClient},
    {kGet, "/*/job/count", kCountJobs, kClient},
    {kPost, "/*/job/cancel", kCancel, kClient},
    {kGet, "/*/job/+", kGetJob, kClient},
    {kPost, "/*/job/+/cancel", kCancel, kClient},
    {kGet, "/*/job/+/log", kReadLog, kClient},
    {kGet, "/*/job/+/explain", kExplain, kClient},

    {kPost, "/*/job/events", kSubscribe, kClient},
    {kPost, "/sub/*/job", kSubscribe, kClient, "/*/job/events"},
    {kGet, "/*/job/events", kReadEvents, kClient},
    {kPost, "/*/job/+/events", kSubscribe, kClient},
    {kGet, "/*/job/+/events", kReadEvents, kClient},

    {kGet, "/*/job/schedules", kListSchedules, kClient},
    {kPost, "/*/job/schedules/+", kPutSchedule, kClient},
    {kGet, "/*/job/schedules/+", kGetSchedule, kClient},
    {kPost, "/*/job/schedules/+/pause", kPauseSchedule, kClient},
    {kPost, "/*/job/schedules/+/resume", kResumeSchedule, kClient},
    {kPost, "/*/job/schedules/+/run", kRunSchedule, kClient},
    {kPost, "/*/job/schedules/+/remove", kRemoveSchedule, kClient},

    {kGet, "/*/job/functions", kListFunctions, kClient},

    {kPost, "/jobs/*/accept", kAccept, kDriver},
    {kPost, "/jobs/*/renew", kRenew, kDriver},
    {kPost, "/jobs/*/update", kUpdate, kDriver},
    {kPost, "/jobs/*/job/+", kUpdateOne, kDriver},
    {kGet, "/jobs/*/job/+", kGetJob, kDriver},
    {kPost, "/jobs/*/job/+/cancel", kCancel, kDriver},
    {kGet, "/jobs/*/job/+/log", kReadLog, kDriver},
    {kGet, "/jobs/*/job/+/explain", kExplain, kDriver},
    {kGet, "/jobs/*/list", kListJobs, kDriver},
    {kGet, "/jobs/*/count", kCountJobs, kDriver},
    {kPost, "/jobs/*/events", kSubscribe, kDriver},
    {kPost, "/sub/*/jobs", kSubscribe, kDriver, "/jobs/*/events"},
    {kGet, "/jobs/*/events", kReadEvents, kDriver},
    {kPost, "/jobs/*/job/+/events", kSubscribe, kDriver},
    {kGet, "/jobs/*/job/+/events", kReadEvents, kDriver},
    {kGet, "/jobs/*/peek", kPeek, kDriver},
    {kGet, "/jobs/*/latest", kLatest, kDriver},
    {kGet, "/jobs/*/since/#", kSince, kDriver},
    {kGet, "/jobs/*/schedules", kListSchedules, kDriver},
    {kGet, "/jobs/*/schedules/+", kGetSchedule, kDriver},
    {kPost, "/jobs/*/functions", kPutFunction, kDriver},
    {kGet, "/jobs/*/functions", kListFunctions, kDriver},
    {kPost, "/jobs/*/functions/remove", kRemoveFunction, kDriver},
    // Where no token for a datasource's client paths reaches: this right is given by its path.
    {kPost, "/jobs/*/code/+", kAddCode, kClient},
    {kGet, "/jobs/*/code/+", kGetCode, kClient},
    {kGet, "/jobs/*/code/list", kListCode, kClient},
    {kPost, "/jobs/*/code/+/remove", kRemoveCode, kDriver},
    {kGet, "/jobs/*/state", kGetState, kDriver},
    {kPost, "/jobs/*/state", kChangeState, kDriver},
    {kGet, "/jobs/*/config", kGetConfig, kDriver},
    {kPost, "/jobs/*/config", kConfigure, kDriver},
    {kGet, "/jobs/*/stats", kDatasourceStats, kDriver},
    {kGet, "/jobs/*/workers", kListWorkers, kDriver},
    {kGet, "/jobs/*/history", kGetHistory, kDriver},
    {kGet, "/cat", kListConfigs, kDriver},
    {kPost, "/cat", kConfigure, kDriver},

    {kGet, "/admin/stats", kStoreStats, kOperator},
    {kGet, "/admin/datasources", kDatasourceStats, kOperator},
    {kGet, "/admin/*/stats", kDatasourceStats, kOperator},
    {kGet, "/admin/*/workers", kListWorkers, kOperator},
    {kPost, "/admin/*/workers", kOrderWorkers, kOperator},
    {kGet, "/admin/*/history", kGetHistory, kOperator},
    {kGet, "/admin/*/config", kGetConfig, kOperator},
    {kPost, "/admin/*/config", kConfigure, kOperator},
    {kGet, "/admin/*/code/list", kListCode, kOperator},
    {kPost, "/admin/*/code/+/remove", kRemoveCode, kOperator},
    {kGet, "/admin/*/state", kGetState, kOperator},
    {kPost, "/admin/*/pause", kPause, kOperator},
    {kPost, "/admin/*/resume", kResume, kOperator},
    {kPost, "/admin/*/drain", kDrain, kOperator},
    {kPost, "/admin/*/drop", kDropDatasource, kOperator},
    {kPost, "/admin/*/redrive", kRedrive, kOperator},
    {kPost, "/admin/*/cancel", kCancelAll, kOperator},
    {kPost, "/admin/*/edit", kEditAll, kOperator},
    {kPost, "/admin/*/remove", kRemoveAll, kOperator},
    {kPost, "/admin/*/restart", kRestartAll, kOperator},
    {kGet, "/admin/*/export", kExport, kOperator},
    {kPost, "/admin/*/import", kImport, kOperator},
    {kGet, "/admin/*/schedules", kListSchedules, kOperator},
    {kGet, "/admin/*/schedules/+", kGetSchedule, kOperator},
    {kPost, "/admin/*/schedules/+/pause", kPauseSchedule, kOperator},
    {kPost, "/admin/*/schedules/+/resume", kResumeSchedule, kOperator},
    {kPost, "/admin/*/schedules/+/remove", kRemoveSchedule, kOperator},
    {kPost, "/admin/*/job/+/remove", kRemove, kOperator},
    {kPost, "/admin/*/job/+/restart", kRestart, kOperator},
    {kPost, "/admin/*/job/+/edit", kEdit, kOperator},

    {kPost, "/admin/workers", kOrderWorkers, kOperator},
    {kPost, "/admin/pause", kPauseStore, kOperator},
    {kPost, "/admin/resume", kResumeStore, kOperator},
    {kGet, "/admin/tokens", kListTokens, kOperator},
    {kPost, "/admin/tokens/+/revoke", kRevokeToken, kOperator},
    {kGet, "/admin/keys", kListKeys, kOperator},
    {kPost, "/admin/keys", kNewKey, kOperator},
    {kPost, "/admin/keys/+/retire", kRetireKey, kOperator},
    {kPost, "/admin/backups/+", kMakeBackup, kOperator},

    {kGet, "/status", kStoreStatus, kOpen},
    {kGet, "/uptime", kStoreStatus, kOpen},
};
constexpr bool has_path(Operation operation) {
  return std::any_of(std::begin(kPaths), std::end(kPaths),
                     [=](const PathRow& path) { return path.operation == operation; });
}
#define STORE_HAS_PATH(name, ...) static_assert(has_path(name), "an operation without a path");
STORE_OPERATIONS(STORE_HAS_PATH)
#undef STORE_HAS_PATH

using jobq::limits::kDatasourceWords;
using jobq::limits::kJobWords;
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
  return std::array{Parts(kPaths[row].pattern)...};
}
(std::make_index_sequence<std::size(kPaths)>());
static_assert(std::all_of(kPatterns.begin(), kPatterns.end(),
                          [](const Parts& pattern) { return pattern.count > 0; }));

bool is_word_of(std::span<const std::string_view> words, std::string_view part) {
  return std::find(words.begin(), words.end(), part) != words.end();
}

// Whether another path has that word in the place that `pattern` has a datasource in, after the
// same words.
bool is_word_there(const Parts& pattern, std::size_t place, std::string_view part) {
  return is_word_of(kDatasourceWords, part) &&
         std::any_of(kPatterns.begin(), kPatterns.end(), [&](const Parts& other) {
           return other.count > place && other.at[place] == part &&
                  std::equal(other.at.begin(), other.at.begin() + place, pattern.at.begin());
         });
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
    if ((pattern.at[i] == "*" && is_word_there(pattern, i, parts.at[i])) ||
        (pattern.at[i] == "+" && is_word_of(kJobWords, parts.at[i]))) {
      return false;
    }
  }
  return true;
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

std::variant<Route, NoRoute> route_of(const PathRow& path, const Parts& pattern,
                                      const Parts& parts) {
  Route route{path.operation, path.access, {}, {}};
  const auto refused = [](const char* part, const std::string& wrong) {
    return NoRoute{400, std::string("path: the ") + part + ' ' + wrong};
  };
  for (std::size_t i = 0; i < parts.count; ++i) {
    const std::string_view part = parts.at[i];
    if (pattern.at[i] == "*") {
      route.datasource = part;
      if (const auto wrong = jobq::wrong_with_id(part); !wrong.empty()) {
        return refused("datasource", wrong);
      }
    } else if (pattern.at[i] == "+") {
      route.job = part;
      if (const auto wrong = jobq::wrong_with_job_id(part); !wrong.empty()) {
        return refused("job", wrong);
      }
    } else if (pattern.at[i] == "#") {
      route.since_is_time = part.size() >= kTimeDigitsMin;
      if (const auto wrong = take_number(part, route.since); !wrong.empty()) {
        return refused("number", wrong);
      }
    }
  }
  if (!path.alias_of.empty()) {
    route.alias_of = path.alias_of;
    route.alias_of.replace(route.alias_of.find('*'), 1, route.datasource);
  }
  return route;
}

constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "DELETE"};  // by Method

}  // namespace

std::string_view to_string(Method method) { return kMethods[static_cast<std::size_t>(method)]; }

std::optional<Method> method_named(std::string_view name) {
  const auto* found = std::find(std::begin(kMethods), std::end(kMethods), name);
  return found == std::end(kMethods)
             ? std::nullopt
             : std::optional(static_cast<Method>(found - std::begin(kMethods)));
}

const Traits& traits_of(Operation operation) {
  return kTraits[static_cast<std::size_t>(operation)];
}

std::span<const PathRow> path_rows() { return kPaths; }

bool may_cover(std::string_view pattern) {
  if (!pattern.ends_with('*')) {
    const auto methods = {kGet, kPost, kPut, kDelete};
    return std::any_of(methods.begin(), methods.end(), [=](Method method) {
      return std::holds_alternative<Route>(find_route(method, pattern));
    });
  }
  pattern.remove_suffix(1);
  return std::any_of(kPatterns.begin(), kPatterns.end(), [=](const Parts& parts) {
    std::string_view rest = pattern;
    for (std::size_t i = 0; i < parts.count && !rest.empty(); ++i) {
      if (rest.front() != '/') {
        return false;
      }
      rest.remove_prefix(1);
      const std::size_t end = std::min(rest.find('/'), rest.size());
      const std::string_view part = rest.substr(0, end);
      const bool is_whole = end < rest.size();
      const bool is_word = parts.at[i].size() > 1;
      const bool fits = is_word ? is_whole ? part == parts.at[i] : parts.at[i].starts_with(part)
                        : part.empty() ? !is_whole
                                       : jobq::wrong_with_id(part).empty();
      if (!fits) {
        return false;
      }
      rest.remove_prefix(end);
    }
    return rest.empty() || rest == "/";
  });
}

std::variant<Route, NoRoute> find_route(Method method, std::string_view path) {
  if (path.size() > kPathBytesMax) {
    return NoRoute{404, "path: longer than " + std::to_string(kPathBytesMax) + " bytes"};
  }
  const Parts parts(path);
  std::string other_methods;  // short enough to need no allocation
  for (std::size_t i = 0; i < std::size(kPaths); ++i) {
    if (!matches(kPatterns[i], parts)) {
      continue;
    }
    if (kPaths[i].method == method) {
      return route_of(kPaths[i], kPatterns[i], parts);
    }
    other_methods += other_methods.empty() ? "" : ", ";
    other_methods += to_string(kPaths[i].method);
  }
  if (!other_methods.empty()) {
    return NoRoute{405, "method: this path takes " + other_methods};
  }
  return NoRoute{404, "path: there is no such path"};
}

}  // namespace store

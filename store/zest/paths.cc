#include "paths.h"

#include <algorithm>

#include "text_rules.h"

namespace zest {
namespace {

// Takes the part up to the next slash off the front; what is left begins behind it.
std::string_view take_part(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('/'), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

bool is_printable(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string joined(std::string path, std::string_view datasource, std::string_view rest) {
  path += datasource;
  path += rest.empty() ? "" : "/";
  path += rest;
  return path;
}

// Of a client; `rest` is what follows "job".
Call clients_call(bool observes, std::string_view method, std::string_view datasource,
                  std::string_view rest) {
  const std::string jobs = joined("/", datasource, "job");
  if (rest.empty() || (method == "POST" && rest == "cancel")) {
    return {method, joined(jobs, "", rest)};
  }
  const std::string_view client = take_part(rest);
  if (observes) {
    return {"POST", rest == "*" ? jobs + "/events" : jobs + '/' + std::string(rest) + "/events",
            client};
  }
  return {method, rest.empty() ? jobs + "/list" : jobs + '/' + std::string(rest), client};
}

Call drivers_call(bool observes, std::string_view method, std::string_view datasource,
                  std::string_view rest) {
  if (observes) {
    return {"POST", joined("/jobs/", datasource, rest == "*" ? "events" : "?")};
  }
  return {method, joined("/jobs/", datasource, rest == "take" ? "accept" : rest)};
}

}  // namespace

std::string_view method_of(Code code) {
  return code == Code::kGet ? "GET" : code == Code::kPost ? "POST" : "DELETE";
}

std::optional<Call> call_of(const Message& message) {
  const std::string_view method = method_of(message.code);
  const bool observes = message.observe.has_value();
  std::string_view rest = message.path;
  if (!rest.starts_with('/') || !is_printable(rest)) {
    return std::nullopt;
  }
  rest.remove_prefix(1);
  const std::string_view prefix = take_part(rest);
  if (prefix != "kv" && prefix != "job") {
    return observes ? std::nullopt : std::optional(Call{method, std::string(message.path)});
  }
  std::string_view datasource = take_part(rest);
  if (datasource.ends_with(jobq::kOfDrivers)) {
    datasource.remove_suffix(jobq::kOfDrivers.size());
    return drivers_call(observes, method, datasource, rest);
  }
  if (take_part(rest) != "job" || (observes && rest.find('/') == std::string_view::npos)) {
    return std::nullopt;
  }
  return clients_call(observes, method, datasource, rest);
}

}  // namespace zest

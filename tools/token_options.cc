#include "token_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "caveats.h"
#include "failure.h"
#include "secret_file.h"
#include "time_text.h"
#include "timestamp.h"

namespace tools {
namespace {

constexpr std::size_t kTokenFileBytesMax = 64U << 10;

bool is_date(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-';
}

// A caveat names an instant; a date alone means its first one, UTC.
std::string with_time_of_day(const std::string& text) {
  return is_date(text) ? text + "T00:00:00Z" : text;
}

// "1h" from now, or an instant as caveats spell it.
std::string expiry_caveat(const std::string& text) {
  const jobq::Time now = system_now();
  auto instant = jobq::parse_time(with_time_of_day(text));
  if (const auto span = parse_span(text); span && !instant) {
    instant = now + *span;
    // Nobody minds a fraction of a second then, and it reads better.
    if (*span >= std::chrono::minutes(1)) {
      instant = std::chrono::floor<std::chrono::seconds>(*instant);
    }
  }
  if (!instant) {
    throw UsageError(
        fmt::format("--expires: '{}' is neither a duration (90s, 15m, 1h, 7d) nor a "
                    "time (2026-11-23T10:00:00Z)",
                    text));
  }
  if (*instant <= now) throw UsageError("--expires: that is not in the future");
  return "time < " + rfc3339(*instant);
}

void check_spelling(const std::string& caveat) {
  using Kind = auth::Predicate::Kind;
  const Kind kind = auth::Predicate::parse(caveat).kind;
  if (kind == Kind::kMalformed) {
    throw UsageError(fmt::format("caveat {} is malformed; it is written as in '{}'",
                                 auth::quoted(caveat), auth::example_of(caveat)));
  }
  if (kind == Kind::kUnknown) {
    throw UsageError(fmt::format("there is no caveat {}: the store would refuse everything",
                                 auth::quoted(caveat)));
  }
}

void add_repeatable(CLI::App& command, const char* name, std::vector<std::string>& values,
                    const char* help, const char* type) {
  command.add_option(name, values, help)->type_name(type)->allow_extra_args(false);
}

}  // namespace

std::string in_capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void LimitOptions::declare(CLI::App& command) {
  command.add_option("--client", client, "Only as this client")->type_name("NAME");
  add_repeatable(command, "--method", methods, "Only GET, or only POST, ...", "METHOD");
  command.add_option("--target", target, "Only at the store of this name")->type_name("STORE");
  command.add_option("--job", job, "Only requests about this job")->type_name("JOB");
  command.add_flag("--status-only", status_only, "Only reading a job's status, events and log");
  command.add_option("--priority", priority, "Only jobs of this priority or less")->type_name("N");
  command.add_option("--bytes", bytes, "Only jobs whose request has at most so many bytes")
      ->type_name("N");
  command.add_option("--waiting", waiting, "At most so many jobs waiting at once")->type_name("N");
  add_repeatable(command, "--rate", rates, "At most so many jobs in a time: 5/s, 100/m, 10/h, 9/d",
                 "N/UNIT");
  command.add_option("--curve", curve, "Only over connections with this public CURVE key")
      ->type_name("KEY");
  command
      .add_option("--expires", expires,
                  "After 90s, 15m, 1h, 7d, or at 2026-11-23T10:00:00Z or 2026-11-23")
      ->type_name("WHEN");
  add_repeatable(command, "--caveat", raw, "Any other caveat, as it is; may be repeated", "TEXT");
}

std::vector<std::string> LimitOptions::caveats() const {
  constexpr std::string_view kTime = "time < ";
  std::vector<std::string> caveats;
  const auto add = [&caveats](const char* before, const std::string& value) {
    if (!value.empty()) caveats.push_back(before + value);
  };
  for (const std::string& method : methods) add("method = ", in_capitals(method));
  add("client = ", client);
  add("target = ", target);
  add("job = ", job);
  if (status_only) caveats.push_back("status-only");
  add("priority <= ", priority);
  add("bytes <= ", bytes);
  add("waiting <= ", waiting);
  for (const std::string& rate : rates) add("rate <= ", rate);
  add("curve = ", curve);
  if (!expires.empty()) caveats.push_back(expiry_caveat(expires));
  for (const std::string& caveat : raw) {
    const bool is_time = caveat.starts_with(kTime);
    caveats.push_back(is_time ? std::string(kTime) + with_time_of_day(caveat.substr(kTime.size()))
                              : caveat);
  }
  return caveats;
}

void check_caveats(std::vector<auth::Caveat> listed, const std::vector<std::string>& added) {
  for (const std::string& caveat : added) check_spelling(caveat);
  // Whether somebody will meet those of third parties is not known here.
  std::erase_if(listed, [](const auth::Caveat& caveat) { return caveat.third_party; });
  for (const std::string& caveat : added) listed.push_back({caveat});
  const auth::Caveats all = auth::Caveats::parse(listed);
  if (all.is_satisfiable()) return;
  throw UsageError(
      fmt::format("the store would allow nothing: {}", all.first_failure({}, {}).value_or("")));
}

void warn_if_expired(const std::vector<auth::Caveat>& caveats) {
  const auto expires = auth::Caveats::parse(caveats).grant().expires;
  if (!expires || *expires > system_now()) return;
  fmt::print(stderr, "jobq: warning: this token has expired at {}\n", jobq::format_time(*expires));
}

auth::Bundle find_bundle(const std::string& text, const ConnectionOptions& common) {
  std::string found = text == "-" ? read_input("-", kTokenFileBytesMax) : text;
  if (found.empty()) found = common.find_token();
  if (found.empty()) throw UsageError("no token: give it, - for standard input, or --token-file");
  auto parsed = auth::Bundle::parse(found);
  if (const auto* error = std::get_if<auth::ParseError>(&parsed)) {
    const bool is_file = found == text && ::access(text.c_str(), F_OK) == 0;
    throw UsageError(is_file ? fmt::format("that is a file: write --token-file {}", text)
                             : error->detail);
  }
  return std::get<auth::Bundle>(std::move(parsed));
}

auth::Macaroon narrowed(const auth::Macaroon& token, const std::vector<std::string>& caveats) {
  auto narrowed = token.with_caveats(caveats);
  if (!narrowed) throw UsageError("the token would be too long");
  return *std::move(narrowed);
}

std::string read_shared_key(const std::string& file) {
  std::string key = auth::read_secret_file(file);
  if (key.empty()) throw UsageError(fmt::format("{} is empty: it should hold a key", file));
  return key;
}

}  // namespace tools

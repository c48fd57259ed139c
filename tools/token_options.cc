#include "token_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "caveats.h"
#include "path_patterns.h"
#include "printing.h"
#include "secret_file.h"

namespace tools {
namespace {

constexpr std::size_t kTokenFileBytesMax = 64U << 10;

// A caveat names an instant; a date alone means its first one, UTC.
std::string with_time_of_day(const std::string& text) {
  const bool is_date = text.size() == 10 && text[4] == '-' && text[7] == '-';
  return is_date ? text + "T00:00:00Z" : text;
}

// "1h" from now, or an instant as caveats spell it.
// By value, as all of the table.
std::string expiry(std::string text) {  // NOLINT(performance-unnecessary-value-param)
  const jobq::Time now = system_now();
  jobq::Time instant =
      instant_of_option("--expires", with_time_of_day(text), now, SpanMeans::kFromNow);
  // Nobody minds a fraction of a second then, and it reads better.
  if (parse_span(text) >= std::chrono::minutes(1)) {
    instant = std::chrono::floor<std::chrono::seconds>(instant);
  }
  if (instant <= now) throw UsageError("--expires: that is not in the future");
  return rfc3339(instant);
}

// A caveat as it is, but for its time.
std::string raw_caveat(std::string caveat) {
  constexpr std::string_view kTime = "time < ";
  if (!caveat.starts_with(kTime)) return caveat;
  return std::string(kTime) + with_time_of_day(caveat.substr(kTime.size()));
}

// An option, what its caveat begins with, how its value is spelled there.
struct Limit {
  const char* spec;
  std::string before;
  const char* about;
  std::string (*spelled)(std::string) = nullptr;
};
const Limit kLimits[] = {
    {"--method METHOD", "method = ", "Only GET, or only POST, ...", in_capitals},
    {"--client NAME", "client = ", "Only as this client"},
    {"--target STORE", "target = ", "Only at the store of this name"},
    {"--job JOB", "job = ", "Only requests about this job"},
    {"--priority N", "priority <= ", "Only jobs of this priority or less"},
    {"--bytes N", "bytes <= ", "Only jobs whose request has at most so many bytes"},
    {"--waiting N", "waiting <= ", "At most so many jobs waiting at once"},
    {"--running N", "running <= ", "At most so many jobs running at once; more wait"},
    {"--valid-for SPAN",
     "valid-for <= ", "Only jobs that fail when nobody takes them in this time"},
    {"--rate N/UNIT", "rate <= ", "At most so many jobs in a time: 5/s, 100/m, 10/h, 9/d"},
    {"--function PATTERN",
     "function = ", "Only jobs of this function, or of those that begin like it up to its *"},
    {"--curve KEY", "curve = ", "Only over connections with this public CURVE key"},
    {"--expires WHEN", "time < ",
     "After 90s, 15m, 1h, 7d, or at 2026-11-23T10:00:00Z or 2026-11-23", expiry},
    {"--caveat TEXT", "", "Any other caveat, as it is; may be repeated", raw_caveat},
};

// Databox's clients have paths of their own (store/zest/paths.h).
bool is_databox_path(std::string_view pattern) {
  return (pattern.starts_with("/kv/") || pattern.starts_with("/job/")) &&
         pattern.find('*') >= pattern.size() - 1;
}

// A pattern that covers no path of the store is a mistake, as with a * that is not at its end.
void check_path(std::string_view caveat) {
  constexpr std::string_view kPath = "path = ";
  if (!caveat.starts_with(kPath)) return;
  const std::string_view pattern = caveat.substr(kPath.size());
  if (store::may_cover(pattern) || is_databox_path(pattern)) return;
  throw UsageError(
      fmt::format("{}: no path of the store is like that; a * stands for anything at the end only",
                  auth::quoted(caveat)));
}

}  // namespace

std::string in_capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void LimitOptions::declare(Options& options) {
  for (const Limit& limit : kLimits) {
    options.each(limit.spec, limit.about, [this, &limit](const std::string& text) {
      caveats.push_back(limit.before + (limit.spelled == nullptr ? text : limit.spelled(text)));
    });
  }
  options.flag("--status-only", "Only reading a job's status, events and log",
               [this] { caveats.emplace_back("status-only"); });
}

std::string LimitOptions::value_of(std::string_view kind) const {
  for (const std::string& caveat : caveats) {
    if (caveat.starts_with(kind)) return caveat.substr(kind.size());
  }
  return {};
}

void TokenOutput::declare(Options& options) {
  options.text("-o,--output FILE", file,
               "Write it to this file, mode 0600, instead of printing it");
}

void TokenOutput::write(const std::string& token) const {
  if (file.empty()) {
    print("{}\n", token);
    return;
  }
  namespace fs = std::filesystem;
  if (fs::exists(file) && !fs::is_regular_file(file)) {
    throw UsageError(fmt::format("--output: {} is no file", file));
  }
  const std::string fresh = file + ".new";
  fs::remove(fresh);
  auth::write_new_secret(fresh, token + "\n");
  fs::rename(fresh, file);
}

void declare_token(Options& options, std::string& token) {
  options.text("[TOKEN]", token,
               "The token, - for standard input; default: the token of the other commands");
}

CLI::Option* declare_data(Options& options, std::string& data, const char* about) {
  return Options::or_environment(options.text("--data DIR", data, about));
}

void check_caveats(std::vector<auth::Caveat> listed, const std::vector<std::string>& added) {
  for (const std::string& caveat : added) {
    if (const auto wrong = auth::misspelling(caveat)) throw UsageError(*wrong);
    check_path(caveat);
  }
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
  say("jobq: warning: this token has expired at {}\n", jobq::format_time(*expires));
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

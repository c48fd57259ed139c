// jobq peek, latest, since: what drivers are asked to do, without taking it.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands.h"
#include "failure.h"
#include "help_format.h"
#include "job_view.h"
#include "jobq/driver.h"
#include "json_fields.h"
#include "time_text.h"

namespace tools {
namespace {

constexpr unsigned kPageMax = 1000;
constexpr unsigned kLimitDefault = 100;
// Shorter numbers are cursors, as in the path that this stands for.
constexpr std::size_t kTimeDigitsMin = 12;

struct PeekOptions {
  std::string datasource;
  std::vector<std::string> functions;
};

struct SinceOptions {
  std::string datasource;
  std::string from;
  jobq::RequestQuery query;
  unsigned limit = kLimitDefault;
  bool all = false;
};

void print(const std::vector<jobq::RequestRecord>& records, bool json) {
  if (json) {
    for (const jobq::RequestRecord& record : records) fmt::print("{}\n", record_text(record));
    return;
  }
  const jobq::Time now = system_now();
  Table table({{"SEQUENCE", true},
               {"TIME"},
               {"ASKS FOR"},
               {"JOB"},
               {"CLIENT"},
               {"FUNCTION"},
               {"STATUS"},
               {"REQUEST"}});
  for (const jobq::RequestRecord& record : records) {
    const jobq::JobStatus& job = record.job;
    table.add({{std::to_string(record.sequence)},
               {clock_text(record.time, now)},
               {std::string(jobq::to_string(record.kind))},
               {job.job},
               {job.client},
               {job.function.empty() ? "-" : job.function},
               {std::string(jobq::to_string(job.status)), style_of(job.status)},
               {job.request}});
  }
  if (!table.is_empty()) fmt::print("{}", table.render(look_of(stdout)));
}

int print_one(const std::optional<jobq::RequestRecord>& record, bool json) {
  if (record) print({*record}, json);
  if (!record && look_of(stderr).is_terminal) fmt::print(stderr, "jobq: there is none\n");
  return kOk;
}

bool is_cursor(const std::string& text) {
  return !text.empty() && text.size() < kTimeDigitsMin &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

int run_since(const SinceOptions& options, const ConnectionOptions& common) {
  jobq::Driver driver(common.connection());
  jobq::RequestQuery query = options.query;
  std::uint64_t left = options.all ? UINT64_MAX : options.limit;
  std::vector<jobq::RequestRecord> records;
  std::uint64_t cursor = 0;
  bool is_first = true;
  do {
    query.limit = static_cast<unsigned>(std::min<std::uint64_t>(left, kPageMax));
    jobq::RequestPage page;
    if (!is_first) {
      page = driver.since(options.datasource, cursor, query);
    } else if (is_cursor(options.from)) {
      page = driver.since(options.datasource, std::stoull(options.from), query);
    } else {
      page = driver.since(options.datasource,
                          instant_of_option("TIME", options.from, system_now(), SpanMeans::kAgo),
                          query);
    }
    is_first = false;
    left -= std::min<std::uint64_t>(left, page.requests.size());
    cursor = page.cursor;
    if (common.json) {
      print(page.requests, true);
    } else {
      std::move(page.requests.begin(), page.requests.end(), std::back_inserter(records));
    }
  } while (cursor != 0 && left > 0);
  if (!common.json) print(records, false);
  if (cursor != 0 && look_of(stdout).is_terminal) {
    fmt::print(stderr, "jobq: there may be more: jobq since {} {}, --limit or --all\n",
               options.datasource, cursor);
  }
  return kOk;
}

}  // namespace

void add_peek(Program& program) {
  auto options = std::make_shared<PeekOptions>();
  CLI::App* command = program.add(
      {"peek", "Drivers", "Show the job that the next worker would get, without taking it",
       "  jobq peek scan --function ocr --token-file scan.token"},
      [options, &program] {
        return print_one(
            jobq::Driver(program.common.connection()).peek(options->datasource, options->functions),
            program.common.json);
      });
  command->add_option("DSID", options->datasource, "Datasource")->required();
  command
      ->add_option("--function", options->functions,
                   "Of a worker for these functions; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->delimiter(',');
}

void add_latest(Program& program) {
  auto options = std::make_shared<PeekOptions>();
  CLI::App* command = program.add(
      {"latest", "Drivers", "Show the newest request of a datasource",
       "  jobq latest scan --json --token-file scan.token | jq .job.request"},
      [options, &program] {
        return print_one(jobq::Driver(program.common.connection()).latest(options->datasource),
                         program.common.json);
      });
  command->add_option("DSID", options->datasource, "Datasource")->required();
}

void add_since(Program& program) {
  auto options = std::make_shared<SinceOptions>();
  CLI::App* command = program.add(
      {"since", "Drivers", "List requests, for jobs and for cancels, in the order they came",
       "  jobq since scan 15m --token-file scan.token\n"
       "  jobq since scan 2026-11-23T10:00:00Z --all --json\n"
       "  jobq since scan 4711 --function ocr"},
      [options, &program] { return run_since(*options, program.common); });
  command->add_option("DSID", options->datasource, "Datasource")->required();
  command
      ->add_option("TIME", options->from,
                   "From when on: 2026-11-23T10:00:00Z, milliseconds since 1970, or 15m for 15 "
                   "minutes ago. Or the sequence number after which: 0 for all")
      ->required();
  command->add_option("--client", options->query.client, "Only of this client")->type_name("NAME");
  command->add_option("--function", options->query.function, "Only with this function")
      ->type_name("NAME");
  command->add_option("--tag", options->query.tag, "Only with this tag")->type_name("NAME");
  command->add_option("--limit", options->limit, "At most so many; default: 100")
      ->type_name("N")
      ->check(positive());
  command->add_flag("--all", options->all, "To the end, however many");
}

}  // namespace tools

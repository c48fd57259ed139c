// jobq peek, latest, since: what drivers are asked to do, without taking it.
#include "commands.h"
#include "job_view.h"
#include "jobq/driver.h"
#include "output.h"

namespace tools {
namespace {

constexpr std::uint64_t kLimitDefault = 100;
// Shorter numbers are cursors, as in the path that this stands for.
constexpr std::size_t kTimeDigitsMin = 12;

std::string records_table(const std::vector<jobq::RequestRecord>& records) {
  const jobq::Time now = system_now();
  Table table;
  for (const jobq::RequestRecord& record : records) {
    const jobq::JobStatus& job = record.job;
    table.add_fields(
        {{{"SEQUENCE", true}, {std::to_string(record.sequence)}},
         {{"TIME"}, {clock_text(record.time, now)}},
         {{"ASKS FOR"}, {std::string(jobq::to_string(record.kind))}},
         {{"JOB"}, {job.job}},
         {{"CLIENT"}, {job.client}},
         {{"FUNCTION"}, {job.function}},
         {{"STATUS"}, {std::string(jobq::to_string(job.status)), style_of(job.status)}},
         {{"REQUEST"}, {job.request}}});
  }
  return table.render(look_of(stdout));
}

int show_one(const ConnectionOptions& common, const std::optional<jobq::RequestRecord>& record) {
  if (record) return show(common, *record, [&] { return records_table({*record}); });
  if (look_of(stderr).is_terminal) fmt::print(stderr, "jobq: there is none\n");
  return kOk;
}

struct Peek {
  static constexpr Words kWords{"peek", "Drivers",
                                "Show the job that the next worker would get, without taking it",
                                "  jobq peek scan --function ocr --token-file scan.token"};

  std::string datasource;
  std::vector<std::string> functions;

  void declare(Options& options) {
    options.text("DSID", datasource, "Datasource");
    options.names("--function NAME", functions, "Of a worker for these functions; may be repeated");
  }

  int run(const ConnectionOptions& common) const {
    return show_one(common, jobq::Driver(common.connection()).peek(datasource, functions));
  }
};

struct Latest {
  static constexpr Words kWords{"latest", "Drivers", "Show the newest request of a datasource",
                                "  jobq latest scan --json --token-file scan.token | "
                                "jq .job.request"};

  std::string datasource;

  void declare(Options& options) { options.text("DSID", datasource, "Datasource"); }

  int run(const ConnectionOptions& common) const {
    return show_one(common, jobq::Driver(common.connection()).latest(datasource));
  }
};

bool is_cursor(const std::string& text) {
  return !text.empty() && text.size() < kTimeDigitsMin &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

struct Since {
  static constexpr Words kWords{"since", "Drivers",
                                "List requests, for jobs and for cancels, in the order they came",
                                "  jobq since scan 15m --token-file scan.token\n"
                                "  jobq since scan 2026-11-23T10:00:00Z --all --json\n"
                                "  jobq since scan 4711 --function ocr"};

  std::string datasource;
  std::variant<std::uint64_t, jobq::Time> from;
  jobq::RequestQuery query;
  std::uint64_t limit = kLimitDefault;
  bool all = false;

  void declare(Options& options) {
    options.text("DSID", datasource, "Datasource");
    options.value(
        "TIME",
        "From when on: 2026-11-23T10:00:00Z, milliseconds since 1970, or 15m for 15 minutes ago. "
        "Or the sequence number after which: 0 for all",
        [this](const std::string& text) {
          if (is_cursor(text)) {
            from = std::stoull(text);
          } else {
            from = instant_of_option("TIME", text, system_now(), SpanMeans::kAgo);
          }
        });
    options.text("--client NAME", query.client, "Only of this client");
    options.text("--function NAME", query.function, "Only with this function");
    options.text("--tag NAME", query.tag, "Only with this tag");
    options.count("--limit N", limit, "At most so many; default: 100");
    options.flag("--all", all, "To the end, however many");
  }

  int run(const ConnectionOptions& common) const {
    jobq::Driver driver(common.connection());
    const jobq::Time* time = std::get_if<jobq::Time>(&from);
    const std::uint64_t start = time != nullptr ? 0 : std::get<std::uint64_t>(from);
    const auto ask = [&](std::uint64_t cursor, unsigned limit_of_page) {
      jobq::RequestQuery page = query;
      page.limit = limit_of_page;
      const bool is_first_by_time = time != nullptr && cursor == 0;
      return is_first_by_time ? driver.since(datasource, *time, page)
                              : driver.since(datasource, cursor, page);
    };
    return show_pages(common, start, all ? UINT64_MAX : limit, &jobq::RequestPage::requests, ask,
                      records_table, "jobq since " + datasource);
  }
};

}  // namespace

void add_peek(Program& program) { program.add<Peek>(); }
void add_latest(Program& program) { program.add<Latest>(); }
void add_since(Program& program) { program.add<Since>(); }

}  // namespace tools

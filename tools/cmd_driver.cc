// jobq accept, renew, update, peek, latest, since: the calls of a driver one by one, for scripts
// and for trying things.
#include "command_outcome.h"
#include "config_options.h"
#include "hypercat.h"
#include "job_calls.h"
#include "job_view.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "utf8.h"

namespace tools {
namespace {

// Throws Refused for one that was refused.
void require_taken(unsigned code, const std::string& error, jobq::Span retry_after = {}) {
  if (code != 200) throw jobq::Refused(code, error, retry_after);
}

struct Accept : DatasourceOptions {
  static constexpr Words kWords{
      "accept", "Drivers", "Take the next job, or one by its name, under a lease",
      "  jobq accept scan --wait 30s --lease 10m --json --token-file scan.token\n"
      "  jobq accept scan job-7 --worker nightly\n\n"
      "Whoever has it renews the lease (jobq renew) and says how it ended (jobq update), before\n"
      "the lease runs out. `jobq work` does all of that. Prints nothing when there is no job.\n"
      "Else: job and attempt; the token of the lease; the request."};

  std::string job;
  jobq::AcceptQuery query;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.job("[JOB]", job, "This job, out of turn; it must wait and be due");
    options.text("--worker NAME", query.worker, "Name of the worker; default: a new one");
    options.span("--lease SPAN", query.lease,
                 "100ms to 1h; default: as the datasource is configured, else 30s", kLeaseLimits);
    options.span("--wait SPAN", query.wait, "How long to wait for a first job, up to 1m",
                 {.max = std::chrono::minutes(1)});
    options.number("--max N", query.max, "Jobs at once; default: 1", {1, jobq::limits::kItemsMax});
    options.names("--function NAME", query.functions,
                  "Only jobs with this function; may be repeated");
  }

  static int show_job(const ConnectionOptions& common, const jobq::AcceptedJob& job) {
    return show(common, job, [&] {
      return fmt::format("{} attempt {} of client {}, lease until {}\n{}\n{}\n",
                         printable(job.lease.job), job.lease.attempt, printable(job.client),
                         moment(job.lease_until, system_now()), printable(job.lease.token),
                         job.request);
    });
  }

  int run(const ConnectionOptions& common) {
    if (query.worker.empty()) query.worker = "jobq-" + jobq::new_guid();
    jobq::Driver driver(common.connection());
    if (!job.empty()) {
      if (query.wait != jobq::Span{} || !query.functions.empty()) {
        throw UsageError("JOB names the job to take: neither --wait nor --function goes with it");
      }
      return show_job(common, driver.accept_one(datasource, job, query.worker, query.lease));
    }
    for (const jobq::AcceptedJob& one : driver.accept(datasource, query)) show_job(common, one);
    return kOk;
  }
};

struct LeaseOptions : DatasourceOptions {
  jobq::Lease lease;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.job("JOB", lease.job, "Job id");
    Options::require(options.number("--attempt N", lease.attempt,
                                    "The attempt that the accept told", {1, UINT32_MAX}));
  }
};

struct Renew : LeaseOptions {
  static constexpr Words kWords{
      "renew", "Drivers", "Move the deadline of a lease; tells of a cancel",
      "  jobq renew scan job-7 --attempt 1 --lease 10m --token-file scan.token"};

  jobq::Span span{};

  void declare(Options& options) {
    LeaseOptions::declare(options);
    options.span("--lease SPAN", span, "From now on, 100ms to 1h; default as in accept",
                 kLeaseLimits);
  }

  int run(const ConnectionOptions& common) const {
    const jobq::Renewal renewal =
        jobq::Driver(common.connection()).renew(datasource, {.leases = {lease}, .lease = span});
    const jobq::RenewResult& result = renewal.results.at(0);
    require_taken(result.code, "the lease is not held");
    const Json json = {{"leaseUntil", rfc3339(result.lease_until)},
                       {"cancelRequested", result.cancel_requested}};
    return show(common, json, [&] {
      return fmt::format("lease until {}{}\n", moment(result.lease_until, system_now()),
                         result.cancel_requested ? ", cancel requested" : "");
    });
  }
};

struct Update : LeaseOptions {
  static constexpr Words kWords{
      "update", "Drivers", "Say how a job goes or how it ended",
      "  export JOBQ_LEASE_TOKEN=...   # as jobq accept told it\n"
      "  jobq update scan job-7 --attempt 1 --progress 0.5 --message 'page 5 of 10'\n"
      "  jobq update scan job-7 --attempt 1 --log warning --message 'page 6 is empty'\n"
      "  jobq update scan job-7 --attempt 1 --complete '{\"pages\": 10}'\n"
      "  jobq update scan job-7 --attempt 1 --retry no-network --delay 5m\n"
      "  jobq update scan job-7 --attempt 1 --progress 0.5 --checkpoint page-5\n"
      "  jobq update scan job-7 --attempt 1 --complete 1 --state-add runs=1 --state last=job-7"};

  std::optional<std::string> complete, fail, retry, forbid;
  bool release = false;
  bool cancelled = false;
  std::optional<double> progress;
  std::optional<jobq::LogLevel> log;
  std::string message;
  jobq::Span delay{};
  std::optional<std::string> checkpoint;
  std::vector<jobq::StateChange> state;

  void declare_state(Options& options, const char* spec, jobq::ChangeHow how, const char* about) {
    options.each(spec, about, [this, how, name = Options::name_of(spec)](const std::string& text) {
      const std::size_t sign = std::min(text.find('='), text.size());
      const auto change =
          state_change_of(how, text.substr(0, sign), text.substr(std::min(sign + 1, text.size())));
      if (!change) throw UsageError(name + ": '" + printable(text) + "' is no such change");
      state.push_back(*change);
    });
  }

  void declare(Options& options) {
    LeaseOptions::declare(options);
    options.text("--lease-token TOKEN", lease.token,
                 "The token that the accept told; may also be the --token. Environment:\n"
                 "JOBQ_LEASE_TOKEN");
    Options word = options.one_of("What to say, one of", true);
    word.text("--complete JSON", complete, "It is done; the response");
    word.text("--fail CODE", fail, "It failed for good");
    word.text("--retry CODE", retry, "The attempt failed: again after the backoff");
    word.text("--forbid CODE", forbid, "The client may not have this done");
    word.flag("--release", release, "Handed back, at no cost");
    word.flag("--cancelled", cancelled, "Stopped, as the client asked");
    word.share("--progress 0..1", progress, "How far it is");
    word.choice("--log LEVEL", log, "A line for the job's log: debug, info, warning, error");
    options.text("--message TEXT", message, "Words for people, up to 1024 bytes");
    options.span("--delay SPAN", delay, "With --retry and --release: not before", kYear);
    options.text("--checkpoint TEXT", checkpoint,
                 "With --progress, --retry and --release: what the next attempt is given");
    using jobq::ChangeHow;
    declare_state(options, "--state NAME=VALUE", ChangeHow::kSet,
                  "With a word that ends the attempt: what the function keeps; may be repeated");
    declare_state(options, "--state-add NAME=NUMBER", ChangeHow::kAdd, "The same: adds to it");
    declare_state(options, "--state-min NAME=NUMBER", ChangeHow::kMin, "The smaller of both");
    declare_state(options, "--state-max NAME=NUMBER", ChangeHow::kMax, "The greater of both");
    declare_state(options, "--state-remove NAME", ChangeHow::kRemove, "It is kept no more");
  }

  decltype(jobq::Outcome::report) word() const {
    const auto error = [&](const std::string& code) { return jobq::JobError{code, message, {}}; };
    if (complete) return jobq::Done{checked_json("--complete: the response", *complete)};
    if (fail) return error(*fail);
    if (retry) return jobq::Retry{.error = error(*retry), .delay = delay};
    if (forbid) return jobq::Forbid{.error = error(*forbid)};
    if (release) return jobq::Release{.delay = delay, .message = message};
    if (progress) return jobq::Progress{*progress, message};
    if (log) return jobq::Log{.lines = {{*log, message}}};
    return jobq::Cancelled{};
  }

  int run(const ConnectionOptions& common) {
    if (delay != jobq::Span{} && !retry && !release) {
      throw UsageError("--delay goes with --retry and --release alone");
    }
    if (log && message.empty()) throw UsageError("--log needs --message TEXT");
    lease.token = find_secret({lease.token, {}, "JOBQ_LEASE_TOKEN"});
    const jobq::UpdateResult result = jobq::Driver(common.connection())
                                          .update(datasource, {{lease, word(), checkpoint, state}})
                                          .at(0);
    if (result.code == 403 && lease.token.empty()) {
      throw jobq::Refused(403, result.error + "; give --lease-token, as the accept told it");
    }
    require_taken(result.code, result.error, result.retry_after);
    const bool waits = result.not_before != jobq::Time{};
    Json json = {{"status", jobq::to_string(result.status)}};
    if (waits) json["notBefore"] = rfc3339(result.not_before);
    return show(common, json, [&] {
      return fmt::format("{}{}\n", jobq::to_string(result.status),
                         waits ? ", not before " + moment(result.not_before, system_now()) : "");
    });
  }
};

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
  return table.render(display_of(stdout));
}

int show_one(const ConnectionOptions& common, const std::optional<jobq::RequestRecord>& record) {
  if (record) return show(common, *record, [&] { return records_table({*record}); });
  if (display_of(stderr).is_terminal) say("jobq: there is none\n");
  return kOk;
}

struct Peek : DatasourceOptions {
  static constexpr Words kWords{"peek", "Drivers",
                                "Show the job that the next worker would get, without taking it",
                                "  jobq peek scan --function ocr --token-file scan.token"};

  std::vector<std::string> functions;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.names("--function NAME", functions, "Of a worker for these functions; may be repeated");
  }

  int run(const ConnectionOptions& common) const {
    return show_one(common, jobq::Driver(common.connection()).peek(datasource, functions));
  }
};

struct Latest : DatasourceOptions {
  static constexpr Words kWords{"latest", "Drivers", "Show the newest request of a datasource",
                                "  jobq latest scan --json --token-file scan.token | "
                                "jq .job.request"};

  int run(const ConnectionOptions& common) const {
    return show_one(common, jobq::Driver(common.connection()).latest(datasource));
  }
};

bool is_cursor(const std::string& text) {
  return !text.empty() && text.size() < kTimeDigitsMin &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

struct Since : DatasourceOptions {
  static constexpr Words kWords{"since", "Drivers",
                                "List requests, for jobs and for cancels, in the order they came",
                                "  jobq since scan 15m --token-file scan.token\n"
                                "  jobq since scan 2026-11-23T10:00:00Z --all --json\n"
                                "  jobq since scan 4711 --function ocr"};

  std::variant<std::uint64_t, jobq::Time> from;
  jobq::RequestQuery query;
  ListLength length;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
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
    declare_filter(options, query);
    length.declare(options);
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
    return show_pages(common, start, length.most(), &jobq::RequestPage::requests, ask,
                      records_table, "jobq since " + datasource);
  }
};

struct Catalogue {
  static constexpr Words kWords{
      "catalogue", "Drivers", "List the datasources that databox offers to apps, or register one",
      "  jobq mint --data DIR --path /cat -o catalogue.token\n"
      "  jobq catalogue --token-file catalogue.token\n"
      "  jobq catalogue --json              # as databox reads it\n"
      "  jobq catalogue --register item.json\n\n"
      "An item is what databox's libraries register of a datasource, in JSON. It may hold "
      "defaults\n"
      "of its jobs; what it does not speak of stays as it is configured."};

  std::string file;

  void declare(Options& options) {
    options.text("--register FILE", file, "File with an item, - for standard input");
  }

  int run(const ConnectionOptions& common) const {
    jobq::Driver driver(common.connection());
    if (!file.empty()) {
      const std::string text = read_input(file, jobq::limits::kItemBytesMax);
      const jobq::DatasourceConfig config =
          driver.register_datasource({.item = checked_json("the item", text)});
      return show(common, config, [&] { return config_text(config); });
    }
    const std::vector<jobq::DatasourceConfig> all = driver.configs();
    if (common.json) {
      print_json(jobq::catalogue_text(all));
      return kOk;
    }
    Table table({{"DATASOURCE"}, {"ACTUATOR"}, {"TYPE"}, {"VENDOR"}, {"HREF"}});
    for (const jobq::DatasourceConfig& config : all) {
      if (config.item.empty()) continue;
      const auto read = jobq::read_item(config.item);
      if (const auto* item = std::get_if<jobq::CatalogueItem>(&read)) {
        table.add({{config.datasource},
                   {item->is_actuator ? "yes" : "no"},
                   {item->type},
                   {item->vendor},
                   {item->href}});
      }
    }
    print("{}", table.render(display_of(stdout)));
    return kOk;
  }
};

}  // namespace

void add_driver(Program& program) {
  program.add<Accept, Renew, Update, Peek, Latest, Since, Catalogue>();
}

}  // namespace tools

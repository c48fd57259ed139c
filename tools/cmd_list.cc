// jobq list, count: jobs of a datasource, filtered, sorted and counted.
#include <charconv>

#include "job_calls.h"
#include "job_filter.h"
#include "job_view.h"
#include "output.h"
#include "program.h"

namespace tools {
namespace {

// Which jobs of a datasource.
struct JobFilter {
  JobOptions whose;
  jobq::ListQuery query;

  void declare(Options& options) {
    options.datasource("DSID", whose.datasource, "Datasource");
    whose.declare_caller(options, "With a driver's token: of all clients");
    options.choices("--status STATUS", query.statuses, "Only these; may be repeated");
    declare_job_filter(options, query);
    options.flag("--flagged", query.flagged,
                 "Only those that run for long or are without progress");
    options.text("--text TEXT", query.text,
                 "Only jobs whose request contains these bytes, up to 1024");
    options.number("--after N", query.cursor,
                   "Go on behind the job with this sequence number; not in sorts by a value");
  }

  // Calls `ask` with the client or driver that asks.
  template <class Ask>
  int run(const ConnectionOptions& common, const Ask& ask) {
    query.client = whose.client;
    return ask_as<jobq::Client>(whose.as_driver, common.connection(whose.client), ask);
  }
};

std::string text_of(const jobq::ListPlace& place) {
  return fmt::format("{}:{}", place.value, place.sequence);
}

jobq::ListPlace place_of_option(const std::string& text) {
  jobq::ListPlace place;
  const char* const end = text.data() + text.size();
  const auto value = std::from_chars(text.data(), end, place.value);
  const bool has_both = value.ec == std::errc() && value.ptr != end && *value.ptr == ':';
  const auto rest = std::from_chars(has_both ? value.ptr + 1 : end, end, place.sequence);
  if (!has_both || rest.ec != std::errc() || rest.ptr != end) {
    throw UsageError("--behind: '" + text + "' is no place that a sorted list has told");
  }
  return place;
}

struct List {
  static constexpr Words kWords{
      "list", "Jobs", "List a client's jobs, oldest first or sorted; search them",
      "  jobq list scan --status failed --status cancelled\n"
      "  jobq list scan --status submitted,retrying --function 'ocr*' --text '\"page\": 7'\n"
      "  jobq list scan --ended-since 1h --sort ended-down --limit 20 --total\n"
      "  jobq list scan --sort service --limit 5\n"
      "  jobq list scan --driver --all --json --token-file scan.token | jq .job\n\n"
      "SORT is submitted, started, ended, changed or priority, each also with -down behind it, or\n"
      "service: what may run now, next first. A sort by another value than submitted looks at all\n"
      "jobs of the datasource for each 1000 that it shows. Jobs that change their place in it\n"
      "meanwhile may be shown twice or not at all; all others are shown once."};

  JobFilter filter;
  ListLength length;
  std::optional<jobq::ListOrder> sort;
  bool total = false;

  void declare(Options& options) {
    filter.declare(options);
    length.declare(options);
    options.choice("--sort SORT", sort, "In which order; default: submitted");
    options.value("--behind PLACE", "Sorted by a value: go on where the list before ended",
                  [this](const std::string& text) { filter.query.behind = place_of_option(text); });
    options.flag("--total", total, "Say how many there are in all, on standard error");
  }

  int run(const ConnectionOptions& common) {
    jobq::ListQuery& query = filter.query;
    query.order = sort.value_or(jobq::ListOrder::kSubmitted);
    if (query.behind && !jobq::is_by_value(query.order)) {
      throw UsageError("--behind is for sorts by started, ended, changed or priority");
    }
    if (total && query.order == jobq::ListOrder::kService) {
      throw UsageError("--total says nothing of the order of service");
    }
    return filter.run(common, [&](auto caller) {
      const int code = jobq::is_by_value(query.order) ? show_sorted(common, caller)
                                                      : show_in_order(common, caller);
      if (total) {
        std::fflush(stdout);
        query.cursor = 0;
        say("jobq: {} in all\n", caller.count(filter.whose.datasource, query));
      }
      return code;
    });
  }

 private:
  static std::string table(const std::vector<jobq::JobStatus>& jobs) {
    return job_table(jobs, system_now(), display_of(stdout));
  }

  int show_in_order(const ConnectionOptions& common, auto& caller) const {
    const jobq::ListQuery& query = filter.query;
    const auto ask = [&](std::uint64_t after, unsigned limit_of_page) {
      jobq::ListQuery page = query;
      page.cursor = after;
      page.limit = limit_of_page;
      return caller.list(filter.whose.datasource, page);
    };
    // Not where the store would have to read all requests for it.
    const auto count = [&]() -> std::optional<std::uint64_t> {
      if (!query.text.empty() || query.order != jobq::ListOrder::kSubmitted) return std::nullopt;
      try {
        return caller.count(filter.whose.datasource, query);
      } catch (const jobq::Refused&) {
        return std::nullopt;
      }
    };
    return show_pages(common, query.cursor, length.most(), &jobq::JobPage::jobs, ask, &table,
                      "--after", count);
  }

  int show_sorted(const ConnectionOptions& common, auto& caller) const {
    std::vector<jobq::JobStatus> all;
    jobq::ListQuery query = filter.query;
    query.cursor = 0;
    std::uint64_t left = length.most();
    do {
      query.limit = static_cast<unsigned>(std::min(left, kPageMax));
      const jobq::JobPage page = caller.list(filter.whose.datasource, query);
      if (common.json) show_all(common, page.jobs, [] { return ""; });
      if (!common.json) all.insert(all.end(), page.jobs.begin(), page.jobs.end());
      left -= std::min<std::uint64_t>(left, page.jobs.size());
      query.behind = page.next;
    } while (query.behind && left > 0);
    if (!common.json) print("{}", table(all));
    if (query.behind) {
      std::fflush(stdout);
      say("jobq: there may be more: --behind {}, --limit N or --all\n", text_of(*query.behind));
    }
    return kOk;
  }
};

struct Count {
  static constexpr Words kWords{"count", "Jobs", "Say how many jobs a list would have",
                                "  jobq count scan --status failed\n"
                                "  jobq count scan --driver --tag night --token-file scan.token"};

  JobFilter filter;

  void declare(Options& options) { filter.declare(options); }

  int run(const ConnectionOptions& common) {
    return filter.run(common, [&](auto caller) {
      const std::uint64_t count = caller.count(filter.whose.datasource, filter.query);
      return show(common, Json{{"count", count}}, [&] { return fmt::format("{}\n", count); });
    });
  }
};

}  // namespace

void add_list(Program& program) { program.add<List, Count>(); }

}  // namespace tools

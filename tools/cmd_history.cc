// jobq stats history: what was counted of a datasource, minute by minute or hour by hour.
#include "job_calls.h"
#include "jobq/admin.h"
#include "output.h"
#include "program.h"
#include "top_view.h"

namespace tools {
namespace {

struct History : DatasourceOptions {
  static constexpr Words kWords{
      "history", "Store", "What was counted in the latest minutes or hours",
      "  jobq stats history scan --token-file operator.token\n"
      "  jobq stats history scan --function ocr --hours 48 --json\n\n"
      "Minutes are kept for a day, hours for 90 days. Steps in which nothing was counted are left\n"
      "out. WAIT is from when a job could run until it was accepted, of 50, 95 and 99 of a "
      "hundred\n"
      "attempts at most; RUN the same of how long they ran. Both are a quarter too long at most."};

  jobq::HistoryQuery query;
  std::uint64_t minutes = 0;
  std::uint64_t hours = 0;
  bool as_driver = false;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.text("--function NAME", query.function, "Only of this function");
    auto* of_minutes = options.count("--minutes N", minutes, "So many; default: 60");
    Options::exclude(options.count("--hours N", hours, "So many hours instead"), of_minutes);
    options.flag("--driver", as_driver, "With a driver's token");
  }

  int run(const ConnectionOptions& common) {
    const jobq::Time now = StoreClock(common.connection()).now();
    constexpr std::uint64_t kDefault = 60;
    const std::uint64_t steps = hours > 0 ? hours : minutes > 0 ? minutes : kDefault;
    const jobq::Span step = hours > 0 ? std::chrono::hours(1) : jobq::Span(std::chrono::minutes(1));
    query.step = hours > 0 ? jobq::HistoryStep::kHour : jobq::HistoryStep::kMinute;
    query.limit = static_cast<unsigned>(std::min(steps, kPageMax));
    query.since = now - step * static_cast<jobq::Span::rep>(steps);
    const jobq::HistoryPage page =
        ask_as<jobq::Admin>(as_driver, common.connection(),
                            [&](auto calls) { return calls.history(datasource, query); });
    return show_all(common, page.rows, [&] { return history_view(page, now, display_of(stdout)); });
  }
};

}  // namespace

void add_history(Program& program, CLI::App& stats) { program.add<History>(stats); }

}  // namespace tools

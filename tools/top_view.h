// Datasources, functions and workers as tables: what they are, and how fast they go as two looks at
// their counters tell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jobq/datasources.h"
#include "jobq/history.h"
#include "json_text.h"
#include "table.h"

namespace tools {

// One look at the store. `time` is by the store's clock.
struct Sample {
  jobq::Time time{};
  std::vector<jobq::DatasourceStats> datasources{};
  std::vector<jobq::WorkerStatus> workers{};   // of the one datasource, if it is one
  std::optional<jobq::HistoryPage> history{};  // of it, by minutes
};

inline constexpr unsigned kMinutesShown = 60;

// Per second.
struct Rates {
  double submitted = 0;
  double complete = 0;
  double errors = 0;
};

// Empty without time in between, and when counters have gone back: then it is another store.
[[nodiscard]] std::optional<Rates> rates_between(const jobq::Counters& before,
                                                 const jobq::Counters& after, jobq::Span passed);

// "0", "0.3", "12", "-" when not known.
[[nodiscard]] std::string rate_text(const std::optional<double>& rate);

// `before` may be empty: then there are no rates. `lines_max`: 0: any number.
[[nodiscard]] std::string datasources_view(const Sample& before, const Sample& after,
                                           const Display& display, std::size_t lines_max = 0);
// The busiest first.
[[nodiscard]] std::string functions_view(const Sample& before, const Sample& after,
                                         const Display& display, std::size_t lines_max = 0);
// Workers that have gone are only counted.
[[nodiscard]] std::string workers_view(const std::vector<jobq::WorkerStatus>& all, jobq::Time now,
                                       const Display& display, std::size_t lines_max = 0);
// All three.
[[nodiscard]] std::string sample_view(const Sample& before, const Sample& after,
                                      const Display& display, std::size_t lines_max);
// What was counted since the datasource was made; of one datasource by function.
[[nodiscard]] std::string totals_view(const std::vector<jobq::DatasourceStats>& datasources,
                                      const Display& display);
[[nodiscard]] std::string function_totals_view(const jobq::DatasourceStats& datasource,
                                               jobq::Time now, const Display& display);

// A row for each step; and, in one line, how many jobs each of the latest ended with.
[[nodiscard]] std::string history_view(const jobq::HistoryPage& page, jobq::Time now,
                                       const Display& display);
[[nodiscard]] std::string sparkline(const jobq::HistoryPage& page, jobq::Time now,
                                    std::size_t steps);

// All of it as one object.
[[nodiscard]] Json sample_fields(const Sample& before, const Sample& after);

}  // namespace tools

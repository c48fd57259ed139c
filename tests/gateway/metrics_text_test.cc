#include "metrics_text.h"

#include <catch2/catch.hpp>

namespace {

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a measurement is named as its field, in base units") {
  REQUIRE(gateway::metric_name("JournalBytes") == "journal_bytes");
  REQUIRE(gateway::metric_name("WaitMs") == "wait_seconds");
  REQUIRE(gateway::metric_name("Ready") == "ready");
}

TEST_CASE("samples of a name stand together, and labels are escaped") {
  gateway::MetricsText metrics;
  metrics.counter("b", "B.", {{"x", "a\"b\\c\nd"}}, 1);
  metrics.gauge("a", "A.", {}, 0.25);
  metrics.counter("b", "B.", {{"x", "y"}, {"z", ""}}, 12345678901);
  REQUIRE(metrics.text() ==
          "# HELP a A.\n# TYPE a gauge\na 0.25\n"
          "# HELP b_total B.\n# TYPE b_total counter\n"
          "b_total{x=\"a\\\"b\\\\c\\nd\"} 1\nb_total{x=\"y\",z=\"\"} 12345678901\n");
}

TEST_CASE("spans are counted into buckets, each with all that are shorter") {
  gateway::MetricsText metrics;
  metrics.histogram("h", "H.", {{"x", "y"}}, {1, 0, 2, 4}, 1.5, 2);
  const std::string text = metrics.text();
  REQUIRE(
      text.starts_with("# HELP h H.\n# TYPE h histogram\nh_bucket{x=\"y\",le=\"0.003\"} 3\n"
                       "h_bucket{x=\"y\",le=\"0.015\"} 7\n"));
  REQUIRE(
      text.ends_with("h_bucket{x=\"y\",le=\"4194.303\"} 7\nh_bucket{x=\"y\",le=\"+Inf\"} 7\n"
                     "h_sum{x=\"y\"} 1.5\nh_count{x=\"y\"} 7\n"));
  gateway::MetricsText longer;
  jobq::SpanCounts days(31);
  days.back() = 9;
  longer.histogram("h", "H.", {}, days, 1, 1);
  REQUIRE(has(longer.text(), "h_bucket{le=\"0.001\"} 0"));
  REQUIRE(has(longer.text(), "h_bucket{le=\"4194.303\"} 0"));
  REQUIRE(has(longer.text(), "h_bucket{le=\"+Inf\"} 9"));
}

TEST_CASE("a datasource is measured with as many functions as may be, the others summed up") {
  jobq::DatasourceStats stats{.datasource = "scan",
                              .mode = jobq::Mode::kDraining,
                              .ready = 3,
                              .oldest_ready_at = jobq::Time(jobq::Span(1000))};
  stats.total.waited = jobq::Span(1500);
  for (unsigned i = 1; i <= 4; ++i) {
    stats.functions.push_back({.function = "f" + std::to_string(i), .waiting = i});
    stats.functions.back().total.submitted = i;
    stats.functions.back().total.ran = jobq::Span(i * 1000);
    stats.functions.back().run_times = {0, i};
  }
  gateway::MetricsText metrics;
  measure(metrics, stats, jobq::Time(jobq::Span(3500)), 2);
  const std::string text = metrics.text();
  REQUIRE(has(text, R"(jobq_datasource_ready{datasource="scan"} 3)"));
  REQUIRE(has(text, R"(jobq_datasource_is_paused{datasource="scan"} 0)"));
  REQUIRE(has(text, R"(jobq_datasource_is_draining{datasource="scan"} 1)"));
  REQUIRE(has(text, R"(jobq_datasource_oldest_ready_seconds{datasource="scan"} 2.5)"));
  REQUIRE(has(text, R"(jobq_datasource_wait_seconds_sum{datasource="scan"} 1.5)"));
  const std::string others = R"x({datasource="scan",function="(others)"} 3)x";
  REQUIRE(has(text, R"(jobq_function_waiting{datasource="scan",function="f4"} 4)"));
  REQUIRE(has(text, "jobq_function_waiting" + others));
  REQUIRE(has(text, "jobq_function_run_seconds_sum" + others));
  REQUIRE(has(text, "jobq_function_run_seconds_count" + others));
  REQUIRE_FALSE(has(text, R"(jobq_function_waiting{datasource="scan",function="f1"} 1)"));
}

// Measurements in the text format of Prometheus, made of the field tables: a counter for each field
// of a value that counts, a gauge for each that tells how much there is.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "field_tables.h"

namespace gateway {

// {"datasource", "scan"}
using Labels = std::vector<std::pair<std::string_view, std::string>>;

class MetricsText {
 public:
  void gauge(const std::string& name, const std::string& help, const Labels& labels, double value) {
    add({name, "gauge", help}, labels, value);
  }
  void counter(const std::string& name, const std::string& help, const Labels& labels,
               double value) {
    add({name + "_total", "counter", help}, labels, value);
  }
  // Buckets end at 2^i - 1 ms for each `step`-th i up to 22, which is 70 minutes.
  void histogram(const std::string& name, const std::string& help, const Labels& labels,
                 const jobq::SpanCounts& counts, double sum, unsigned step);

  // Families by name, the samples of each in the order in which they came.
  std::string text() const;

 private:
  struct Family {
    std::string name;
    const char* type;
    std::string help;
  };
  void add(const Family& family, const Labels& labels, double value) {
    add(family, family.name, labels, value);
  }
  void add(const Family& family, const std::string& name, const Labels& labels, double value);

  struct Samples {
    std::string head;
    std::string lines;
  };
  std::map<std::string, Samples> families_;
};

// "journal_bytes" of "JournalBytes", "wait_seconds" of "WaitMs".
std::string metric_name(std::string_view field);

void measure(MetricsText& metrics, const jobq::StoreStats& stats);
// `now` is the store's, for ages. Of functions beyond `functions_max`, those that were submitted
// least, the sums, as "(others)".
void measure(MetricsText& metrics, const jobq::DatasourceStats& stats, jobq::Time now,
             std::size_t functions_max);

}  // namespace gateway

// What was measured: named rows of figures, printed as a table or as JSON, and compared.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bench {

struct Row {
  std::string name;
  // In the order of the columns; names carry the unit.
  std::vector<std::pair<std::string, double>> figures;
};
using Rows = std::vector<Row>;

// With a heading where the columns differ from those of the row before.
void print_table(const Rows& rows);
// An array of {"name": ..., "figure": number, ...}.
std::string to_json(const Rows& rows);

// Of several runs of the same measurement, the median of each figure. REQUIRES: there is one, and
// all have the same rows.
Rows medians(const std::vector<Rows>& runs);
// Two tables in one: for each figure that of `a`, that of `b`, and b / a.
void print_comparison(const Rows& a, const Rows& b);

// `values` in any order; 0 when there are none.
double percentile(std::vector<double>& values, double part);

}  // namespace bench

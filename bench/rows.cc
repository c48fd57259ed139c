#include "rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace bench {
namespace {

constexpr int kNameWidth = 34;
constexpr std::size_t kColumnWidthMin = 9;

std::string number(double value) {
  const int digits = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 1 ? 2 : 3;
  return fmt::format("{:.{}f}", value, digits);
}

std::size_t width_of(const std::string& name) { return std::max(name.size(), kColumnWidthMin) + 2; }

bool have_same_columns(const Row& a, const Row& b) {
  return std::equal(a.figures.begin(), a.figures.end(), b.figures.begin(), b.figures.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

}  // namespace

void print_table(const Rows& rows) {
  const Row* last = nullptr;
  for (const Row& row : rows) {
    if (last == nullptr || !have_same_columns(*last, row)) {
      fmt::print("\n{:<{}}", "", kNameWidth);
      for (const auto& [name, value] : row.figures) {
        fmt::print("{:>{}}", name, width_of(name));
      }
      fmt::print("\n");
    }
    fmt::print("{:<{}}", row.name, kNameWidth);
    for (const auto& [name, value] : row.figures) {
      fmt::print("{:>{}}", number(value), width_of(name));
    }
    fmt::print("\n");
    last = &row;
  }
  std::fflush(stdout);
}

std::string to_json(const Rows& rows) {
  std::string text;
  for (const Row& row : rows) {
    text += fmt::format("{}\n  {{\"name\": \"{}\"", text.empty() ? "" : ",", row.name);
    for (const auto& [name, value] : row.figures) {
      text += fmt::format(", \"{}\": {}", name, value);
    }
    text += "}";
  }
  return "[" + text + "\n]";
}

Rows medians(const std::vector<Rows>& runs) {
  Rows middle = runs.front();
  for (std::size_t i = 0; i < middle.size(); ++i) {
    for (std::size_t j = 0; j < middle[i].figures.size(); ++j) {
      std::vector<double> values;
      for (const Rows& run : runs) {
        values.push_back(run.at(i).figures.at(j).second);
      }
      middle[i].figures[j].second = percentile(values, 0.5);
    }
  }
  return middle;
}

void print_comparison(const Rows& a, const Rows& b) {
  fmt::print("\n{:<{}}{:<18}{:>12}{:>12}{:>8}\n", "", kNameWidth, "", "A", "B", "B / A");
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a[i].figures.size(); ++j) {
      const auto& [name, before] = a[i].figures[j];
      const double after = b.at(i).figures.at(j).second;
      fmt::print("{:<{}}{:<18}{:>12}{:>12}{:>8}\n", j == 0 ? a[i].name : "", kNameWidth, name,
                 number(before), number(after),
                 before == 0 ? "-" : fmt::format("{:.2f}", after / before));
    }
  }
  std::fflush(stdout);
}

double percentile(std::vector<double>& values, double part) {
  if (values.empty()) {
    return 0;
  }
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(
      std::lround(part * static_cast<double>(values.size() - 1)))];
}

}  // namespace bench

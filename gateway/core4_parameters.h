// What is asked of core4's job API: in the target, or as JSON in the body, of a GET too.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core4_text.h"
#include "refusal.h"
#include "target.h"

namespace gateway {

class Core4Parameters {
 public:
  // What the body says counts. Throws Refusal, as all below.
  Core4Parameters(const Parameters& target, std::string_view body);

  // Empty: it is not said.
  std::string text(const std::string& name) const;
  bool flag(const std::string& name, bool otherwise) const;
  std::size_t number(const std::string& name, std::size_t otherwise, std::size_t min,
                     std::size_t max) const;
  // An object as it was written.
  std::string object(const std::string& name) const;
  // JSON, or a text with JSON in it, as a target has it.
  jobq::Json json(const std::string& name) const;
  Core4Page page() const;

 private:
  std::map<std::string, std::string> members_;  // JSON
};

// Which rows of a list are meant: "search", "filter" and "sort".
class Core4Selection {
 public:
  explicit Core4Selection(const Core4Parameters& parameters);

  // Throws Refusal for a field that rows have not.
  template <class Row>
  void apply(std::vector<Row>& rows) const {
    std::erase_if(rows, [&](const Row& row) { return !fits(core4_name(row)) || !matches(row); });
    for (auto order = orders_.rbegin(); order != orders_.rend(); ++order) {
      std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
        const jobq::Json left = field(a, order->first, "sort");
        const jobq::Json right = field(b, order->first, "sort");
        return order->second ? right < left : left < right;
      });
    }
  }

 private:
  bool fits(const std::string& name) const;

  template <class Row>
  static jobq::Json field(const Row& row, const std::string& name, const char* where) {
    auto value = core4_field(row, name);
    if (!value) throw Refusal(400, where, "by " + name + " there is none");
    return std::move(*value);
  }
  template <class Row>
  bool matches(const Row& row) const {
    return std::all_of(filter_.begin(), filter_.end(), [&](const auto& one) {
      const jobq::Json value = field(row, one.first, "filter");
      return std::find(one.second.begin(), one.second.end(), value) != one.second.end();
    });
  }

  std::string pattern_;                                                    // empty: any
  std::vector<std::pair<std::string, std::vector<jobq::Json>>> filter_{};  // one of these each
  std::vector<std::pair<std::string, bool>> orders_{};                     // and whether down
};

// Those of a page.
template <class Row>
std::vector<Row> rows_of(std::vector<Row> rows, const Core4Page& page) {
  const std::size_t begin = std::min(page.page * page.per_page, rows.size());
  const std::size_t end = std::min(begin + page.per_page, rows.size());
  return {rows.begin() + static_cast<std::ptrdiff_t>(begin),
          rows.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace gateway

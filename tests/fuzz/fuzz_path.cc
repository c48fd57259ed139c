// Paths of requests, and the other texts that are taken apart by hand.
#include "operations.h"
#include "span_text.h"
#include "targets.h"
#include "text_rules.h"
#include "timestamp.h"

namespace fuzzing {
namespace {

using namespace store;

bool is_within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check(const NoRoute& none) {
  expect(none.code == 400 || none.code == 404 || none.code == 405, "a refusal is documented");
  expect(!none.detail.empty(), "a refusal has a reason");
  for (const char c : none.detail) {
    expect(c >= 0x20 && c < 0x7f, "a refusal can be sent");
  }
}

void check(const Route& route, Method method, std::string_view path) {
  expect(path.size() <= kPathBytesMax, "a path is within its limit");
  expect(is_within(route.datasource, path) && is_within(route.job, path),
         "what was found is of the path");
  expect(route.datasource.empty() || jobq::wrong_with_id(route.datasource).empty(),
         "a datasource has an id");
  bool has_row = false;
  for (const PathRow& row : path_rows()) {
    has_row = has_row || (row.method == method && row.operation == route.operation &&
                          row.access == route.access);
  }
  expect(has_row, "the route is of the table");
}

void check_texts(std::string_view text) {
  if (const auto span = jobq::read_span(text)) {
    expect(*span >= jobq::Span::zero(), "no span is negative");
    if (*span <= jobq::kSpanMax) {
      expect(jobq::read_span(jobq::exact_span_text(*span)) == span, "a span comes back");
    }
  }
  if (const auto time = jobq::parse_time(text)) {
    expect(jobq::parse_time(jobq::rfc3339(*time)) == time, "a time comes back");
  }
  if (const auto number = jobq::parse_number(text, 999)) {
    expect(*number <= 999 && std::to_string(*number) == text, "a number comes back");
  }
}

}  // namespace

bool path(std::string_view bytes) {
  if (bytes.empty()) {
    return false;
  }
  const auto method = static_cast<Method>(static_cast<unsigned char>(bytes.front()) % 4);
  const std::string_view path = bytes.substr(1);
  check_texts(path);
  const auto found = find_route(method, path);
  if (const auto* none = std::get_if<NoRoute>(&found)) {
    check(*none);
    return false;
  }
  check(std::get<Route>(found), method, path);
  return true;
}

}  // namespace fuzzing

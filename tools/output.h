// How answers are printed: for programs JSON, a document on a line; for people text. And how long
// lists are asked for.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "connection_options.h"
#include "failure.h"
#include "jobq/limits.h"
#include "json_fields.h"
#include "json_values.h"
#include "printing.h"
#include "table.h"

namespace tools {

inline std::string json_line(const Json& json) { return to_text(json); }
inline std::string json_line(const jobq::JobStatus& job) { return job_text(job); }
inline std::string json_line(const jobq::RequestRecord& record) { return record_text(record); }
inline std::string json_line(const jobq::DatasourceConfig& config) {
  return to_text(fields_of(config), {{"item", config.item}});
}
inline std::string json_line(const jobq::AcceptedJob& job) {
  std::string line;
  jobq::append_json(line, job);  // the responses of those that it waited for too
  return line;
}
template <class Value>
std::string json_line(const Value& value) {
  return to_text(fields_of(value));
}

// `text` returns whole lines. Returns kOk, for commands that are done then.
template <class Value, class Text>
int show(const ConnectionOptions& common, const Value& value, const Text& text) {
  if (common.json) {
    print_json(json_line(value));
  } else {
    print("{}", text());
  }
  return kOk;
}

template <class Values, class Text>
int show_all(const ConnectionOptions& common, const Values& values, const Text& text) {
  if (!common.json) return show(common, Json(), text);
  for (const auto& value : values) print_json(json_line(value));
  return kOk;
}

inline constexpr std::uint64_t kPageMax = jobq::limits::kListLimitMax;

// Asks for page after page until there are `limit` rows or no more. `ask` is given a cursor and
// how many rows at most, and returns a page; `take` says how many rows it found there. Returns the
// cursor to go on with, 0 at the end.
template <class Cursor, class Ask, class Take>
Cursor each_page(Cursor cursor, std::uint64_t limit, const Ask& ask, const Take& take) {
  do {
    const auto page = ask(cursor, static_cast<unsigned>(std::min(limit, kPageMax)));
    limit -= std::min<std::uint64_t>(limit, take(page));
    cursor = page.cursor;
  } while (cursor != 0 && limit > 0);
  return cursor;
}

inline std::optional<std::uint64_t> not_counted() { return std::nullopt; }

// Prints all rows: with --json page by page, else as one text. Says on standard error when there
// may be more than `limit`, of how many if `count` knows, and with what to go on.
template <class Page, class Row, class Ask, class Text, class Count = decltype(&not_counted)>
int show_pages(const ConnectionOptions& common, std::uint64_t cursor, std::uint64_t limit,
               std::vector<Row> Page::*rows, const Ask& ask, const Text& text,
               const std::string& go_on, const Count& count_all = &not_counted) {
  std::vector<Row> all;
  std::size_t count = 0;
  cursor = each_page(cursor, limit, ask, [&](const Page& page) {
    if (common.json) show_all(common, page.*rows, [] { return ""; });
    if (!common.json) all.insert(all.end(), (page.*rows).begin(), (page.*rows).end());
    count += (page.*rows).size();
    return (page.*rows).size();
  });
  if (!common.json) print("{}", text(all));
  if (cursor != 0) {
    std::fflush(stdout);
    const std::optional<std::uint64_t> total = count_all();
    if (total && *total <= count) return kOk;
    say("jobq: {} shown, oldest first; {}: {} {}, --limit N or --all\n",
        total ? fmt::format("{} of {}", count, *total) : std::to_string(count),
        total ? "for more" : "there may be more", go_on, cursor);
  }
  return kOk;
}

}  // namespace tools

// jobq info, stats: the store itself.
#include <fmt/format.h>

#include "commands.h"
#include "failure.h"
#include "jobq/client.h"
#include "json_fields.h"
#include "table.h"
#include "time_text.h"

namespace tools {
namespace {

// 1234567 -> "1 234 567"
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, " ");
  }
  return digits;
}

int run_info(const ConnectionOptions& common) {
  const jobq::StoreStatus store = jobq::Client(common.connection()).store_status();
  if (common.json) {
    fmt::print("{}\n", to_text(fields_of(store)));
    return kOk;
  }
  Table table({{}, {}});
  const auto add = [&](const char* name, const std::string& text) {
    table.add({{name, Style::kFaint}, {text}});
  };
  add("name", store.name);
  add("version", store.version);
  add("up for", span_text(store.uptime));
  add("time there", rfc3339(store.now));
  add("durability", store.durability);
  for (const std::string& endpoint : store.request_endpoints) add("requests", endpoint);
  for (const std::string& endpoint : store.driver_endpoints) add("drivers", endpoint);
  for (const std::string& endpoint : store.status_endpoints) add("status", endpoint);
  fmt::print("{}", table.render(look_of(stdout)));
  return kOk;
}

int run_stats(const ConnectionOptions& common) {
  const Json stats = fields_of(jobq::Client(common.connection()).store_stats());
  if (common.json) {
    fmt::print("{}\n", to_text(stats));
    return kOk;
  }
  Table table({{}, {.title = {}, .is_number = true}});
  for (const auto& [name, value] : stats.items()) {
    table.add({{name, Style::kFaint}, {grouped(value.get<std::uint64_t>())}});
  }
  fmt::print("{}", table.render(look_of(stdout)));
  return kOk;
}

}  // namespace

void add_info(Program& program) {
  (void)program.add({"info", "Store", "Version, endpoints, durability; needs no token",
                     "  jobq info --endpoint tcp://10.0.0.7:5555 --patience 2s"},
                    [&program] { return run_info(program.common); });
}

void add_stats(Program& program) {
  (void)program.add({"stats", "Store", "Counters since its start; needs an operator's token",
                     "  jobq mint --data DIR --operator --expires 1h |\n"
                     "    jobq stats --token-file -"},
                    [&program] { return run_stats(program.common); });
}

}  // namespace tools

// jobq info, stats, limits: the store itself.
#include "commands.h"
#include "jobq/client.h"
#include "jobq/limits.h"
#include "output.h"

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

struct Info {
  static constexpr Words kWords{"info", "Store", "Version, endpoints, durability; needs no token",
                                "  jobq info --endpoint tcp://10.0.0.7:5555 --patience 2s"};

  int run(const ConnectionOptions& common) const {
    const jobq::StoreStatus store = jobq::Client(common.connection()).store_status();
    return show(common, store, [&] {
      NamedTexts texts;
      texts.add("name", store.name);
      texts.add("version", store.version);
      texts.add("up for", span_text(store.uptime));
      texts.add("time there", rfc3339(store.now));
      texts.add("durability", store.durability);
      for (const std::string& endpoint : store.request_endpoints) texts.add("requests", endpoint);
      for (const std::string& endpoint : store.driver_endpoints) texts.add("drivers", endpoint);
      for (const std::string& endpoint : store.status_endpoints) texts.add("status", endpoint);
      return texts.render(display_of(stdout));
    });
  }
};

struct Stats {
  static constexpr Words kWords{"stats", "Store",
                                "Counters since its start; needs an operator's token",
                                "  jobq mint --data DIR --operator --expires 1h |\n"
                                "    jobq stats --token-file -"};

  int run(const ConnectionOptions& common) const {
    const Json stats = fields_of(jobq::Client(common.connection()).store_stats());
    return show(common, stats, [&] {
      Table table({{}, {.title = {}, .is_number = true}});
      for (const auto& [name, value] : stats.items()) {
        table.add({{name, Style::kFaint}, {grouped(value.get<std::uint64_t>())}});
      }
      return table.render(display_of(stdout));
    });
  }
};

struct Limits {
  static constexpr Words kWords{"limits", "Store",
                                "What the protocol allows, by the names of its schema",
                                "  jobq limits | grep Bytes"};

  int run(const ConnectionOptions& common) const {
    Json limits;
    for (const auto& [name, value] : jobq::kLimits) limits[std::string(name)] = value;
    return show(common, limits, [&] {
      Table table({{}, {.title = {}, .is_number = true}});
      for (const auto& [name, value] : jobq::kLimits) {
        table.add({{std::string(name), Style::kFaint}, {std::to_string(value)}});
      }
      return table.render(display_of(stdout));
    });
  }
};

}  // namespace

void add_info(Program& program) { program.add<Info>(); }
void add_stats(Program& program) { program.add<Stats>(); }
void add_limits(Program& program) { program.add<Limits>(); }

}  // namespace tools

// jobq info, stats, limits: the store itself.
#include "commands.h"
#include "jobq/client.h"
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

int show_numbers(const ConnectionOptions& common, const Json& numbers,
                 std::string (*text_of)(std::uint64_t)) {
  return show(common, numbers, [&] {
    Table table({{}, {.title = {}, .is_number = true}});
    for (const auto& [name, value] : numbers.items()) {
      table.add({{name, Style::kFaint}, {text_of(value.get<std::uint64_t>())}});
    }
    return table.render(look_of(stdout));
  });
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
      return texts.render(look_of(stdout));
    });
  }
};

struct Stats {
  static constexpr Words kWords{"stats", "Store",
                                "Counters since its start; needs an operator's token",
                                "  jobq mint --data DIR --operator --expires 1h |\n"
                                "    jobq stats --token-file -"};

  int run(const ConnectionOptions& common) const {
    return show_numbers(common, fields_of(jobq::Client(common.connection()).store_stats()),
                        grouped);
  }
};

struct Limits {
  static constexpr Words kWords{"limits", "Store",
                                "What the protocol allows, by the names of its schema",
                                "  jobq limits | grep Bytes"};

  int run(const ConnectionOptions& common) const {
    Json limits;
    for (const auto& [name, value] : jobq::kLimits) limits[std::string(name)] = value;
    return show_numbers(common, limits, std::to_string);
  }
};

}  // namespace

void add_info(Program& program) { program.add<Info>(); }
void add_stats(Program& program) { program.add<Stats, Limits>(); }

}  // namespace tools

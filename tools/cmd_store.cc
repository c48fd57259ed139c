// jobq info, ping, stats, limits: the store itself; top: what its datasources and workers do, as it
// goes on.
#include <thread>

#include "job_calls.h"
#include "jobq/admin.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "screen.h"
#include "top_view.h"
#include "utf8.h"

namespace tools {
namespace {

// 1234567 -> "1 234 567"
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ' ');
  }
  return digits;
}

int show_numbers(const ConnectionOptions& common, const Json& numbers,
                 std::string (*text_of)(std::uint64_t)) {
  return show(common, numbers, [&] {
    Table table({{}, {.title = {}, .is_number = true}});
    for (const auto& [name, value] : numbers.items()) {
      if (value.is_number()) {
        table.add({{name, Style::kFaint}, {text_of(value.get<std::uint64_t>())}});
        continue;
      }
      if (value.is_boolean()) {
        table.add({{name, Style::kFaint}, {value.get<bool>() ? "yes" : "no"}});
        continue;
      }
      for (const auto& [part, number] : value.items()) {
        table.add({{fmt::format("{} {}", name, part), Style::kFaint},
                   {text_of(number.get<std::uint64_t>())}});
      }
    }
    return table.render(display_of(stdout));
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
      return texts.render(display_of(stdout));
    });
  }
};

struct Ping {
  static constexpr Words kWords{"ping", "Store",
                                "Does it answer? For health checks; needs no token",
                                "  jobq ping --patience 500ms || echo 'no store, or one that hangs'"
                                "\n\nIf not said otherwise, it waits 2s."};

  int run(const ConnectionOptions& common) const {
    jobq::Connection connection = common.connection();
    connection.patience = common.patience.value_or(std::chrono::seconds(2));
    connection.on_trouble = {};  // one line is enough
    const jobq::StoreStatus store = jobq::Client(connection).store_status();
    return show(common, store, [&] {
      return fmt::format("{} {} answers, up for {}\n", printable(store.name),
                         printable(store.version), span_text(store.uptime));
    });
  }
};

struct Stats {
  static constexpr Words kWords{"stats", "Store",
                                "Counters since its start; needs an operator's token",
                                "  jobq mint --data DIR --operator --expires 1h |\n"
                                "    jobq stats --token-file -"};

  int run(const ConnectionOptions& common) const {
    const jobq::StoreStats stats = jobq::Client(common.connection()).store_stats();
    Json numbers = fields_of(stats);
    numbers["refused"] = Json::object();
    for (const auto& [what, count] : stats.refused) numbers["refused"][what] = count;
    return show_numbers(common, numbers, grouped);
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

struct TopOptions {
  std::string datasource;  // empty: all
  jobq::Span interval = std::chrono::seconds(2);
  bool once = false;
  bool as_driver = false;
};

// Looks at the store again and again.
class Sampler {
 public:
  Sampler(const TopOptions& options, const jobq::Connection& connection)
      : options_(options),
        admin_(silent(connection)),
        driver_(silent(connection)),
        clock_(connection) {}

  Sample look() {
    Sample sample;
    const std::string& datasource = options_.datasource;
    const auto take = [&](auto& calls) {
      sample.datasources = {calls.stats(datasource)};
      try {
        sample.history = calls.history(datasource, {.limit = kMinutesShown});
      } catch (const jobq::Refused&) {
        sample.history.reset();  // a token for some functions only
      }
      sample.workers = calls.workers(datasource);
    };
    if (datasource.empty()) {
      sample.datasources = admin_.stats();
    } else if (options_.as_driver) {
      take(driver_);
    } else {
      take(admin_);
    }
    sample.time = clock_.now();
    return sample;
  }

 private:
  // Standard error is the screen that is painted on.
  static jobq::Connection silent(jobq::Connection connection) {
    connection.on_trouble = {};
    return connection;
  }

  const TopOptions& options_;
  jobq::Admin admin_;
  jobq::Driver driver_;
  StoreClock clock_;
};

[[noreturn]] void run_live(Sampler& sampler, const TopOptions& options) {
  Sample before;
  for (bool is_first = true;; is_first = false) {
    const Display display = display_of(stdout);  // the window may have another size now
    std::string title =
        fmt::format("{}  {}  every {}, end with Ctrl-C",
                    options.datasource.empty() ? "all datasources" : printable(options.datasource),
                    clock_text(system_now(), system_now()), span_text(options.interval));
    std::string text;
    try {
      Sample after = sampler.look();
      text = sample_view(before, after, display, lines_of_screen(display));
      before = std::move(after);
    } catch (const jobq::Unreachable& unreachable) {
      title += fmt::format("  {}", printable(unreachable.what()));
      before = {};
    }
    if (display.is_terminal) {
      if (is_first) clear_screen();
      repaint(title, text, display);
    } else {
      print("{}\n{}\n", title, text);
      if (std::fflush(stdout) != 0) std::exit(kInternal);  // nobody reads any more
    }
    std::this_thread::sleep_for(options.interval);
  }
}

constexpr const char* kTopExample =
    R"(  jobq top --token-file operator.token
  jobq top scan --driver --interval 5s --token-file scan.token
  jobq top --once --interval 10s --json | jq '.datasources[].perSecond'

Needs an operator's token; with a datasource, and --driver, a driver's. Then its functions and
workers are shown too. Rates are per second, between two looks at the counters; a first look has
none, nor has --once with --interval 0.
  READY, DELAYED   jobs that wait: may run now, wait for their time
  DONE/S, ERROR/S  jobs that are complete; attempts that failed, timed out or lost their lease
  OLDEST           how long ago the oldest job that may run was submitted
  MEAN RUN         of all attempts that have ended; those that lost their lease count up to then)";

struct Top : TopOptions {
  static constexpr Words kWords{"top", "Store",
                                "Watch datasources: what waits, what runs, how fast", kTopExample};

  void declare(Options& options) {
    options.datasource("[DSID]", datasource, "Only this datasource; default: all");
    options.span("--interval SPAN", interval, "Between two looks; default: 2s");
    options.flag("--once", once,
                 "Print one table, after one interval; so does --json with one object");
    options.flag("--driver", as_driver, "With a driver's token");
  }

  int run(const ConnectionOptions& common) const {
    if (as_driver && datasource.empty()) {
      throw UsageError("--driver needs a DSID: all datasources are an operator's to see");
    }
    Sampler sampler(*this, common.connection());
    if (!once && !common.json) {
      if (interval < std::chrono::milliseconds(100)) {
        throw UsageError("--interval: at least 100ms, unless --once is given");
      }
      run_live(sampler, *this);
    }
    Sample before;
    if (interval > jobq::Span{}) {
      before = sampler.look();
      std::this_thread::sleep_for(interval);
    }
    const Sample after = sampler.look();
    if (common.json) {
      print_json(to_text(sample_fields(before, after)));
    } else {
      print("{}", sample_view(before, after, display_of(stdout), 0));
    }
    return kOk;
  }
};

}  // namespace

void add_store(Program& program) {
  program.add<Info, Ping, Top>();
  add_history(program, program.add_one<Stats>(program.app));
  program.add<Limits>();
}

}  // namespace tools

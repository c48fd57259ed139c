// jobq code: what jobs name to be run.
#include <fmt/format.h>

#include "code_options.h"
#include "job_calls.h"
#include "job_view.h"
#include "jobq/limits.h"
#include "output.h"
#include "program.h"
#include "show_whole.h"
#include "utf8.h"

namespace tools {
namespace {

struct Add : DatasourceOptions {
  static constexpr Words kWords{
      "add", "Code", "Add a file, print its hash",
      "  jobq code add scan count.py --token-file runs.token\n"
      "  jobq code add scan - --runtime node --token-file runs.token < count.js\n\n"
      "What is there already stays as it is. It is dropped an hour after nothing names it any "
      "more."};

  std::string file;
  std::string runtime;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    const std::string about =
        fmt::format("The code, up to {} bytes; -: standard input", jobq::limits::kCodeBytesMax);
    options.text("FILE", file, about.c_str());
    options.text("--runtime NAME", runtime,
                 "What is to run it; default: python3 of .py, node of .js and .cjs");
  }

  int run(const ConnectionOptions& common) const {
    const auto added = add_code(common.connection(), datasource, file, runtime);
    return show_whole(common, added, added.hash + "\n");
  }
};

struct List : DatasourceOptions {
  static constexpr Words kWords{"list", "Code", "List code, its size, and how many jobs name it",
                                "  jobq code list scan --token-file scan.token\n"
                                "  jobq code list scan --operator --json"};

  bool as_operator = false;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.flag("--operator", as_operator, "With an operator's token");
  }

  int run(const ConnectionOptions& common) const {
    const auto connection = common.connection();
    jobq::CodeClient client(connection);
    std::vector<jobq::CodeStatus> all;
    for (bool is_end = false; !is_end;) {
      const jobq::CodeQuery query{.after = all.empty() ? "" : all.back().hash, .limit = kPageMax};
      auto page =
          as_operator ? client.list_as_operator(datasource, query) : client.list(datasource, query);
      is_end = page.is_end || page.codes.empty();
      std::move(page.codes.begin(), page.codes.end(), std::back_inserter(all));
    }
    return show_all(common, all, [&] {
      const jobq::Time now = StoreClock(connection).now();
      Table table({{"HASH"}, {"RUNTIME"}, {"BYTES", true}, {"JOBS", true}, {"USED"}});
      for (const auto& code : all) {
        table.add({{code.hash, Style::kPlain},
                   {code.runtime, Style::kPlain},
                   {std::to_string(code.bytes), Style::kPlain},
                   {std::to_string(code.uses), Style::kPlain},
                   {moment(code.used_at, now), Style::kPlain}});
      }
      return table.render(display_of(stdout));
    });
  }
};

struct Show : DatasourceOptions {
  static constexpr Words kWords{"show", "Code", "Print code, or what is known of it",
                                "  jobq code show scan HASH --token-file scan.token > count.py\n"
                                "  jobq code show scan HASH --token-file scan.token --json"};

  std::string hash;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.text("HASH", hash, "Its SHA-256");
  }

  int run(const ConnectionOptions& common) const {
    const auto code = jobq::CodeClient(common.connection()).read(datasource, hash);
    const bool is_seen = display_of(stdout).is_terminal;
    return show_whole(common, code.status, is_seen ? lines_of(code.content) : code.content);
  }

  // What a terminal would obey is not for it.
  static std::string lines_of(std::string_view text) {
    std::string lines;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      lines += printable(text.substr(0, end)) + "\n";
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
  }
};

struct Remove : DatasourceOptions {
  static constexpr Words kWords{"remove", "Code", "Remove code that no job names",
                                "  jobq code remove scan HASH --token-file scan.token"};

  std::string hash;
  bool as_operator = false;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.text("HASH", hash, "Its SHA-256");
    options.flag("--operator", as_operator, "With an operator's token instead of a driver's");
  }

  int run(const ConnectionOptions& common) const {
    jobq::CodeClient client(common.connection());
    const auto gone =
        as_operator ? client.remove_as_operator(datasource, hash) : client.remove(datasource, hash);
    return show_whole(common, gone, "removed\n");
  }
};

}  // namespace

void add_code_commands(Program& program) {
  CLI::App* code = program.add_parent({"code", "Jobs", "What jobs name to be run: add, list, show",
                                       "  jobq code add scan count.py --token-file runs.token\n"
                                       "  jobq code list scan --token-file scan.token"},
                                      program.app);
  program.add<Add, List, Show, Remove>(*code);
}

}  // namespace tools

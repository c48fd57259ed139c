// jobq functions: the kinds of jobs that a datasource's drivers have registered.
#include "config_options.h"
#include "job_calls.h"
#include "job_view.h"
#include "jobq/function_client.h"
#include "json_values.h"
#include "output.h"
#include "program.h"
#include "show_whole.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr std::size_t kFileBytesMax = 64U << 20;

// "3 left", "none left until ...".
std::string left_of(const jobq::FunctionStatus& function, jobq::Time now) {
  if (!function.quota) return {};
  if (function.quota->left > 0) return fmt::format("{} left", function.quota->left);
  return function.quota->left_at == jobq::Time{}
             ? "never"
             : fmt::format("none until {}", moment(function.quota->left_at, now));
}

std::string lines_of(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines += printable(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// What a function is for, in one line: without the marks of a heading.
std::string first_line(std::string_view markdown) {
  markdown.remove_prefix(std::min(markdown.find_first_not_of("# \n"), markdown.size()));
  return std::string(markdown.substr(0, markdown.find('\n')));
}

std::string details(const jobq::FunctionStatus& status, jobq::Time now) {
  const jobq::Function& function = status.function;
  NamedTexts texts;
  const auto line = [&](const char* what, const std::string& value) { texts.add(what, value); };
  const auto span = [&](const char* what, jobq::Span value) {
    if (value != jobq::Span{}) line(what, exact_span_text(value));
  };
  line("function", function.name);
  line("version", function.version);
  line("author", function.author);
  line("tags", fmt::format("{}", fmt::join(function.tags, " ")));
  line("priority", function.priority == 0 ? "" : std::to_string(function.priority));
  line("cost", std::to_string(status.cost));
  line("quota", left_of(status, now));
  for (const jobq::Rate& rate : status.quota ? status.quota->rates : std::vector<jobq::Rate>()) {
    line("rate", fmt::format("{} of {} used in {}", rate.used, rate.count, span_text(rate.per)));
  }
  span("keep for", function.terms.keep_for);
  span("keep failed for", function.terms.keep_failed_for);
  span("keep cancelled for", function.terms.keep_cancelled_for);
  span("keep forbidden for", function.terms.keep_forbidden_for);
  span("valid for", function.terms.valid_for);
  span("timeout", function.terms.timeout);
  line("labels", fmt::format("{}", fmt::join(function.terms.labels, " ")));
  for (const jobq::FunctionCall& call : function.calls) {
    line("calls", call.method.empty() ? call.path : call.method + " " + call.path);
  }
  line("admission", function.admission);
  line("code", function.code);
  line("method", function.method);
  for (const jobq::IndexedField& field : function.indexed) {
    line("indexed", fmt::format("{} of {}{}", field.name, field.pointer,
                                field.is_required ? ", required" : ""));
  }
  line("request", function.request_schema);
  line("response", function.response_schema);
  line("registered", moment(status.registered_at, now));
  line("changed", moment(status.changed_at, now));
  std::string text = texts.render(display_of(stdout));
  if (!function.documentation.empty()) text += "\n" + lines_of(function.documentation);
  return text;
}

struct FunctionsOf : DatasourceOptions {
  bool as_driver = false;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.flag("--driver", as_driver, "With a driver's token: all that are registered");
  }

  // All pages that match.
  [[nodiscard]] std::vector<jobq::FunctionStatus> ask(const jobq::Connection& connection,
                                                      jobq::FunctionQuery query) const {
    jobq::FunctionClient client(connection);
    std::vector<jobq::FunctionStatus> all;
    do {
      auto page = as_driver ? client.registered(datasource, query) : client.list(datasource, query);
      query.cursor = page.cursor;
      std::move(page.functions.begin(), page.functions.end(), std::back_inserter(all));
    } while (!query.cursor.empty());
    return all;
  }
};

struct List : FunctionsOf {
  static constexpr Words kWords{
      "list", "Functions", "List functions that may be submitted, and what is left of the quota",
      "  jobq functions list scan\n"
      "  jobq functions list scan --name 'ocr*' --sort changed-down\n"
      "  jobq functions list scan --driver --tag text --token-file scan.token"};

  jobq::FunctionQuery query;
  std::optional<jobq::FunctionOrder> order;

  void declare(Options& options) {
    FunctionsOf::declare(options);
    options.text("--name PATTERN", query.name,
                 "Only those; * stands for any text, ? for one character");
    options.text("--tag NAME", query.tag, "Only those with the tag");
    options.choice("--sort ORDER", order,
                   "name, name-down, changed or changed-down; default: name");
  }

  int run(const ConnectionOptions& common) {
    const auto connection = common.connection();
    query.order = order.value_or(jobq::FunctionOrder::kName);
    query.limit = kPageMax;
    query.is_whole = !common.json;  // for the lines of the table
    const auto all = ask(connection, query);
    return show_all(common, all, [&] {
      const jobq::Time now = StoreClock(connection).now();
      Table table({{"NAME", false, 0, Narrow::kMiddle},
                   {"VERSION", false, 3},
                   {"COST", true, 2},
                   {"QUOTA", false, 1},
                   {"CHANGED"},
                   {"AUTHOR", false, 4},
                   {"TAGS", false, 5, Narrow::kEnd},
                   {"DOCUMENTATION", false, 6, Narrow::kEnd}});
      for (const auto& one : all) {
        const bool is_used_up = one.quota && one.quota->left == 0;
        table.add({{one.function.name, Style::kPlain},
                   {one.function.version, Style::kPlain},
                   {std::to_string(one.cost), Style::kPlain},
                   {left_of(one, now), is_used_up ? Style::kBusy : Style::kPlain},
                   {moment(one.changed_at, now), Style::kPlain},
                   {one.function.author, Style::kPlain},
                   {fmt::format("{}", fmt::join(one.function.tags, " ")), Style::kFaint},
                   {first_line(one.function.documentation), Style::kPlain}});
      }
      return table.render(display_of(stdout));
    });
  }
};

struct Show : FunctionsOf {
  static constexpr Words kWords{"show", "Functions", "Show all that there is of a function",
                                "  jobq functions show scan ocr"};

  std::string name;

  void declare(Options& options) {
    FunctionsOf::declare(options);
    options.text("NAME", name, "The function");
  }

  int run(const ConnectionOptions& common) const {
    const auto connection = common.connection();
    for (const auto& one : ask(connection, {.name = name, .is_whole = true})) {
      if (one.function.name != name) continue;  // it was a pattern
      return show_whole(common, one, details(one, StoreClock(connection).now()));
    }
    throw jobq::Refused(404, "function: unknown");
  }
};

// What `jobq functions export` prints, or an object, or a list of them.
std::vector<jobq::Function> functions_of(const std::string& text) {
  std::vector<jobq::Function> functions;
  const auto add = [&](std::string_view json, const std::string& where) {
    try {
      jobq::read_json(json, functions.emplace_back(), {.is_zero_by_default = true});
    } catch (const jobq::WrongField& error) {
      throw UsageError(printable(where + error.what()));
    }
  };
  const std::string whole(trimmed(text));
  if (!jobq::json_problem(whole)) {
    const auto items = jobq::items_of(whole);
    if (!items) add(whole, "");
    for (std::size_t i = 0; items && i < items->size(); ++i) {
      add((*items)[i], fmt::format("function {}: ", i + 1));
    }
    return functions;
  }
  std::size_t number = 0;
  for (std::string_view rest = whole; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.empty()) continue;
    add(checked_json(fmt::format("line {}", number), line), fmt::format("line {}: ", number));
  }
  return functions;
}

struct Register : DatasourceOptions {
  static constexpr Words kWords{
      "register", "Functions", "Register functions of a file, or replace those of their names",
      "  jobq functions register scan ocr.json --token-file scan.token\n"
      "  jobq functions export scan --token-file scan.token | jobq functions register copy -\n\n"
      "The file has a function, a list of them, or one on each line, as JSON with the fields that\n"
      "docs/functions.md names. Nothing is registered when one of them cannot be read; what the\n"
      "store refuses ends it there."};

  std::string file;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.text("FILE", file, "File with the functions; -: standard input");
  }

  int run(const ConnectionOptions& common) const {
    const auto functions = functions_of(read_input(file, kFileBytesMax));
    jobq::FunctionClient client(common.connection());
    for (const jobq::Function& function : functions) {
      const auto status = client.put(datasource, function);
      const std::string& version = status.function.version;
      show_whole(common, status,
                 fmt::format("{}{}\n", status.function.name,
                             version.empty() ? "" : " " + printable(version)));
    }
    return kOk;
  }
};

struct Remove : DatasourceOptions {
  static constexpr Words kWords{"remove", "Functions", "Remove a function; its jobs stay",
                                "  jobq functions remove scan ocr --token-file scan.token"};

  std::string name;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.text("NAME", name, "The function");
  }

  int run(const ConnectionOptions& common) const {
    return show_whole(common, jobq::FunctionClient(common.connection()).remove(datasource, name),
                      "removed\n");
  }
};

struct Export : DatasourceOptions {
  static constexpr Words kWords{
      "export", "Functions", "Print all functions as lines of JSON, as `register` reads them",
      "  jobq functions export scan --token-file scan.token > functions.jsonl"};

  int run(const ConnectionOptions& common) const {
    FunctionsOf all;
    all.datasource = datasource;
    all.as_driver = true;
    for (const auto& one : all.ask(common.connection(), {.limit = kPageMax, .is_whole = true})) {
      print_whole(one.function);
    }
    return kOk;
  }
};

}  // namespace

void add_functions(Program& program) {
  CLI::App* functions = program.add_parent(
      {"functions", "Jobs", "What a datasource can do: list, show, register functions",
       "  jobq functions list scan\n"
       "  jobq functions show scan ocr\n"
       "  jobq functions register scan ocr.json --token-file scan.token"},
      program.app);
  program.add<List, Show, Register, Remove, Export>(*functions);
}

}  // namespace tools

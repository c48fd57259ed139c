#include "code_options.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "connection_options.h"
#include "json_text.h"
#include "printing.h"
#include "utf8.h"

namespace tools {
namespace {

bool is_hash(const std::string& text) {
  return text.size() == jobq::hash_of_code({}).size() &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string runtime_of(const std::string& file, const std::string& runtime) {
  if (!runtime.empty()) return runtime;
  static const std::map<std::string, std::string> kOf = {
      {".py", "python3"}, {".js", "node"}, {".cjs", "node"}};
  const auto found = kOf.find(std::filesystem::path(file).extension());
  if (found == kOf.end()) {
    throw UsageError("--runtime is needed: what is to run " + printable(file) +
                     ", such as python3 or node");
  }
  return found->second;
}

jobq::CodeStatus add_code(const jobq::Connection& connection, const std::string& datasource,
                          const std::string& file, const std::string& runtime) {
  return jobq::CodeClient(connection)
      .add(datasource, runtime_of(file, runtime), read_input(file, jobq::limits::kCodeBytesMax));
}

void CodeOptions::declare(Options& options) {
  options.text("--code HASH|FILE", code,
               "Code that it is to run, by its hash, or a file that is added first (jobq code)");
  options.text("--runtime NAME", runtime, "What is to run that file, where its name does not tell");
  options.text("--method NAME", method, "What of the code is called; default: main");
  options.text("--args JSON", args, "With these arguments, a list");
  options.text("--kwargs JSON", kwargs, "And with these by name, an object");
}

void CodeOptions::require_code() const {
  if (is_said()) return;
  for (const auto& [option, text] : {std::pair("--runtime", &runtime),
                                     {"--method", &method},
                                     {"--args", &args},
                                     {"--kwargs", &kwargs}}) {
    if (!text->empty()) throw UsageError(std::string(option) + " goes with --code");
  }
}

std::string CodeOptions::request() const {
  std::string fields;
  for (const auto& [name, text] : {std::pair("args", &args), {"kwargs", &kwargs}}) {
    if (text->empty()) continue;
    fields += std::string(fields.empty() ? "" : ",") + "\"" + name +
              "\":" + checked_json(std::string("--") + name, *text);
  }
  return "{" + fields + "}";
}

std::string CodeOptions::hash(const jobq::Connection& connection,
                              const std::string& datasource) const {
  return is_hash(code) ? code : add_code(connection, datasource, code, runtime).hash;
}

}  // namespace tools

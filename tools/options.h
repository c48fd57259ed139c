// The options of a command, one line each: how they are written, where their values go, what they
// mean. All commands read numbers, spans, times and words here, so that they say the same of them.
//
// `spec` is an option with what it takes, "--client NAME", a word that must be there, "DSID", or
// one that may, "[JOB]". Values are checked while the command line is read.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "failure.h"
#include "job_terms.h"
#include "jobq/types.h"
#include "time_text.h"

namespace CLI {  // NOLINT: of CLI11
class App;
class Option;
}  // namespace CLI

namespace tools {

inline constexpr jobq::Span kForEver = std::chrono::hours(24 * 3650);

// The one of `choices` that the text names. Throws UsageError that names `option`.
template <jobq::Named Enum>
Enum enum_of_option(const std::string& option, const std::string& text,
                    const std::vector<Enum>& choices) {
  std::string words;
  for (const Enum choice : choices) {
    if (text == to_string(choice)) return choice;
    words += (words.empty() ? "" : ", ") + std::string(to_string(choice));
  }
  throw UsageError(option + ": '" + text + "' is none of " + words);
}

template <jobq::Named Enum>
std::vector<Enum> all_of() {
  std::vector<Enum> all;
  for (const std::string_view name : jobq::kNames<Enum>)
    all.push_back(*jobq::find_named<Enum>(name));
  return all;
}

class Options {
 public:
  using Take = std::function<void(const std::string&)>;

  explicit Options(CLI::App& app) : app_(app) {}
  [[nodiscard]] CLI::App& app() { return app_; }

  // Some that the help shows apart, of which one may be given, or must be.
  [[nodiscard]] Options one_of(const char* about, bool is_needed);
  static void require(CLI::Option* option);
  static void exclude(CLI::Option* one, CLI::Option* other);
  static void need(CLI::Option* one, CLI::Option* other);
  // Taken from JOBQ_<OPTION> when the command line does not say it; its description says so. Said
  // twice, the last counts: an alias may say it too.
  static CLI::Option* or_environment(CLI::Option* option);

  CLI::Option* flag(const char* name, bool& value, const char* about);
  CLI::Option* flag(const char* name, const char* about, std::function<void()> given);
  // Of std::string, or an optional one.
  template <class Text>
  CLI::Option* text(const std::string& spec, Text& value, const char* about);
  // Ids that become parts of paths: what is none would ask for another operation, or allow one.
  CLI::Option* datasource(const std::string& spec, std::string& value, const char* about);
  CLI::Option* job(const std::string& spec, std::string& value, const char* about);
  // All words that are left.
  CLI::Option* jobs(const char* name, std::vector<std::string>& values, const char* about);
  // May be repeated.
  CLI::Option* texts(const std::string& spec, std::vector<std::string>& values, const char* about);
  // All words that are left.
  CLI::Option* rest(const char* name, std::vector<std::string>& values, const char* about);
  // May be repeated, or parted by commas.
  CLI::Option* names(const std::string& spec, std::vector<std::string>& values, const char* about);
  CLI::Option* number(const std::string& spec, unsigned& value, const char* about,
                      const NumberLimits& limits = {0, UINT32_MAX});
  // From 0 to 1.
  CLI::Option* share(const std::string& spec, std::optional<double>& value, const char* about);
  CLI::Option* number(const std::string& spec, std::uint64_t& value, const char* about);
  CLI::Option* number(const std::string& spec, std::optional<std::uint64_t>& value,
                      const char* about);
  // From 1 on.
  CLI::Option* count(const std::string& spec, std::uint64_t& value, const char* about);
  CLI::Option* span(const std::string& spec, jobq::Span& value, const char* about,
                    const SpanLimits& limits = {});
  // "--wait": for ever; "--wait=60s" or "--wait 60s".
  CLI::Option* wait(const char* name, std::optional<jobq::Span>& value, const char* about);
  template <class Enum>
  CLI::Option* choice(const std::string& spec, std::optional<Enum>& value, const char* about) {
    return this->value(spec, about, [&value, name = name_of(spec)](const std::string& text) {
      value = enum_of_option(name, text, all_of<Enum>());
    });
  }
  // May be repeated, or parted by commas.
  template <class Enum>
  CLI::Option* choices(const std::string& spec, std::vector<Enum>& values, const char* about,
                       const std::vector<Enum>& all = all_of<Enum>()) {
    return names(spec, about, [&values, all, name = name_of(spec)](const std::string& text) {
      values.push_back(enum_of_option(name, text, all));
    });
  }

  // What `take` makes of the text, of each text; it may throw UsageError.
  CLI::Option* value(const std::string& spec, const char* about, const Take& take);
  CLI::Option* each(const std::string& spec, const char* about, Take take);
  CLI::Option* names(const std::string& spec, const char* about, Take take);

  // "--client" of "--client NAME".
  [[nodiscard]] static std::string name_of(const std::string& spec);

 private:
  template <class Value>
  CLI::Option* add(const std::string& spec, Value& value, const char* about);

  CLI::App& app_;
};

}  // namespace tools

#include "options.h"

#include <CLI/CLI.hpp>

#include "operations.h"
#include "text_rules.h"

namespace tools {
namespace {

constexpr const char* kGiven = "true";  // the library's value of a flag without one

// In scripts an empty value is a variable that is not set, and not the wish to go without.
CLI::Validator not_empty() {
  return {[](const std::string& text) { return text.empty() ? "must not be empty" : ""; }, {}};
}

CLI::Option* typed(CLI::Option* option, const std::string& spec) {
  const std::size_t space = spec.find(' ');
  if (space != std::string::npos) option->type_name(spec.substr(space + 1));
  const bool is_word = !spec.starts_with('-');
  return option->required(is_word && !spec.starts_with('['))->check(not_empty());
}

// What an option's number must be, in words that say so.
CLI::Validator positive() {
  return {[](const std::string& text) {
            const bool is_one = jobq::parse_number(text, UINT64_MAX).value_or(0) > 0;
            return is_one ? std::string() : "'" + text + "' is no number from 1 on";
          },
          {}};
}

CLI::Validator from_none_to_all() {
  return {[](const std::string& text) {
            const double share = parse_decimal(text).value_or(-1);
            const bool is_one = share >= 0 && share <= 1;
            return is_one ? std::string() : "'" + text + "' is no decimal number from 0 to 1";
          },
          {}};
}

CLI::Validator decimal() { return {jobq::wrong_with_number, {}}; }

CLI::Validator fit_by(std::string (*wrong_with)(std::string_view, std::size_t)) {
  return {[=](const std::string& id) {
            const std::string wrong = wrong_with(id, jobq::limits::kIdBytesMax);
            return wrong.empty() ? wrong : "'" + id + "' " + wrong;
          },
          {}};
}

}  // namespace

std::string Options::name_of(const std::string& spec) {
  const std::size_t start = spec.starts_with('[') ? 1 : 0;
  return spec.substr(start, spec.find_first_of(" ]") - start);
}

template <class Value>
CLI::Option* Options::add(const std::string& spec, Value& value, const char* about) {
  return typed(app_.add_option(name_of(spec), value, about), spec);
}

Options Options::one_of(const char* about, bool is_needed) {
  CLI::App* group = app_.add_option_group(about, about);
  group->require_option(is_needed ? 1 : 0, 1);
  return Options(*group);
}

void Options::require(CLI::Option* option) { option->required(); }
void Options::exclude(CLI::Option* one, CLI::Option* other) { one->excludes(other); }
void Options::need(CLI::Option* one, CLI::Option* other) { one->needs(other); }

CLI::Option* Options::or_environment(CLI::Option* option) {
  std::string name = "JOBQ_" + option->get_lnames().front();
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  option->description(option->get_description() + ". Environment: " + name);
  return option->envname(name)->take_last();
}

CLI::Option* Options::flag(const char* name, bool& value, const char* about) {
  return app_.add_flag(name, value, about);
}

CLI::Option* Options::flag(const char* name, const char* about, std::function<void()> given) {
  return app_.add_flag_callback(name, std::move(given), about);
}

template <class Text>
CLI::Option* Options::text(const std::string& spec, Text& value, const char* about) {
  return add(spec, value, about);
}
template CLI::Option* Options::text(const std::string&, std::string&, const char*);
template CLI::Option* Options::text(const std::string&, std::optional<std::string>&, const char*);

CLI::Option* Options::datasource(const std::string& spec, std::string& value, const char* about) {
  return text(spec, value, about)->check(fit_by(jobq::wrong_with_datasource_id));
}

CLI::Option* Options::job(const std::string& spec, std::string& value, const char* about) {
  return text(spec, value, about)->check(fit_by(jobq::wrong_with_job_id));
}

CLI::Option* Options::jobs(const char* name, std::vector<std::string>& values, const char* about) {
  return rest(name, values, about)->check(fit_by(jobq::wrong_with_job_id));
}

CLI::Option* Options::texts(const std::string& spec, std::vector<std::string>& values,
                            const char* about) {
  return add(spec, values, about)->allow_extra_args(false);
}

CLI::Option* Options::rest(const char* name, std::vector<std::string>& values, const char* about) {
  return app_.add_option(name, values, about);
}

CLI::Option* Options::names(const std::string& spec, std::vector<std::string>& values,
                            const char* about) {
  return texts(spec, values, about)->delimiter(',');
}

CLI::Option* Options::number(const std::string& spec, unsigned& value, const char* about,
                             const NumberLimits& limits) {
  return add(spec, value, about)->check(CLI::Range(limits.min, limits.max))->check(decimal());
}

CLI::Option* Options::share(const std::string& spec, std::optional<double>& value,
                            const char* about) {
  return add(spec, value, about)->check(from_none_to_all());
}

CLI::Option* Options::number(const std::string& spec, std::uint64_t& value, const char* about) {
  return add(spec, value, about)->check(decimal());
}

CLI::Option* Options::number(const std::string& spec, std::optional<std::uint64_t>& value,
                             const char* about) {
  return add(spec, value, about)->check(decimal());
}

CLI::Option* Options::count(const std::string& spec, std::uint64_t& value, const char* about) {
  return add(spec, value, about)->check(positive());
}

CLI::Option* Options::span(const std::string& spec, jobq::Span& value, const char* about,
                           const SpanLimits& limits) {
  return this->value(spec, about, [&value, limits, name = name_of(spec)](const std::string& text) {
    value = span_of_option(name, text, limits);
  });
}

CLI::Option* Options::wait(const char* name, std::optional<jobq::Span>& value, const char* about) {
  const auto take = [&value, name](const CLI::results_t& texts) {
    value = texts.front() == kGiven ? kForEver : span_of_option(name, texts.front());
    return true;
  };
  return app_.add_option(name, CLI::callback_t(take), about)->type_name("[=SPAN]")->expected(0);
}

CLI::Option* Options::value(const std::string& spec, const char* about, const Take& take) {
  return typed(app_.add_option_function<std::string>(name_of(spec), take, about), spec);
}

CLI::Option* Options::each(const std::string& spec, const char* about, Take take) {
  const auto each = [take = std::move(take)](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) take(text);
  };
  auto* option = app_.add_option_function<std::vector<std::string>>(name_of(spec), each, about);
  return typed(option, spec)->allow_extra_args(false);
}

CLI::Option* Options::names(const std::string& spec, const char* about, Take take) {
  return each(spec, about, std::move(take))->delimiter(',');
}

}  // namespace tools

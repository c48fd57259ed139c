// How help looks: what an option takes is one word, and descriptions are wrapped.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace tools {

// Breaks lines at spaces so that none is longer than `columns`, unless it is one word.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns);

// What an option's number must be, in words that say so.
[[nodiscard]] CLI::Validator positive();

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kColumn); }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0 || option->get_positional()) return {};
    const std::string& type = option->get_type_name();
    const bool may_be_left_out = type.starts_with('[');                    // "--wait[=SPAN]"
    return (may_be_left_out ? "" : " ") + type.substr(0, type.find(':'));  // before what is checked
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option->get_description(), kLine - kColumn);
  }

 private:
  static constexpr std::size_t kColumn = 30;
  static constexpr std::size_t kLine = 100;
};

}  // namespace tools

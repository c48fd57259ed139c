// Where words leave this program; what stays in its place on a terminal does in screen.h. Nothing
// else writes, so that no text of others reaches a terminal that would obey it.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace tools {

// Writes to standard error. What cannot be written is lost, and nothing else happens: whoever reads
// no more is no reason to leave a job.
void say_text(std::string_view text);

template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  say_text(fmt::format(format, std::forward<Args>(args)...));
}

// Prints to standard output.
void print_text(std::string_view text);

template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  print_text(fmt::format(format, std::forward<Args>(args)...));
}

// Prints a JSON text and a newline. On a terminal, what that would obey is escaped; elsewhere each
// byte is as it was.
void print_json(const std::string& json);

}  // namespace tools

#include "printing.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "utf8.h"

namespace tools {

void say_text(std::string_view words) {
  const std::string lines = printable_lines(words);
  std::string_view text = lines;
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void print_text(std::string_view text) { fmt::print("{}", printable_lines(text)); }

void print_json(const std::string& json) {
  const bool is_seen = ::isatty(STDOUT_FILENO) != 0;
  fmt::print("{}\n", is_seen ? printable_json(json) : json);
}

}  // namespace tools

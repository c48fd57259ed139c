#include "help_format.h"

namespace tools {

std::string wrapped(std::string_view text, std::size_t columns) {
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (used > 0) {
      const bool fits = used + 1 + word.size() <= columns;
      out += fits ? ' ' : '\n';
      used = fits ? used + 1 : 0;
    }
    out += word;
    used += word.size();
  }
  return out;
}

CLI::Validator positive() {
  return {[](const std::string& text) {
            const bool is_number =
                !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
            const bool is_zero = text.find_first_not_of('0') == std::string::npos;
            return is_number && !is_zero ? std::string() : "'" + text + "' is no number from 1 on";
          },
          {}};
}

}  // namespace tools

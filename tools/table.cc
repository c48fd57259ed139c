#include "table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "utf8.h"

namespace tools {
namespace {

constexpr std::size_t kGap = 2;
// A last column narrower than this is left to wrap: cut to a few letters it says nothing.
constexpr std::size_t kCutWidthMin = 8;

const char* colour_of(Style style) {
  switch (style) {
    case Style::kPlain: return "";
    case Style::kGood: return "\033[32m";
    case Style::kBad: return "\033[31m";
    case Style::kBusy: return "\033[33m";
    case Style::kFaint: return "\033[2m";
  }
  return "";
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

Look look_of(std::FILE* file) {
  const int fd = ::fileno(file);
  if (::isatty(fd) == 0) return {};
  Look look{.is_terminal = true};
  const char* terminal = std::getenv("TERM");
  look.has_colours =
      !is_set("NO_COLOR") && terminal != nullptr && std::string_view(terminal) != "dumb";
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0) {
    look.width = size.ws_col;
    look.height = size.ws_row;
  }
  return look;
}

std::string styled(const std::string& text, Style style, const Look& look) {
  if (!look.has_colours || style == Style::kPlain) return text;
  return colour_of(style) + text + "\033[0m";
}

void Table::add(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = printable(cell.text);
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::render(const Look& look) const {
  std::vector<std::vector<Cell>> lines;
  const bool has_header = std::any_of(columns_.begin(), columns_.end(),
                                      [](const Column& column) { return !column.title.empty(); });
  if (has_header) {
    lines.emplace_back();
    for (const Column& column : columns_) lines.back().push_back({column.title, Style::kFaint});
  }
  lines.insert(lines.end(), rows_.begin(), rows_.end());

  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(line[i].text));
    }
  }
  std::size_t last_at = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) last_at += widths[i] + kGap;
  const std::size_t last_max = look.width > last_at ? look.width - last_at : 0;

  std::string out;
  for (const auto& line : lines) {
    std::size_t pending = 0;  // spaces, written when something follows
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool may_be_cut = i + 1 == line.size() && last_max >= kCutWidthMin;
      const std::string text = shortened(line[i].text, may_be_cut ? last_max : 0);
      const std::size_t fill = widths[i] - std::min(widths[i], width_of(text));
      if (columns_[i].is_number) pending += fill;
      if (!text.empty()) {
        out.append(pending, ' ');
        pending = 0;
        out += styled(text, line[i].style, look);
      }
      pending += kGap + (columns_[i].is_number ? 0 : fill);
    }
    out += '\n';
  }
  return out;
}

}  // namespace tools

#include "table.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "utf8.h"

namespace tools {
namespace {

constexpr std::size_t kGap = 2;
// Cut to fewer columns a text says nothing.
constexpr std::size_t kTextWidthMin = 10;
// As much of a text is worth more than the middle of a name.
constexpr std::size_t kTextWidthGood = 30;

// In the order of Style.
constexpr const char* kColours[] = {"", "\033[32m", "\033[31m", "\033[33m", "\033[2m"};

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

Display display_of(std::FILE* file) {
  const int fd = ::fileno(file);
  if (::isatty(fd) == 0) return {};
  Display display{.is_terminal = true};
  const char* terminal = std::getenv("TERM");
  display.has_colours =
      !is_set("NO_COLOR") && terminal != nullptr && std::string_view(terminal) != "dumb";
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0) {
    display.width = size.ws_col;
    display.height = size.ws_row;
  }
  return display;
}

std::string styled(const std::string& text, Style style, const Display& display) {
  if (!display.has_colours || style == Style::kPlain) return text;
  return kColours[static_cast<std::size_t>(style)] + text + "\033[0m";
}

void Table::set_columns(std::vector<Column> columns) {
  columns_ = std::move(columns);
  if (columns_.back().narrow == Narrow::kNever) columns_.back().narrow = Narrow::kEnd;
}

void Table::add_fields(std::vector<Field> fields) {
  std::vector<Column> columns;
  std::vector<Cell> cells;
  for (Field& field : fields) {
    columns.push_back(std::move(field.column));
    cells.push_back(std::move(field.cell));
  }
  if (columns_.empty()) set_columns(std::move(columns));
  add(std::move(cells));
}

void Table::add(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = printable(cell.text);
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::optional<std::size_t>> Table::widths_of(const std::vector<Line>& lines,
                                                         std::size_t width) const {
  const std::size_t count = columns_.size();
  std::vector<std::size_t> natural(count, 0);
  std::vector<std::optional<std::size_t>> widths(count);
  std::size_t total = 0;  // with a gap after each column
  for (std::size_t i = 0; i < count; ++i) {
    const Column& column = columns_[i];
    std::vector<std::string_view> texts;
    for (const Line& line : lines) texts.push_back(line[i].text);
    for (const std::string_view text : texts) natural[i] = std::max(natural[i], width_of(text));
    const bool is_empty = std::all_of(rows_.begin(), rows_.end(),
                                      [&](const Line& row) { return row[i].text.empty(); });
    if (is_empty && column.rank > 0 && !rows_.empty()) continue;
    widths[i] = natural[i];
    if (width > 0 && column.narrow != Narrow::kNever) {
      const std::size_t title = width_of(column.title);
      const std::size_t least = column.narrow == Narrow::kMiddle
                                    ? width_apart(texts, std::max(title, kNameWidthMin))
                                    : std::max(title, kTextWidthMin);
      widths[i] = std::min(natural[i], least);
    }
    total += *widths[i] + kGap;
  }
  if (width == 0) return widths;
  while (total > width + kGap) {
    std::optional<std::size_t> worst;
    for (std::size_t i = 0; i < count; ++i) {
      if (widths[i] && columns_[i].rank > (worst ? columns_[*worst].rank : 0)) worst = i;
    }
    if (!worst) return widths;
    total -= *widths[*worst] + kGap;
    widths[*worst].reset();
  }
  std::size_t spare = width + kGap - total;
  const auto widen = [&](Narrow narrow, std::size_t most) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!widths[i] || columns_[i].narrow != narrow) continue;
      const std::size_t goal = std::max(*widths[i], std::min(natural[i], most));
      const std::size_t more = std::min(spare, goal - *widths[i]);
      *widths[i] += more;
      spare -= more;
    }
  };
  widen(Narrow::kEnd, kTextWidthGood);
  widen(Narrow::kMiddle, width);
  widen(Narrow::kEnd, width);
  return widths;
}

std::string Table::render(const Display& display, std::size_t lines_max) const {
  std::vector<Line> lines;
  if (std::any_of(columns_.begin(), columns_.end(),
                  [](const Column& column) { return !column.title.empty(); })) {
    lines.emplace_back();
    for (const Column& column : columns_) lines.back().push_back({column.title, Style::kFaint});
  }
  std::size_t shown = rows_.size();
  if (lines_max > 0 && lines.size() + shown > lines_max) {
    shown = lines_max - std::min(lines_max, lines.size() + 1);
  }
  lines.insert(lines.end(), rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(shown));
  const auto widths = widths_of(lines, display.width);

  std::string out;
  for (const Line& line : lines) {
    std::size_t pending = 0;  // spaces, written when something follows
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (!widths[i]) continue;
      std::string text = columns_[i].narrow == Narrow::kMiddle
                             ? shortened_middle(line[i].text, *widths[i])
                             : shortened(line[i].text, *widths[i]);
      if (text.empty() && !columns_[i].title.empty() && i + 1 < line.size()) text.assign(1, '-');
      const std::size_t fill = *widths[i] - std::min(*widths[i], width_of(text));
      if (columns_[i].is_number) pending += fill;
      if (!text.empty()) {
        out.append(pending, ' ');
        pending = 0;
        out += styled(text, line[i].style, display);
      }
      pending += kGap + (columns_[i].is_number ? 0 : fill);
    }
    out += '\n';
  }
  if (shown < rows_.size()) out += fmt::format("... and {} more\n", rows_.size() - shown);
  return out;
}

}  // namespace tools

// Tables of text: aligned columns, a header, colours where the reader can see them.
#pragma once

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace tools {

enum class Style { kPlain, kGood, kBad, kBusy, kFaint };

struct Cell {
  std::string text;
  Style style = Style::kPlain;
};

// How a column gives way on a terminal that is too narrow for all.
enum class Narrow {
  kNever,
  kMiddle,  // names: cut in the middle as far as they still differ
  kEnd,     // texts: cut at the end; so is the last column if it says nothing else
};

struct Column {
  std::string title;
  bool is_number = false;  // aligned to the right
  // Columns with the greatest are left out first; 0: never, also if it is empty.
  int rank = 0;
  Narrow narrow = Narrow::kNever;
};

// What the output can show.
struct Display {
  bool is_terminal = false;
  bool has_colours = false;
  std::size_t width = 0;   // columns of the terminal; 0: not known, nothing is cut
  std::size_t height = 0;  // lines of it; 0: not known
};

// Colours need a terminal, and neither NO_COLOR nor TERM=dumb in the environment.
[[nodiscard]] Display display_of(std::FILE* file);

// A cell and what its column is, so that a table says each in one place.
struct Field {
  Column column;
  Cell cell;
};

class Table {
 public:
  // Of rows of fields; without a row nothing is shown.
  Table() = default;
  // Without a header line when no column has a title. REQUIRES: there are columns.
  explicit Table(std::vector<Column> columns) { set_columns(std::move(columns)); }

  // Texts are made printable. Missing cells at the end are empty; REQUIRES: not more than columns.
  void add(std::vector<Cell> cells);
  // The same; each row has fields of the same columns.
  void add_fields(std::vector<Field> fields);

  // Lines, each with its newline, without spaces at their ends; empty cells are "-". Within the
  // width of a terminal as far as the columns allow. `lines_max`: of all that is returned, 0: any
  // number; the last one says how many rows are missing.
  [[nodiscard]] std::string render(const Display& display, std::size_t lines_max = 0) const;

 private:
  using Line = std::vector<Cell>;

  void set_columns(std::vector<Column> columns);

  // Of each column; none: it is left out.
  std::vector<std::optional<std::size_t>> widths_of(const std::vector<Line>& lines,
                                                    std::size_t width) const;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// Rows of two columns: what it is, and the text; none for an empty text.
class NamedTexts {
 public:
  void add(const std::string& name, const std::string& text, Style style = Style::kPlain) {
    if (!text.empty()) table_.add({{name, Style::kFaint}, {text, style}});
  }
  // Only tables of several columns are cut to a terminal, and an error is worth several lines.
  [[nodiscard]] std::string render(const Display& display) const {
    return table_.render({.has_colours = display.has_colours});
  }

 private:
  Table table_{{{}, {}}};
};

// The text with its colour, if the display has any.
[[nodiscard]] std::string styled(const std::string& text, Style style, const Display& display);

}  // namespace tools

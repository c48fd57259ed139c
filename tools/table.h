// Tables of text: aligned columns, a header, colours where the reader can see them.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace tools {

enum class Style { kPlain, kGood, kBad, kBusy, kFaint };

struct Cell {
  std::string text;
  Style style = Style::kPlain;
};

struct Column {
  std::string title;
  bool is_number = false;  // aligned to the right
};

// What the output can show.
struct Look {
  bool is_terminal = false;
  bool has_colours = false;
  std::size_t width = 0;   // columns of the terminal; 0: not known, nothing is cut
  std::size_t height = 0;  // lines of it; 0: not known
};

// Colours need a terminal, and neither NO_COLOR nor TERM=dumb in the environment.
[[nodiscard]] Look look_of(std::FILE* file);

class Table {
 public:
  // Without a header line when no column has a title.
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Texts are made printable. Missing cells at the end are empty; REQUIRES: not more than columns.
  void add(std::vector<Cell> cells);

  [[nodiscard]] bool is_empty() const { return rows_.empty(); }

  // Lines, each with its newline, without spaces at their ends. The last column is cut to the
  // width of a terminal.
  [[nodiscard]] std::string render(const Look& look) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// The text with its colour, if the look has any.
[[nodiscard]] std::string styled(const std::string& text, Style style, const Look& look);

}  // namespace tools

// Values of the contract whole: as JSON with all of their fields, in the contract's order.
#pragma once

#include <string>

#include "json_values.h"
#include "output.h"

namespace tools {

template <class Value>
void print_whole(const Value& value) {
  std::string line;
  jobq::append_json(line, value);
  print_json(line);
}

// The value if JSON is wanted, else the text, which has whole lines. Returns kOk, as show() does.
template <class Value>
int show_whole(const ConnectionOptions& common, const Value& value, const std::string& text) {
  if (!common.json) return show(common, Json(), [&] { return text; });
  print_whole(value);
  return kOk;
}

}  // namespace tools

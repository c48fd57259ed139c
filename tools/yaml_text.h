// YAML that a person wrote, as JSON.
#pragma once

#include <stdexcept>
#include <string>

#include "json_text.h"

namespace tools {

// "line 3: ...", or a field.
class WrongYaml : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One document. What is not quoted and looks like a number, a truth value or null is one, as in
// YAML's core schema. Throws WrongYaml, also for what aliases make too large.
[[nodiscard]] Json json_of_yaml(const std::string& text);

}  // namespace tools

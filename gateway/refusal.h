// Why the gateway refuses a request by itself. What the store refuses is in its answer (answers.h).
#pragma once

#include <stdexcept>
#include <string>

namespace gateway {

// `field` is what is wrong, "limit", "jobs[0].priority", a header's name; may be empty.
class Refusal : public std::runtime_error {
 public:
  Refusal(unsigned code, const std::string& field_name, const std::string& wrong)
      : std::runtime_error(field_name.empty() ? wrong : field_name + ": " + wrong),
        code(code),
        field(field_name) {}

  const unsigned code;
  const std::string field;
};

}  // namespace gateway

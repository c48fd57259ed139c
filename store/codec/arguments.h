// What the request of a job has to be that runs code. Part of the codec.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace store {

// What is wrong with a text that is JSON, behind the field's name: ".args: must be a list".
std::optional<std::string> wrong_with_arguments(std::string_view request);

}  // namespace store

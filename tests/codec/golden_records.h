// Records as released versions wrote them.
#pragma once

#include <string>

#include "golden_files.h"
#include "../describe/text_form.h"

namespace store {

// Requires that the record is what released versions wrote, and returns what is in the file.
template <typename Root>
std::string stored(const std::string& name, const std::string& bytes) {
  golden::check(name, bytes, text_form<Root>(bytes));
  return golden::read(name);
}

}  // namespace store

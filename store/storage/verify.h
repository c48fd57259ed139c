// Whether what is on disk fits together: each record can be read and is where it belongs, numbers
// have no gaps, the journal tells the same story as the checkpoint, and what is counted equals a
// recount. docs/operating.md lists what is compared.
#pragma once

#include <functional>
#include <string>

#include "storage.h"

namespace store {

// Calls `tell` with a line for each part that was found sound. Writes nothing. Throws StorageError
// that names the first record which is not.
void verify(Storage& storage, const std::function<void(const std::string&)>& tell);

}  // namespace store

// Files under tests/golden: messages and records as released versions wrote them.
#pragma once

#include <capnp/schema.h>

#include <string>
#include <string_view>

namespace golden {

// What is in NAME.bin. Fails the test when there is no such file.
std::string read(const std::string& name);

// The same of a request. With JOBQ_WRITE_GOLDEN set, a NAME.bin that is not there is made from
// NAME.txt, which is written by hand.
std::string request(const std::string& name);

// Requires that NAME.bin and NAME.txt say what `bytes` say; a field that was added since is in
// neither, so that it must have its default. With JOBQ_WRITE_GOLDEN set, files that are not there
// are written; one that is there is never changed.
void check(const std::string& name, std::string_view bytes, capnp::StructSchema schema);

}  // namespace golden

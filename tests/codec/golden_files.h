// Files under tests/golden: messages and records as released versions wrote them.
#pragma once

#include <string>
#include <string_view>

namespace golden {

// What is in NAME.bin. Fails the test when there is no such file.
std::string read(const std::string& name);

// The same of a request. With JOBQ_WRITE_GOLDEN set, a NAME.bin that is not there is made from
// NAME.txt, which is written by hand.
std::string request(const std::string& name);

// Requires that NAME.bin says what `bytes` says, and NAME.txt is their text form. With
// JOBQ_WRITE_GOLDEN set, files that are not there are written; one that is there is never changed.
void check(const std::string& name, std::string_view bytes, const std::string& text);

}  // namespace golden

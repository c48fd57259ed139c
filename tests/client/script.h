// A store that answers by a script. Messages are in Cap'n Proto's text form, in which what is not
// said is zero or empty.
#pragma once

#include <string>
#include <vector>

#include "fake_store.h"

class Script {
 public:
  // The first request gets the first answer, and so on; the last one is for all that follow. ""
  // is none. The code is 200 where nothing is said.
  explicit Script(std::vector<std::string> answers);

  // What was asked, by number, but for id and token.
  std::string asked(std::size_t index);
  // The same of a request as it ought to be.
  static std::string request(const std::string& text);

  const TemporaryDirectory directory;
  const jobq::Connection connection = quick_connection(directory.endpoint());

 private:
  void answer(FakeStore& store, const Asked& asked);

  const std::vector<std::string> answers_;
  std::size_t next_ = 0;

 public:
  FakeStore store{directory.endpoint(),
                  [this](FakeStore& self, const Asked& asked) { answer(self, asked); }};
};

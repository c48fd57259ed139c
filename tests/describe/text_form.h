// A Cap'n Proto message in text form.
#pragma once

#include <capnp/message.h>
#include <capnp/pretty-print.h>
#include <capnp/serialize.h>

#include <cstring>
#include <string>
#include <vector>

template <typename Root>
std::string text_form(const std::string& bytes) {
  std::vector<capnp::word> words(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.data(), bytes.data(), bytes.size());
  capnp::FlatArrayMessageReader reader(kj::arrayPtr(words.data(), words.size()));
  return capnp::prettyPrint(reader.getRoot<Root>()).flatten().cStr();
}

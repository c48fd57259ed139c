#include "golden_files.h"

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/pretty-print.h>
#include <capnp/serialize-text.h>
#include <capnp/serialize.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "protocol.capnp.h"

namespace golden {
namespace {

std::string path_of(const std::string& file) { return std::string(GOLDEN_DIR "/") + file; }

std::string read_file(const std::string& file) {
  std::ifstream in(path_of(file), std::ios::binary);
  INFO(file << ": to write golden files that are missing, set JOBQ_WRITE_GOLDEN=1");
  REQUIRE(in.is_open());
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_missing(const std::string& file, std::string_view content) {
  if (std::getenv("JOBQ_WRITE_GOLDEN") == nullptr || std::filesystem::exists(path_of(file))) {
    return;
  }
  std::ofstream out(path_of(file), std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  REQUIRE(out.good());
}

kj::Array<capnp::word> words_of(std::string_view bytes) {
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), bytes.data(), words.asBytes().size());
  return words;
}

std::string text_of(capnp::DynamicStruct::Reader root) {
  return capnp::prettyPrint(root).flatten().cStr();
}

// What the message says, without the room that its maker left for fields that it does not set: the
// same for two makers of whom one knows more fields.
std::string canonical(std::string_view bytes) {
  const auto words = words_of(bytes);
  capnp::FlatArrayMessageReader reader(words.asPtr());
  const auto said = reader.getRoot<capnp::AnyStruct>().canonicalize();
  const auto chars = said.asChars();
  return {chars.begin(), chars.size()};
}

}  // namespace

std::string read(const std::string& name) { return read_file(name + ".bin"); }

std::string request(const std::string& name) {
  if (std::getenv("JOBQ_WRITE_GOLDEN") != nullptr) {
    capnp::MallocMessageBuilder message;
    const std::string text = read_file(name + ".txt");
    capnp::TextCodec().decode(text, capnp::toDynamic(message.initRoot<protocol::Request>()));
    const auto words = capnp::messageToFlatArray(message);
    const auto chars = words.asChars();
    write_missing(name + ".bin", {chars.begin(), chars.size()});
  }
  return read(name);
}

void check(const std::string& name, std::string_view bytes, capnp::StructSchema schema) {
  const auto words = words_of(bytes);
  capnp::FlatArrayMessageReader reader(words.asPtr());
  const std::string text = text_of(reader.getRoot<capnp::DynamicStruct>(schema));
  write_missing(name + ".bin", bytes);
  write_missing(name + ".txt", text + '\n');
  INFO(name);
  capnp::MallocMessageBuilder message;
  const auto meant = message.initRoot<capnp::DynamicStruct>(schema);
  capnp::TextCodec().decode(read_file(name + ".txt"), meant);
  CHECK(text_of(meant.asReader()) == text);
  // Not compared by Catch, which would print the bytes.
  const bool says_the_same = canonical(read_file(name + ".bin")) == canonical(bytes);
  CHECK(says_the_same);
}

}  // namespace golden

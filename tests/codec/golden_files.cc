#include "golden_files.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

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

}  // namespace

std::string read(const std::string& name) { return read_file(name + ".bin"); }

void check(const std::string& name, std::string_view bytes, const std::string& text) {
  write_missing(name + ".bin", bytes);
  write_missing(name + ".txt", text + '\n');
  INFO(name);
  CHECK(read_file(name + ".txt") == text + '\n');
  // Not compared by Catch, which would print the bytes.
  const bool same_bytes = read_file(name + ".bin") == bytes;
  CHECK(same_bytes);
}

}  // namespace golden

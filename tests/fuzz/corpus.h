// What a fuzzer begins with.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

// The files of the directory whose names begin and end so, in the same order everywhere.
inline std::vector<std::string> corpus(const char* directory, const char* prefix = "",
                                       const char* suffix = "") {
  std::set<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    const std::string name = file.path().filename();
    if (name.starts_with(prefix) && name.ends_with(suffix)) {
      files.insert(file.path());
    }
  }
  std::vector<std::string> contents;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    contents.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return contents;
}

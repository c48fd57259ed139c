// What a fuzzer begins with, and what a test makes of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
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

// One of the inputs, changed up to so many times by mutate(input, another one, random).
template <typename Mutate>
std::string mutation(const std::vector<std::string>& inputs, std::mt19937_64& random,
                     std::uint64_t times_max, const Mutate& mutate) {
  std::string input = inputs[random() % inputs.size()];
  for (std::uint64_t left = 1 + random() % times_max; left > 0; --left) {
    mutate(input, inputs[random() % inputs.size()], random);
  }
  return input;
}

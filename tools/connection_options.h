// The options that every command takes: where the store is, what the caller may do there, and how
// answers are shown.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>

#include "jobq/types.h"

namespace tools {

struct ConnectionOptions {
  std::string endpoint;
  std::string server_key;
  std::string server_key_file;
  std::string token;
  std::string token_file;
  std::string patience = "30s";
  bool json = false;

  void declare(CLI::App& program);

  // From the command line, else from the environment. Throws UsageError for what cannot work: a
  // strange endpoint, a key of a wrong length, a file that cannot be read.
  [[nodiscard]] jobq::Connection connection() const;

  // The token in the same order of places; empty when there is none.
  [[nodiscard]] std::string find_token() const;

  // What may be the reason when no store answers: words to append, or nothing.
  [[nodiscard]] std::string hint_when_unreachable() const;
};

// Command line `value` or `file`, else the environment's NAME or NAME_FILE; without the white space
// around it. Empty when there is none. Throws UsageError when a file cannot be read or is empty.
struct SecretPlaces {
  std::string value;
  std::string file;
  std::string environment;  // NAME
};
[[nodiscard]] std::string find_secret(const SecretPlaces& places);

// The whole file, or standard input for "-". Throws UsageError.
[[nodiscard]] std::string read_input(const std::string& path, std::size_t bytes_max);

// Names of the environment variables that hold secrets: not for the commands of `jobq work`.
inline constexpr const char* kSecretVariables[] = {"JOBQ_TOKEN", "JOBQ_TOKEN_FILE",
                                                   "JOBQ_SERVER_KEY", "JOBQ_SERVER_KEY_FILE"};

}  // namespace tools

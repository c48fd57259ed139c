// The options that every command takes: where the store is, what the caller may do there, and how
// answers are shown. Secrets that were given by value are taken out of sight of other processes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "jobq/connection.h"
#include "options.h"

namespace tools {

struct ConnectionOptions {
  std::string endpoint = "tcp://127.0.0.1:5555";
  std::string server_key;
  std::string server_key_file;
  std::string token;
  std::string token_file;
  std::string curve_secret_file;
  std::optional<jobq::Span> patience;  // unless a command has its own default: 30s
  bool json = false;

  // Also takes JOBQ_TOKEN out of the environment, for no child process is to have it.
  void declare(Options& options);

  // Overwrites the tokens of the command line, which process lists show. REQUIRES: it is parsed.
  void hide_tokens(int argc, char** argv) const;

  // From the command line, else from the environment. Throws UsageError for what cannot work: a
  // strange endpoint, a key of a wrong length, a file that cannot be read, a client that the
  // token is not for.
  [[nodiscard]] jobq::Connection connection(const std::string& client = {}) const;

  // The token in the same order of places; empty when there is none.
  [[nodiscard]] std::string find_token() const;

  // What may be the reason when no store answers: words to append, or nothing.
  [[nodiscard]] std::string hint_when_unreachable() const;

 private:
  [[nodiscard]] std::string find_server_key() const;
  [[nodiscard]] std::string find_curve_secret() const;

  std::string token_of_environment_;
};

// Command line `value` or `file`, else the environment's NAME, or NAME_FILE; without the white
// space around it. Empty when there is none. Throws UsageError when a file cannot be read or is
// empty.
struct SecretPlaces {
  std::string value;
  std::string file;
  std::string environment;  // NAME
  // Of NAME, if it is known already; else it is read, and taken out of the environment.
  std::string environment_value = {};
};
[[nodiscard]] std::string find_secret(const SecretPlaces& places);

// Throws UsageError when the token is for another client: the store would go by the token's.
void check_client(const std::string& client, const std::string& token);

// The whole file, or standard input for "-". Throws UsageError.
[[nodiscard]] std::string read_input(const std::string& path, std::size_t bytes_max);

// Names of the environment variables that hold secrets: not for the commands of `jobq work`.
inline constexpr const char* kSecretVariables[] = {"JOBQ_TOKEN", "JOBQ_TOKEN_FILE",
                                                   "JOBQ_SERVER_KEY", "JOBQ_SERVER_KEY_FILE",
                                                   "JOBQ_CURVE_SECRET_FILE"};

}  // namespace tools

// What the commands about tokens have in common: limits as options, and the token they work on.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "connection_options.h"
#include "discharges.h"
#include "macaroon.h"

namespace tools {

// Methods may be typed in small letters.
[[nodiscard]] std::string in_capitals(std::string text);

// The limits of a token, but its path, as options and as caveats; check_caveats() checks those.
struct LimitOptions {
  std::vector<std::string> caveats;  // in the order of the options

  void declare(Options& options);
  // What follows "client = " in the first caveat that begins so; empty when there is none.
  [[nodiscard]] std::string value_of(std::string_view kind) const;
};

// Where a token goes: standard output, or a file that only its owner may read.
struct TokenOutput {
  std::string file;

  void declare(Options& options);
  // Replaces the file. Throws KeyFileError and UsageError.
  void write(const std::string& token) const;
};

// "[TOKEN]", for find_bundle().
void declare_token(Options& options, std::string& token);
// "--data DIR", or JOBQ_DATA.
CLI::Option* declare_data(Options& options, std::string& data, const char* about);

// What there is no error about; else throws UsageError with these words before it.
template <class Value>
Value unless_wrong(std::variant<Value, auth::ParseError> result, const std::string& before = "") {
  if (const auto* error = std::get_if<auth::ParseError>(&result)) {
    throw UsageError(before + error->detail);
  }
  return std::get<Value>(std::move(result));
}

// Throws UsageError when one of `added` is no caveat or the store would allow nothing to a token
// that has `listed` already and these caveats in addition.
void check_caveats(std::vector<auth::Caveat> listed, const std::vector<std::string>& added);

// Tells on standard error when the token has expired: narrowing it will not help.
void warn_if_expired(const std::vector<auth::Caveat>& caveats);

// `text`, standard input for "-", or else the token of the other commands. Throws UsageError when
// there is none or it is no token.
[[nodiscard]] auth::Bundle find_bundle(const std::string& text, const ConnectionOptions& common);

// `token` with these caveats. Throws UsageError when it would be too long.
[[nodiscard]] auth::Macaroon narrowed(const auth::Macaroon& token,
                                      const std::vector<std::string>& caveats);

// The secret in that file, which two parties share. Throws UsageError when there is none, and
// KeyFileError when others can read it.
[[nodiscard]] std::string read_shared_key(const std::string& file);

}  // namespace tools

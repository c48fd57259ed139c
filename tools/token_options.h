// What the commands about tokens have in common: limits as options, and the token they work on.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "connection_options.h"
#include "discharges.h"
#include "macaroon.h"

namespace tools {

// Methods may be typed in small letters.
[[nodiscard]] std::string in_capitals(std::string text);

// The limits of a token in plain words, without its path.
struct LimitOptions {
  std::vector<std::string> methods;
  std::string client;
  std::string target;
  std::string job;
  bool status_only = false;
  std::string priority;
  std::string bytes;
  std::string waiting;
  std::vector<std::string> rates;
  std::string curve;
  std::string expires;
  std::vector<std::string> raw;

  void declare(CLI::App& command);

  // As caveats, not yet checked by check_caveats().
  [[nodiscard]] std::vector<std::string> caveats() const;
};

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

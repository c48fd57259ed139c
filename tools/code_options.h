// Code as people name it on a command line: by its hash, or as the file that is to be added.
#pragma once

#include <string>

#include "jobq/code_client.h"
#include "options.h"

namespace tools {

// "node" of "a.js"; `runtime` where that is said. Throws UsageError when neither tells.
[[nodiscard]] std::string runtime_of(const std::string& file, const std::string& runtime);

// Adds the file's bytes; returns what the store says of them.
jobq::CodeStatus add_code(const jobq::Connection& connection, const std::string& datasource,
                          const std::string& file, const std::string& runtime);

// What a job is to run, and with what.
struct CodeOptions {
  std::string code;  // a hash, or a file
  std::string runtime;
  std::string method;
  std::string args;
  std::string kwargs;

  void declare(Options& options);
  [[nodiscard]] bool is_said() const { return !code.empty(); }
  // Throws UsageError when something is said that goes with --code alone.
  void require_code() const;
  // {"args": ..., "kwargs": ...}, each as far as it is said.
  [[nodiscard]] std::string request() const;
  // The hash; of a file, which is added first.
  [[nodiscard]] std::string hash(const jobq::Connection& connection,
                                 const std::string& datasource) const;
};

}  // namespace tools

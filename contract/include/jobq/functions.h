// Functions: kinds of jobs, which the drivers of a datasource register and clients look up.
// docs/functions.md says what for, docs/protocol.md has the limits. Times are the store's clock.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobq/types.h"

namespace jobq {

// What a function calls in its user's name.
struct FunctionCall {
  std::string method{};  // up to 32 bytes, as "GET"; empty: any
  std::string path{};    // "*" at its end stands for all that begins so
  bool operator==(const FunctionCall&) const = default;
};

// A value of a request by which its job is found: as the tag "<name>=<value>".
struct IndexedField {
  std::string name{};        // without "="
  std::string pointer{};     // JSON pointer of the value within the request, up to 256 bytes
  bool is_required = false;  // a request without it is refused
  bool operator==(const IndexedField&) const = default;
};

struct Function {
  std::string name{};
  std::string version{};            // up to 64 bytes
  std::string documentation{};      // Markdown, up to 64 KiB
  std::string author{};             // up to 256 bytes
  std::vector<std::string> tags{};  // up to 16 names to find it by; its jobs do not have them
  // Of its jobs that do not say. Zero and empty: as the datasource is configured, else as the
  // store.
  unsigned priority = 0;
  Terms terms{};
  unsigned cost = 0;  // against rates: 1 .. 1000000; 0: as the datasource's costs say, else 1
  std::vector<FunctionCall> calls{};  // up to 64
  std::string request_schema{};       // JSON Schemas, up to 64 KiB each; empty: none
  std::string response_schema{};
  std::vector<IndexedField> indexed{};  // up to 16
  // A datasource in which a job decides first whether a job of this function may be done; empty:
  // none does.
  std::string admission{};
  // What a job of it runs that names no code itself (docs/code.md), as it was when the job was
  // submitted. The code is added before, and stays as long as the function does.
  std::string code{};    // a SHA-256, 64 hexadecimal digits; empty: none
  std::string method{};  // empty: main
  bool operator==(const Function&) const = default;
};

// In which order functions are listed.
enum class FunctionOrder : std::uint8_t { kName, kNameDown, kChanged, kChangedDown };
template <>
inline constexpr std::array<std::string_view, 4> kNames<FunctionOrder>{"name", "name-down",
                                                                       "changed", "changed-down"};

struct FunctionQuery {
  std::string name{};  // "*": any text, "?": one byte; empty: all
  std::string tag{};   // that it has
  FunctionOrder order = FunctionOrder::kName;
  std::string cursor{};   // of the page before
  unsigned limit = 0;     // up to 1000; 0: 100
  bool is_whole = false;  // with documentation and schemas
};

// What a token may do in some time, and what it has used of that.
struct Rate {
  std::uint64_t count = 0;
  Span per{};
  std::uint64_t used = 0;
};

struct Quota {
  std::uint64_t left = 0;  // jobs of the function that the rates let in now
  Time left_at{};          // where that is none: from when on it is one; zero: never
  std::vector<Rate> rates{};
};

struct FunctionStatus {
  Function function{};  // in lists that are not whole without documentation and schemas
  Time registered_at{};
  Time changed_at{};
  unsigned cost = 1;             // of one of its jobs
  std::optional<Quota> quota{};  // of a client's token, if it has rates
};

struct FunctionPage {
  std::vector<FunctionStatus> functions{};
  std::string cursor{};  // of the next page; empty: there is none
};

}  // namespace jobq

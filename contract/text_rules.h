// Rules of texts that store, libraries and tools share; each is here once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jobq/limits.h"

namespace jobq {

// A number up to `max`, without a sign and leading zeros.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max);

// "10/m": a number up to `max`, and one of s, m, h, d. Nothing for any other text.
struct RateText {
  std::uint64_t count = 0;
  char unit = 's';
};
[[nodiscard]] std::optional<RateText> parse_rate(std::string_view text, std::uint64_t max);
// Empty when it is one; else what is wrong. For parsers of options, which take 010 for eight.
[[nodiscard]] std::string wrong_with_number(const std::string& text);

// Without the white space around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// Behind a datasource's id in databox's paths: what no app is granted, which is all below the id.
inline constexpr std::string_view kOfDrivers = ".server";

// Empty when `id` is of the alphabet and length of ids; else what is wrong with it.
[[nodiscard]] std::string wrong_with_id(std::string_view id,
                                        std::size_t bytes_max = limits::kIdBytesMax);
// The same when it is to name a job (or a datasource). A datasource is not named like a word of any
// path, or a pattern for its paths could cover another one's.
[[nodiscard]] std::string wrong_with_job_id(std::string_view id,
                                            std::size_t bytes_max = limits::kIdBytesMax);
[[nodiscard]] std::string wrong_with_datasource_id(std::string_view id,
                                                   std::size_t bytes_max = limits::kIdBytesMax);
// The same for the name of a client, a worker, a function or a tag.
[[nodiscard]] std::string wrong_with_name(std::string_view name, std::size_t bytes_max);

// In the pattern "*" stands for any text, and "?" for one byte.
[[nodiscard]] bool fits_pattern(std::string_view text, std::string_view pattern);

// The version 4 GUID made of 128 bits of chance.
[[nodiscard]] std::string guid_of(std::uint64_t first, std::uint64_t second);

}  // namespace jobq

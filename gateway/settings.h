// How the gateway was told to run: its options, and what they are when they are not said.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "jobq/connection.h"

namespace gateway {

struct Settings {
  std::vector<std::string> listen{"127.0.0.1:8080"};
  std::string certificate_file{};  // PEM; empty: no TLS
  std::string key_file{};
  std::vector<std::string> origins{};  // whose pages may ask, as "https://example.org"
  jobq::Connection store{};            // without a token
  std::string users_file{};            // empty: only tokens are taken

  std::size_t connections_max = 4096;
  std::size_t streams_max = 2048;
  std::size_t streams_per_token_max = 256;
  std::size_t held_bytes_max = std::size_t{256} << 20;  // bodies and answers in memory
  jobq::Span header_timeout = std::chrono::seconds(10);
  jobq::Span body_timeout = std::chrono::seconds(60);
  jobq::Span idle_timeout = std::chrono::seconds(30);
  jobq::Span write_timeout = std::chrono::seconds(20);  // a peer that takes nothing for so long
  jobq::Span heartbeat = std::chrono::seconds(15);      // of streams
  std::size_t metrics_datasources_max = 100;
  std::size_t metrics_functions_max = 50;  // of each datasource

  bool is_tls() const { return !certificate_file.empty(); }
};

}  // namespace gateway

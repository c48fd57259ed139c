// A jobqd that a test starts and ends, on a data directory of its own.
#pragma once

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../temporary_directory.h"
#include "authorizer.h"
#include "jobqd_process.h"
#include "peer.h"

namespace wire {

struct Jobqd {
  TemporaryDirectory scratch;
  std::string data = (scratch.path() / "data").string();
  std::string request = "ipc://" + (scratch.path() / "request").string();
  std::string driver = "ipc://" + (scratch.path() / "driver").string();

  std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"--data",    data,       "--no-curve",
                                      "--request", request,    "--driver",
                                      driver,      "--status", "ipc://" + scratch_file("status")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::string scratch_file(const std::string& name) const {
    return (scratch.path() / name).string();
  }
  std::unique_ptr<JobqdProcess> start(const std::vector<std::string>& more = {}) const {
    auto process = std::make_unique<JobqdProcess>(JOBQD_PATH, arguments(more));
    const bool is_ready = process->wait_until_ready(kPatience);
    INFO(process->errors());
    REQUIRE(is_ready);
    return process;
  }
  // Starts one that has to give up, with exit code 1; returns what it says.
  std::string start_in_vain(const std::vector<std::string>& more = {}) const {
    JobqdProcess process(JOBQD_PATH, arguments(more));
    CHECK(process.wait_for_exit() == 1);
    CHECK_THAT(process.output(), !Catch::Contains("ready"));
    return process.errors();
  }
  // Starts one and ends it; returns what it says in its log.
  std::string run(const std::vector<std::string>& more = {},
                  const std::vector<std::string>& requests = {}) const {
    auto process = start(more);
    for (const std::string& frame : requests) {
      Peer(request).ask(frame);
    }
    process->send_signal(SIGTERM);
    REQUIRE(process->wait_for_exit() == 0);
    return process->errors();
  }
  // Makes a data directory as a first start leaves it.
  void make_data() const { run(); }
  static std::string content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string mint(const std::vector<std::string>& caveats) const {
    return auth::mint_token(auth::RootKeys::load(data), "jobqd", caveats).serialize();
  }
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
      if (!entry.is_regular_file()) {
        continue;
      }
      files[entry.path().string()] = content_of(entry.path().string());
    }
    return files;
  }
};

}  // namespace wire

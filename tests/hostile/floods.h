// What strangers and clients do to a store that would drown it: each flood is a process that goes
// on until it is killed.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace hostile {

struct Target {
  std::string request;  // endpoints on 127.0.0.1
  std::string status;
  std::string server_key;  // 32 bytes
  // For what a client and what a driver does in the datasource kDatasource and in those of the
  // flood.
  std::string client_token;
  std::string driver_token;
};

inline constexpr const char* kDatasource = "scan";
// A job of it that has ended with a response of 1 MiB.
inline constexpr const char* kLargeJob = "large";

struct Flood {
  const char* name;
  int processes;
  // Says `ready` when the worst is reached. Returns only when there is nothing more to do.
  void (*run)(const Target& target, const std::function<void()>& ready);
};

const std::vector<Flood>& floods();

}  // namespace hostile

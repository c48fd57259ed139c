// Clients and workers that do everything that makes events, at random, while the store is killed
// and comes back.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "jobq/connection.h"

namespace watch {

inline const std::string kDatasource = "scan";
inline constexpr unsigned kClients = 3;
std::string client_name(unsigned index);

class Load {
 public:
  Load(jobq::Connection connection, std::uint64_t seed);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Waits until so many more things have been done. Throws what has ended the load before its time.
  void go_on(std::uint64_t actions);

  // Ends all jobs; no event comes after that. Throws as go_on() does.
  void finish();

 private:
  void run(std::uint64_t seed);

  const jobq::Connection connection_;
  std::atomic<bool> stops_{false};
  std::atomic<std::uint64_t> actions_{0};  // the largest once it has ended
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace watch

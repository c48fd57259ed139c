// Stands between a status endpoint and its subscribers, and does to frames what bad networks and
// full buffers do: of 30 %, it drops a third, holds back a third for a while, and lets a third pass
// only behind frames that came later. Subscriptions pass as they are.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace watch {

class LossyProxy {
 public:
  // The store need not be there; the proxy connects again whenever it comes back.
  LossyProxy(std::string store_endpoint, std::string endpoint, std::uint64_t seed);
  ~LossyProxy();
  LossyProxy(const LossyProxy&) = delete;
  LossyProxy& operator=(const LossyProxy&) = delete;

  const std::string& endpoint() const { return endpoint_; }
  std::uint64_t passed() const { return passed_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  void run(std::uint64_t seed);

  const std::string store_endpoint_;
  const std::string endpoint_;
  std::atomic<bool> stops_{false};
  std::atomic<bool> is_ready_{false};
  std::atomic<std::uint64_t> passed_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::thread thread_;
};

}  // namespace watch

// SIGINT and SIGTERM as calls, for commands that end in good order.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <initializer_list>
#include <thread>

namespace tools {

// Leaves these signals to a SignalThread.
// REQUIRES: there is no other thread yet, so that all of them inherit this.
void block_end_signals();

// The set of these.
sigset_t signals_of(std::initializer_list<int> numbers);

// Takes SIGINT and SIGTERM in a thread of its own until destroyed.
class SignalThread {
 public:
  // `on_signal` gets the signal and how many there have been.
  explicit SignalThread(std::function<void(int number, int count)> on_signal);
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace tools

#include "signal_thread.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace tools {
namespace {

constexpr int kWakeUp = SIGUSR2;

sigset_t handled_signals() { return signals_of({SIGINT, SIGTERM, SIGHUP, kWakeUp}); }

}  // namespace

sigset_t signals_of(std::initializer_list<int> numbers) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : numbers) ::sigaddset(&set, number);
  return set;
}

void block_end_signals() {
  const sigset_t set = handled_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SignalThread::SignalThread(std::function<void(int number, int count)> on_signal)
    : thread_([this, on_signal = std::move(on_signal)] {
        const sigset_t set = handled_signals();
        for (int count = 1; !is_over_;) {
          int number = 0;
          if (::sigwait(&set, &number) == 0 && number != kWakeUp) on_signal(number, count++);
        }
      }) {}

SignalThread::~SignalThread() {
  is_over_ = true;
  ::pthread_kill(thread_.native_handle(), kWakeUp);
  thread_.join();
}

}  // namespace tools

// A file descriptor that becomes readable when something has happened, made only when asked for.
// Not safe for several threads by itself.
#pragma once

namespace jobq {

class InterruptEvent {
 public:
  InterruptEvent() = default;
  ~InterruptEvent();
  InterruptEvent(const InterruptEvent&) = delete;
  InterruptEvent& operator=(const InterruptEvent&) = delete;

  // Open until destroyed. Throws std::system_error.
  int fd();
  // From now on, and if it is opened later.
  void set();

 private:
  void signal() const;

  int fd_ = -1;
  bool is_set_ = false;
};

}  // namespace jobq

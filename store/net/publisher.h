// What goes out at the status endpoint and who gets it: hands frames over to a thread of its own,
// which alone uses the socket (status_socket.h), and tells what has become of subscriptions. So
// whatever peers do there holds up nobody else. Carries bytes and knows nothing of their meaning.
//
// Called by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "status_socket.h"

namespace store {

class Publisher {
 public:
  explicit Publisher(StatusSocketOptions options);
  // What was not sent yet is not any more.
  ~Publisher();

  // Returns the endpoint as bound. Throws SocketError.
  std::string bind(const std::string& endpoint);

  // From now on subscriptions to exactly this text are honoured.
  void open(const std::string& topic);
  // No more; what was sent to it before goes out.
  void close(const std::string& topic);

  // Of an open topic: how many have subscribed to it, and whether somebody has since the last time.
  struct News {
    std::string topic;
    std::size_t subscribers = 0;
    bool has_newcomer = false;
  };
  // Of topics of which there are some.
  std::vector<News> take_news();
  // Readable when there are.
  int news_fd() const;

  // To all whose subscription was honoured, with the next flush(). Never waits: a frame that finds
  // too many bytes waiting for the thread is lost.
  void send(const std::string& topic, std::string body);
  void flush();

  // Frames that somebody has not got, since he or the thread was too slow.
  std::uint64_t lost() const;
  // Subscriptions to what is no topic.
  std::uint64_t ignored() const;
  // The socket is being replaced.
  bool is_broken() const;

 private:
  struct Frame {
    std::string topic;
    std::string body;
  };
  struct Shared;

  std::unique_ptr<Shared> shared_;
  std::vector<Frame> unsent_;
};

}  // namespace store

// BullMQ and graphile-worker: node/load.mjs has their libraries, and a process of its own for each
// connection. It is told what to do a line at a time and answers each line with a number.
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>

#include "peer.h"

namespace bench {
namespace {

class NodeQueue : public PeerQueue {
 public:
  explicit NodeQueue(const Peer& peer) : name_(peer.name) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      throw std::runtime_error("no socket pair");
    }
    const std::string port = std::to_string(peer.port);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDIN_FILENO);
      ::execlp("node", "node", peer.script.c_str(), peer.name.c_str(), port.c_str(),
               peer.request.c_str(), nullptr);
      std::perror("node");
      ::_exit(127);
    }
    ::close(ends[1]);
    fd_ = ends[0];
    try {
      answer();  // its libraries are loaded
    } catch (const std::runtime_error& error) {
      throw std::logic_error(error.what());  // there is nothing to wait for
    }
  }
  ~NodeQueue() override {
    ::close(fd_);  // ends it
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  void submit(unsigned jobs, unsigned batch) override { ask("submit", jobs, batch); }
  unsigned work(unsigned jobs, unsigned batch) override {
    return static_cast<unsigned>(ask("work", jobs, batch));
  }
  double submit_and_wait() override { return ask("wait", 1, 1); }
  void work_and_tell() override { ask("tell", 1, 1); }

 private:
  double ask(const char* what, unsigned jobs, unsigned batch) {
    const std::string line =
        what + (' ' + std::to_string(jobs)) + ' ' + std::to_string(batch) + '\n';
    if (::send(fd_, line.data(), line.size(), MSG_NOSIGNAL) < 0) {
      throw std::runtime_error(name_ + ": node is gone");
    }
    return answer();
  }

  double answer() {
    std::string line;
    for (char c = 0; c != '\n'; line += c) {
      if (::recv(fd_, &c, 1, 0) != 1) {
        throw std::runtime_error(name_ + ": node is gone");
      }
    }
    return std::stod(line);
  }

  const std::string name_;
  int pid_ = 0;
  int fd_ = -1;
};

}  // namespace

std::unique_ptr<PeerQueue> connect_node(const Peer& peer) {
  return std::make_unique<NodeQueue>(peer);
}

}  // namespace bench

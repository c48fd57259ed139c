#include "arbiter_server.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <stdexcept>

namespace databox {

zmq::socket_t bind_rep(zmq::context_t& context, const std::string& curve_secret,
                       const std::vector<std::string>& endpoints) {
  zmq::socket_t rep(context, zmq::socket_type::rep);
  rep.set(zmq::sockopt::linger, 0);
  rep.set(zmq::sockopt::rcvhwm, 1);
  rep.set(zmq::sockopt::curve_server, true);
  rep.set(zmq::sockopt::curve_secretkey, curve_secret);
  for (const std::string& endpoint : endpoints) {
    rep.bind(endpoint);
  }
  return rep;
}

void serve(zmq::socket_t& rep, int stop_fd,
           const std::function<std::string(std::string_view frame)>& answer) {
  for (;;) {
    zmq_pollitem_t items[] = {{rep.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, stop_fd, ZMQ_POLLIN, 0}};
    zmq::poll(items, 2, std::chrono::milliseconds(-1));
    if (items[1].revents != 0) {
      return;
    }
    zmq::message_t request;
    if (rep.recv(request, zmq::recv_flags::dontwait)) {
      rep.send(zmq::buffer(answer(request.to_string_view())), zmq::send_flags::none);
    }
  }
}

ArbiterServer::ArbiterServer(std::string endpoint, std::string cm_key)
    : endpoint_(std::move(endpoint)),
      arbiter_(std::move(cm_key)),
      stop_fd_(::eventfd(0, EFD_CLOEXEC)) {
  char made_public[41];
  char made_secret[41];
  if (zmq_curve_keypair(made_public, made_secret) != 0) {
    throw std::runtime_error("no CURVE");
  }
  public_key = made_public;
  secret_key = made_secret;
}

ArbiterServer::~ArbiterServer() {
  stop();
  ::close(stop_fd_);
}

void ArbiterServer::start() {
  thread_ = std::thread([this, rep = bind_rep(context_, secret_key, {endpoint_})]() mutable {
    serve(rep, stop_fd_, [this](std::string_view frame) {
      const std::lock_guard lock(mutex_);
      ++answered_;
      return arbiter_.answer(frame);
    });
  });
}

void ArbiterServer::stop() {
  if (!thread_.joinable()) {
    return;
  }
  ::eventfd_write(stop_fd_, 1);
  thread_.join();
  eventfd_t ignored = 0;
  ::eventfd_read(stop_fd_, &ignored);
}

void ArbiterServer::with(const std::function<void(Arbiter&)>& call) {
  const std::lock_guard lock(mutex_);
  call(arbiter_);
}

std::string ArbiterServer::secret_of(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return arbiter_.secret_of(name);
}

std::size_t ArbiterServer::answered() {
  const std::lock_guard lock(mutex_);
  return answered_;
}

}  // namespace databox

// Requests over HTTP/1.1 connections that are kept alive, one under way on each, all on the thread
// that calls run(). For replies with a Content-Length, which all of the gateway's have but streams.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "steady_time.h"

namespace bench {

class HttpLoad {
 public:
  // Connected to loopback. Throws std::runtime_error.
  HttpLoad(int port, unsigned connections);
  ~HttpLoad();
  HttpLoad(const HttpLoad&) = delete;
  HttpLoad& operator=(const HttpLoad&) = delete;

  // The bytes of the connection's next request. `body`: of its last reply; empty before the first.
  using Next = std::function<std::string(unsigned connection, std::string_view body)>;
  // Until the time is over and all are answered; returns how many were. Throws what was answered
  // with another code than 2xx.
  std::size_t run(std::chrono::duration<double> time, const Next& next);
  // Sends without waiting for a reply, which stays unread.
  void send(unsigned connection, const std::string& request);

 private:
  struct Connection {
    int fd = -1;
    std::string received;
    std::string body;
  };
  bool has_reply(Connection& connection);

  std::vector<Connection> connections_;
};

// "POST", "/v1/...", and a body of JSON; none: a GET.
std::string http_request(const std::string& path, const std::string& token,
                         const std::string& body = {}, const std::string& headers = {});

}  // namespace bench

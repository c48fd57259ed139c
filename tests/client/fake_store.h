// A store's socket without a store: hands each request to a function of the test, which answers
// it now, later, wrongly or not at all.
#pragma once

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "../temporary_directory.h"
#include "jobq/connection.h"
#include "protocol.capnp.h"

// Longer than anything takes that works; a test that waits this long has failed.
constexpr std::chrono::seconds kForEver{30};

// A request as it came in.
struct Asked {
  std::string peer;   // differs for each socket
  std::string bytes;  // the whole message
  std::shared_ptr<capnp::FlatArrayMessageReader> message;
  std::shared_ptr<std::vector<capnp::word>> words;

  protocol::Request::Reader request() const { return message->getRoot<protocol::Request>(); }
  std::string path() const { return request().getPath().cStr(); }
};

using FillReply = std::function<void(protocol::Reply::Builder)>;
std::string make_reply(std::uint64_t id, unsigned code, const FillReply& fill = {},
                       const std::string& error = {});

// In Cap'n Proto's text form, without what is empty, which reads as if it were not said.
std::string text_of(capnp::DynamicStruct::Reader message);

struct KeyPair {
  std::string public_key;
  std::string secret_key;
};
KeyPair new_key_pair();

class FakeStore {
 public:
  // Called on the store's own thread.
  using Handler = std::function<void(FakeStore&, const Asked&)>;

  FakeStore(const std::string& endpoint, Handler handler, const std::string& curve_secret_key = {});
  ~FakeStore();  // hangs up
  FakeStore(const FakeStore&) = delete;
  FakeStore& operator=(const FakeStore&) = delete;

  // From any thread.
  void send(const Asked& asked, std::string bytes);
  void reply(const Asked& asked, unsigned code, const FillReply& fill = {},
             const std::string& error = {});
  // All requests so far; waits until there are that many.
  std::vector<Asked> asked(std::size_t count_min = 0);

 private:
  void run();
  void send_outbox();

  Handler handler_;
  zmq::context_t context_;
  zmq::socket_t router_;
  int wake_ = -1;
  std::mutex mutex_;
  std::condition_variable has_asked_;
  std::vector<Asked> asked_;
  std::deque<std::pair<std::string, std::string>> outbox_;
  bool is_ending_ = false;
  std::thread thread_;
};

// Short spans, so that tests of retries are quick.
jobq::Connection quick_connection(const std::string& endpoint);

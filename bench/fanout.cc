#include "fanout.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>
#include <zmq.hpp>

#include "jobq/client.h"
#include "jobq/driver.h"
#include "protocol.capnp.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr unsigned kBatch = 64;
constexpr auto kPace = 5ms;
const std::string kDatasource = "fanout";

std::string client_name(unsigned index) { return "c" + std::to_string(index); }

// What the C++ library does for one watcher, without the watcher: sockets that only count.
class Audience {
 public:
  Audience(const StoreProcess& store, unsigned count, bool one_scope)
      : connection_(store.connection({})), request_(context_, zmq::socket_type::dealer) {
    context_.set(zmq::ctxopt::max_sockets, 4096);
    prepare(request_);
    request_.connect(connection_.endpoint);
    for (unsigned i = 0; i < count; ++i) {
      sockets_.emplace_back(context_, zmq::socket_type::sub);
      zmq::socket_t& socket = sockets_.back();
      prepare(socket);
      socket.set(zmq::sockopt::rcvhwm, 1'000'000);
      socket.set(zmq::sockopt::subscribe, buy(one_scope ? "" : client_name(i)));
      socket.connect(store.status_endpoint());
    }
    for (zmq::socket_t& socket : sockets_) {
      receive_one(socket);  // the store says that the subscription is there
    }
    thread_ = std::thread([this] { run(); });
  }
  ~Audience() {
    stops_ = true;
    thread_.join();
  }

  std::uint64_t heard() const { return heard_; }
  // From now on jobs' `submitted` events are timed; see latencies().
  void expect(const std::string& job, Clock::time_point sent) {
    const std::lock_guard lock(mutex_);
    sent_at_[job] = sent;
    is_timed_ = true;
  }
  std::vector<double> latencies_ms() {
    const std::lock_guard lock(mutex_);
    return latencies_ms_;
  }

 private:
  void prepare(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::linger, 0);
    if (!connection_.server_key.empty()) {
      std::array<char, 41> public_key{};
      std::array<char, 41> secret_key{};
      zmq_curve_keypair(public_key.data(), secret_key.data());
      socket.set(zmq::sockopt::curve_serverkey, connection_.server_key);
      socket.set(zmq::sockopt::curve_publickey, std::string(public_key.data()));
      socket.set(zmq::sockopt::curve_secretkey, std::string(secret_key.data()));
    }
  }

  // A topic, for the datasource or for one client of it.
  std::string buy(const std::string& client) {
    capnp::MallocMessageBuilder message;
    auto request = message.initRoot<protocol::Request>();
    request.setMethod(protocol::Method::POST);
    request.setPath(client.empty() ? "/jobs/" + kDatasource + "/events"
                                   : "/" + kDatasource + "/job/events");
    request.setToken(kj::arrayPtr(reinterpret_cast<const kj::byte*>(connection_.token.data()),
                                  connection_.token.size()));
    request.getBody().initSubscribe().setClient(client);
    const auto words = capnp::messageToFlatArray(message);
    request_.send(zmq::message_t(), zmq::send_flags::sndmore);
    request_.send(zmq::buffer(words.begin(), words.asBytes().size()), zmq::send_flags::none);
    const std::string reply = receive_one(request_);
    std::vector<capnp::word> copy(reply.size() / sizeof(capnp::word));
    std::memcpy(copy.data(), reply.data(), reply.size());
    capnp::FlatArrayMessageReader reader(kj::arrayPtr(copy.data(), copy.size()));
    const auto answer = reader.getRoot<protocol::Reply>();
    if (answer.getCode() != 200) {
      throw std::runtime_error("subscribe: " + std::string(answer.getError()));
    }
    return answer.getBody().getSubscription().getTopic();
  }

  // The last part of the next message.
  static std::string receive_one(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::rcvtimeo, 30'000);
    zmq::message_t part;
    do {
      if (!socket.recv(part)) {
        throw std::runtime_error("the store does not answer");
      }
    } while (part.more());
    return part.to_string();
  }

  void run() {
    zmq::message_t part;
    while (!stops_) {
      bool is_idle = true;
      for (zmq::socket_t& socket : sockets_) {
        while (socket.recv(part, zmq::recv_flags::dontwait)) {
          if (!part.more()) {
            ++heard_;
            is_idle = false;
            if (is_timed_) {
              note(part);
            }
          }
        }
      }
      if (is_idle) {
        std::this_thread::sleep_for(50us);
      }
    }
  }

  void note(const zmq::message_t& frame) {
    const auto now = Clock::now();
    std::vector<capnp::word> copy(frame.size() / sizeof(capnp::word));
    std::memcpy(copy.data(), frame.data(), frame.size());
    capnp::FlatArrayMessageReader reader(kj::arrayPtr(copy.data(), copy.size()));
    const auto event = reader.getRoot<protocol::Event>();
    if (event.getKind() != protocol::Event::Kind::SUBMITTED) {
      return;
    }
    const std::lock_guard lock(mutex_);
    if (const auto sent = sent_at_.find(event.getJob()); sent != sent_at_.end()) {
      latencies_ms_.push_back(
          std::chrono::duration<double, std::milli>(now - sent->second).count());
    }
  }

  const jobq::Connection connection_;
  zmq::context_t context_{1};
  zmq::socket_t request_;
  std::vector<zmq::socket_t> sockets_;
  std::atomic<bool> stops_{false};
  std::atomic<bool> is_timed_{false};
  std::atomic<std::uint64_t> heard_{0};
  std::mutex mutex_;
  std::unordered_map<std::string, Clock::time_point> sent_at_;
  std::vector<double> latencies_ms_;
  std::thread thread_;
};

// Whole lives in messages of kBatch; returns the number of events.
std::uint64_t make_events(const StoreProcess& store, unsigned clients, unsigned seconds) {
  jobq::Client client(store.connection({}));
  jobq::Driver driver(store.connection({}));
  std::uint64_t events = 0;
  unsigned next = 0;
  for (const auto end = Clock::now() + std::chrono::seconds(seconds); Clock::now() < end;) {
    std::vector<jobq::NewJob> jobs(kBatch);
    for (jobq::NewJob& job : jobs) {
      job.request = "{}";
      job.client = client_name(next++ % clients);
    }
    client.submit_many(kDatasource, std::move(jobs));
    std::vector<jobq::Outcome> outcomes;
    for (const jobq::AcceptedJob& job :
         driver.accept(kDatasource, {.worker = "w", .max = kBatch})) {
      outcomes.push_back({.lease = job.lease, .report = jobq::Done{"1"}});
    }
    driver.update(kDatasource, outcomes);
    events += kBatch + 2 * outcomes.size();
  }
  return events;
}

// One job each kPace; returns how long the answers took, in ms.
std::vector<double> make_single_jobs(const StoreProcess& store, Audience& audience,
                                     unsigned clients, unsigned seconds) {
  jobq::Client client(store.connection({}));
  std::vector<double> answers;
  unsigned next = 0;
  for (auto at = Clock::now(), end = at + std::chrono::seconds(seconds); at < end; at += kPace) {
    std::this_thread::sleep_until(at);
    const std::string job = jobq::new_guid();
    const auto sent = Clock::now();
    audience.expect(job, sent);
    client.submit(kDatasource,
                  {.job = job, .request = "{}", .client = client_name(next++ % clients)});
    answers.push_back(std::chrono::duration<double, std::milli>(Clock::now() - sent).count());
  }
  return answers;
}

Row measure(StoreProcess& store, unsigned subscribers, bool one_scope, unsigned seconds) {
  Audience audience(store, subscribers, one_scope);
  const unsigned clients = one_scope ? 1 : subscribers;
  const Usage before = store.usage();
  const std::uint64_t heard_before = audience.heard();
  const auto start = Clock::now();
  const std::uint64_t events = make_events(store, clients, seconds);
  for (std::uint64_t last = 0; last != audience.heard(); std::this_thread::sleep_for(100ms)) {
    last = audience.heard();  // until what is on its way has come
  }
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  const double heard = static_cast<double>(audience.heard() - heard_before);
  const double wanted = static_cast<double>(events) * (one_scope ? subscribers : 1);
  const double cpu_us = 1e6 * (store.usage().cpu_s - before.cpu_s);
  std::vector<double> answers = make_single_jobs(store, audience, clients, seconds);
  std::this_thread::sleep_for(200ms);
  std::vector<double> told = audience.latencies_ms();
  return {fmt::format("fanout {} {}", subscribers, one_scope ? "of one scope" : "of one each"),
          {{"events/s", static_cast<double>(events) / took},
           {"frames/s", heard / took},
           {"lost %", 100 * std::max(0.0, 1 - heard / wanted)},
           {"CPU us/frame", cpu_us / std::max(1.0, heard)},
           {"answer p50 ms", percentile(answers, 0.5)},
           {"p99 ms", percentile(answers, 0.99)},
           {"told p50 ms", percentile(told, 0.5)},
           {"told p99 ms", percentile(told, 0.99)}}};
}

}  // namespace

Rows measure_fanout(const std::function<std::unique_ptr<StoreProcess>()>& fresh_store,
                    unsigned seconds) {
  Rows rows;
  for (const bool one_scope : {true, false}) {
    for (const unsigned subscribers : {1u, 10u, 100u, 1000u}) {
      const auto store = fresh_store();
      rows.push_back(measure(*store, subscribers, one_scope, seconds));
    }
  }
  return rows;
}

}  // namespace bench

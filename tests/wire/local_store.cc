#include "local_store.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "key_list.h"
#include "rocks_storage.h"
#include "secret.h"
#include "z85.h"

namespace wire {
namespace {

std::string curve_secret(const store::Config& config, const auth::CurveKeys& curve) {
  return config.curve ? auth::z85_encode(curve.secret_key().bytes()) : std::string();
}

std::string make_topic() { return auth::z85_encode(auth::Secret::random(24).bytes()); }

jobq::StoreStatus status(const store::Config& config, const std::string& status_endpoint) {
  jobq::StoreStatus status;
  status.version = "test";
  status.name = config.name;
  status.status_endpoints = {status_endpoint};
  return status;
}

store::StatusSocketOptions complete(store::StatusSocketOptions publishing, std::string curve_secret,
                                    store::Sockets& sockets) {
  publishing.curve_secret = std::move(curve_secret);
  publishing.connections = &sockets.connections();
  return publishing;
}

}  // namespace

struct LocalStore::Parts {
  Parts(const std::string& directory, const store::Config& config, const store::Clock* given,
        store::StatusSocketOptions publishing)
      : rights(directory, config.name),
        curve(auth::CurveKeys::load_or_create(directory)),
        disk(directory + "/db", {.create = true}),
        storage(disk),
        engine(config.limits, 1),
        checkpoint(storage, engine.state()),
        recovered(store::recover(storage, engine.state_to_restore(), checkpoint)),
        sockets({.curve_secret = curve_secret(config, curve),
                 .message_bytes_max = 2 * config.limits.frame_bytes_max,
                 .drivers = store::driver_keys(config.driver_keys)}),
        publisher(complete(std::move(publishing), curve_secret(config, curve), sockets)),
        streams(publisher, engine.state(), make_topic, {.heartbeat = config.heartbeat}),
        server({config, given == nullptr ? clock : *given, rights, engine, storage, checkpoint,
                sockets, publisher, streams, backups},
               recovered, status(config, publisher.bind(config.status_endpoints.at(0)))) {
    sockets.bind(store::SocketKind::kRequest, config.request_endpoints.at(0));
    sockets.bind(store::SocketKind::kDriver, config.driver_endpoints.at(0));
  }

  store::Rights rights;
  auth::CurveKeys curve;
  store::RocksStorage disk;
  store::BackgroundStorage storage;
  store::Engine engine;
  store::CheckpointWriter checkpoint;
  store::Recovered recovered;
  store::Sockets sockets;
  store::Publisher publisher;
  store::Streams streams;
  store::Backups backups{nullptr, {}};
  store::SystemClock clock;
  store::Server server;
};

LocalStore::LocalStore(const std::function<void(store::Config&)>& change, const store::Clock* clock,
                       store::StatusSocketOptions publishing)
    : stop_fd_(::eventfd(0, EFD_CLOEXEC)) {
  const std::string path = directory_.path().string();
  config_.request_endpoints = {directory_.endpoint("request")};
  config_.driver_endpoints = {directory_.endpoint("driver")};
  config_.status_endpoints = {directory_.endpoint("status")};
  config_.data = path;
  config_.curve = false;
  if (change) {
    change(config_);
  }
  parts_ = std::make_unique<Parts>(path, config_, clock, std::move(publishing));
  start();
}

LocalStore::~LocalStore() {
  stop();
  ::close(stop_fd_);
}

void LocalStore::start() {
  thread_ = std::thread([this] { parts_->server.run(stop_fd_); });
}

void LocalStore::stop() {
  if (!thread_.joinable()) {
    return;
  }
  eventfd_write(stop_fd_, 1);
  thread_.join();
  eventfd_t ignored = 0;
  eventfd_read(stop_fd_, &ignored);
}

std::uint64_t LocalStore::digest() {
  stop();
  const std::uint64_t digest = parts_->engine.digest();
  start();
  return digest;
}

void LocalStore::change(const std::function<void(store::Config&)>& change) {
  stop();
  change(config_);
  start();
}

void LocalStore::trust_arbiter(const std::string& secret, bool is_new) {
  stop();
  parts_->rights.trust_arbiter(auth::Secret(secret), is_new);
  start();
}

std::string LocalStore::public_key() const { return parts_->curve.public_key(); }

std::string LocalStore::mint(const std::vector<std::string>& caveats) const {
  // Not the server's own, which may change while it runs.
  const auto keys = auth::RootKeys::load(directory_.path());
  return auth::mint_token(keys, config_.name, caveats).serialize();
}

std::string LocalStore::client_token(const std::string& client) const {
  return mint({"path = /scan/*", "client = " + client});
}

Head client_call(std::uint64_t id, Method method, const std::string& path,
                 const std::string& token) {
  return {.id = id, .method = method, .path = path, .token = token};
}
Head submit_head(std::uint64_t id, const std::string& token) {
  return {.id = id, .method = Method::POST, .path = "/scan/job/", .token = token};
}
Head accept_head(std::uint64_t id, const std::string& token) {
  return {.id = id, .method = Method::POST, .path = "/jobs/scan/accept", .token = token};
}
Head update_head(std::uint64_t id, const std::string& token) {
  return {.id = id, .method = Method::POST, .path = "/jobs/scan/update", .token = token};
}

}  // namespace wire

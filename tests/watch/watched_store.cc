#include "watched_store.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <utility>

#include "authorizer.h"
#include "peer.h"

namespace watch {

WatchedStore::WatchedStore(std::vector<std::string> arguments, bool curve)
    : arguments_(std::move(arguments)), curve_(curve) {
  start();
}

void WatchedStore::kill_and_restart() {
  process_->send_signal(SIGKILL);
  process_->wait_for_exit();
  start();
}

std::string WatchedStore::endpoint(const std::string& name) const {
  return directory_.endpoint(name);
}

std::string WatchedStore::token(const std::vector<std::string>& caveats) const {
  const auto keys = auth::RootKeys::load_or_create((directory_.path() / "data").string());
  return auth::mint_token(keys, "jobqd", caveats).serialize();
}

jobq::Connection WatchedStore::connection(const std::vector<std::string>& caveats) const {
  const auto keys = auth::CurveKeys::load_or_create((directory_.path() / "data").string());
  return {.endpoint = request_endpoint(),
          .server_key = curve_ ? keys.public_key() : std::string(),
          .token = token(caveats),
          .patience = std::chrono::duration_cast<jobq::Span>(wire::kPatience)};
}

void WatchedStore::start() {
  std::vector<std::string> arguments = {"--data",    (directory_.path() / "data").string(),
                                        "--request", request_endpoint(),
                                        "--driver",  endpoint("driver"),
                                        "--status",  status_endpoint()};
  if (!curve_) {
    arguments.push_back("--no-curve");
  }
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  process_ = std::make_unique<wire::JobqdProcess>(JOBQD_PATH, arguments);
  REQUIRE(process_->wait_until_ready(wire::kPatience));
}

}  // namespace watch

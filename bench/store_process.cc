#include "store_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "authorizer.h"
#include "keys.h"

namespace bench {
namespace {

// A port that is free now. Somebody else might take it before jobqd does; then jobqd says so.
int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

}  // namespace

StoreProcess::StoreProcess(std::string jobqd, std::filesystem::path parent, bool tcp, bool curve,
                           std::vector<std::string> more_arguments)
    : jobqd_(std::move(jobqd)),
      parent_(std::move(parent)),
      curve_(curve),
      more_arguments_(std::move(more_arguments)) {
  const auto endpoint = [&](const char* name) {
    return tcp ? "tcp://127.0.0.1:" + std::to_string(free_port())
               : "ipc://" + (parent_ / name).string();
  };
  request_ = endpoint("request");
  driver_ = endpoint("driver");
  status_ = endpoint("status");
  start();
}

StoreProcess::~StoreProcess() {
  kill();
  std::error_code ignored;  // nothing can be done about what cannot be removed
  std::filesystem::remove_all(parent_, ignored);
}

void StoreProcess::start() {
  std::vector<std::string> arguments = {jobqd_,   "--data",      data().string(), "--request",
                                        request_, "--driver",    driver_,         "--status",
                                        status_,  "--log-level", "warn"};
  if (!curve_) {
    arguments.push_back("--no-curve");
  }
  arguments.insert(arguments.end(), more_arguments_.begin(), more_arguments_.end());
  running_.emplace(std::move(arguments), "ready");
  if (curve_) {
    server_key_ = auth::CurveKeys::load(data()).public_key();
  }
}

jobq::Connection StoreProcess::connection(const std::vector<std::string>& caveats) const {
  const auth::RootKeys keys = auth::RootKeys::load(data());
  jobq::Connection connection;
  connection.endpoint = request_;
  connection.server_key = server_key_;
  connection.token = auth::mint_token(keys, "jobqd", caveats).serialize();
  return connection;
}

std::filesystem::path make_temporary_directory(const std::filesystem::path& base) {
  std::string pattern = (base / "jobq-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error("no temporary directory below " + base.string());
  }
  return pattern;
}

}  // namespace bench

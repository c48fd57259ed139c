#include "store_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
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
  if (pid_ != 0) {
    kill();
  }
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
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  int out[2];
  if (::pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::execv(jobqd_.c_str(), argv.data());
    std::perror(jobqd_.c_str());
    ::_exit(127);
  }
  ::close(out[1]);
  const std::unique_ptr<FILE, int (*)(FILE*)> said(::fdopen(out[0], "r"), &std::fclose);
  char line[512];
  while (std::fgets(line, sizeof line, said.get()) != nullptr) {
    if (std::string_view(line) == "ready\n") {
      if (curve_) {
        server_key_ = auth::CurveKeys::load(data()).public_key();
      }
      return;
    }
  }
  wait_for_end();
  throw std::runtime_error(jobqd_ + " did not become ready");
}

void StoreProcess::kill() {
  ::kill(pid_, SIGKILL);
  wait_for_end();
}

void StoreProcess::wait_for_end() {
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

jobq::Connection StoreProcess::connection(const std::vector<std::string>& caveats) const {
  const auth::RootKeys keys = auth::RootKeys::load(data());
  jobq::Connection connection;
  connection.endpoint = request_;
  connection.server_key = server_key_;
  connection.token = auth::mint_token(keys, "jobqd", caveats).serialize();
  return connection;
}

Usage StoreProcess::usage() const {
  const std::string proc = "/proc/" + std::to_string(pid_);
  Usage usage;
  std::ifstream stat(proc + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) {
    fields >> skipped;
  }
  double user = 0;
  double system = 0;
  fields >> user >> system;
  usage.cpu_s = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream io(proc + "/io");
  for (std::string key; io >> key;) {
    std::uint64_t value = 0;
    io >> value;
    if (key == "write_bytes:") {
      usage.bytes_to_disk = value;
    }
  }
  std::ifstream statm(proc + "/statm");
  std::uint64_t pages = 0;
  statm >> pages >> pages;
  usage.rss_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return usage;
}

std::filesystem::path make_temporary_directory(const std::filesystem::path& base) {
  std::string pattern = (base / "jobq-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error("no temporary directory below " + base.string());
  }
  return pattern;
}

}  // namespace bench

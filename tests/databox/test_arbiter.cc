// test_arbiter: a double of databox's arbiter as a program, for tests in other languages. Says on
// stdout where it is and "ready"; ends with SIGTERM or SIGINT.
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "arbiter_server.h"
#include "base64.h"
#include "secret.h"

namespace databox {
namespace {

// As the real ones do with these files: what is at the end of the line is none of it.
std::string read_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
  ::chmod(file.c_str(), 0444);
}

// What the arbiter and all stores of a box share, and the key of its container manager.
void make_secrets(const std::filesystem::path& dir) {
  char public_key[41];
  char secret_key[41];
  zmq_curve_keypair(public_key, secret_key);
  std::filesystem::create_directories(dir);
  write(dir / "ZMQ_PUBLIC_KEY", public_key);
  write(dir / "ZMQ_SECRET_KEY", secret_key);
  write(dir / "CM_KEY", auth::base64(auth::Secret::random(32).bytes()));
}

int stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

int run(int argc, char** argv) {
  std::vector<std::string> endpoints = {"tcp://127.0.0.1:4444"};
  std::string secrets;
  std::vector<std::string> parts;
  CLI::App app("A double of databox's arbiter, for tests");
  app.add_option("--endpoint", endpoints, "Where it is, may be repeated; port * is any")
      ->capture_default_str();
  app.add_option("--secrets", secrets,
                 "Directory with ZMQ_SECRET_KEY and CM_KEY, made with new ones where it has none")
      ->required();
  app.add_option("--part", parts,
                 "A part that the container manager has registered: TYPE NAME ARBITER_TOKEN, where "
                 "TYPE is app, driver or store; may be repeated")
      ->type_size(3);
  CLI11_PARSE(app, argc, argv);
  const int stop_fd = stop_signals();
  const std::filesystem::path dir = secrets;
  if (!std::filesystem::exists(dir / "ZMQ_SECRET_KEY")) {
    make_secrets(dir);
  }
  Arbiter arbiter(read_line(dir / "CM_KEY"));
  for (std::size_t i = 0; i + 2 < parts.size(); i += 3) {
    arbiter.add_part(parts[i + 1], parts[i], parts[i + 2]);
  }
  zmq::context_t context(1);
  zmq::socket_t rep = bind_rep(context, read_line(dir / "ZMQ_SECRET_KEY"), {});
  for (const std::string& endpoint : endpoints) {
    rep.bind(endpoint);
    std::cout << "endpoint    " << rep.get(zmq::sockopt::last_endpoint) << '\n';
  }
  std::cout << "public key  " << read_line(dir / "ZMQ_PUBLIC_KEY") << "\nready" << std::endl;
  serve(rep, stop_fd, [&](std::string_view frame) { return arbiter.answer(frame); });
  return 0;
}

}  // namespace
}  // namespace databox

int main(int argc, char** argv) {
  try {
    return databox::run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "test_arbiter: " << failure.what() << '\n';
    return 1;
  }
}

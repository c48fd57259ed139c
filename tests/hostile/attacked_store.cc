#include "attacked_store.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "authorizer.h"
#include "keys.h"
#include "messages.h"
#include "patched_libzmq.h"
#include "z85.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define JOBQ_HAS_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define JOBQ_HAS_ASAN
#endif

namespace hostile {
namespace {

// ASan keeps what was freed for a while.
#ifdef JOBQ_HAS_ASAN
constexpr std::size_t kGrowthMax = 700u << 20;
#else
constexpr std::size_t kGrowthMax = 100u << 20;
#endif

}  // namespace

AttackedStore::AttackedStore(bool has_curve, const std::vector<std::string>& arguments) {
  const std::string data = (directory_.path() / "data").string();
  std::vector<std::string> words = {"--data",    data,
                                    "--request", endpoint("request"),
                                    "--request", "tcp://127.0.0.1:*",
                                    "--driver",  endpoint("driver"),
                                    "--status",  endpoint("status")};
  if (!has_curve) {
    words.push_back("--no-curve");
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  process_ = std::make_unique<wire::JobqdProcess>(JOBQD_PATH, words);
  const bool is_ready = process_->wait_until_ready(wire::kPatience);
  INFO(process_->errors());
  REQUIRE(is_ready);
  const std::string& output = process_->output();
  const std::size_t begin = output.find("tcp://");
  REQUIRE(begin != std::string::npos);
  remote_ = output.substr(begin, output.find('\n', begin) - begin);
  if (has_curve) {
    server_key_text_ = auth::CurveKeys::load_or_create(data).public_key();
    const auto key = auth::z85_decode(server_key_text_);
    REQUIRE(key);
    server_key_ = *key;
  }
  witness_ = client();
  REQUIRE(witness_->ask(question()).code() == 200);
  bytes_before_ = resident_bytes();
}

void AttackedStore::end() {
  process_->send_signal(SIGTERM);
  const int code = process_->wait_for_exit();
  INFO(process_->errors());
  CHECK(code == 0);
}

std::vector<std::string> AttackedStore::endpoints() const {
  return {remote_, endpoint("request"), endpoint("driver"), endpoint("status")};
}

std::string AttackedStore::token() const {
  const auto keys = auth::RootKeys::load((directory_.path() / "data").string());
  const std::vector<std::string> caveats = {"path = *"};
  return auth::mint_token(keys, "jobqd", caveats).serialize();
}

std::unique_ptr<wire::Peer> AttackedStore::client() const {
  return std::make_unique<wire::Peer>(endpoint("request"),
                                      wire::PeerOptions{.server_key = server_key_text_});
}

std::uint64_t AttackedStore::let_go(const std::string& reason) {
  const wire::Answer answer =
      witness_->ask(wire::bare_frame({.id = 1, .path = "/admin/stats", .token = token()}));
  for (const auto count : answer.body().getStats().getRefused()) {
    if (count.getWhat() == reason) {
      return count.getCount();
    }
  }
  return 0;
}

void AttackedStore::check_is_well() {
  CHECK(witness_->ask(question(7)).id() == 7);
  CHECK(client()->ask(question(8)).id() == 8);
  const std::size_t bytes = resident_bytes();
  CHECK(bytes < bytes_before_ + kGrowthMax);
}

std::size_t AttackedStore::resident_bytes() const {
  std::ifstream file("/proc/" + std::to_string(process_->id()) + "/statm");
  std::size_t whole = 0;
  std::size_t resident = 0;
  file >> whole >> resident;
  REQUIRE(resident > 0);
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::string question(std::uint64_t id) { return wire::bare_frame({.id = id, .path = "/status"}); }

std::uint64_t answered(const std::vector<std::string>& parts) {
  REQUIRE(parts.size() == 2);
  const wire::Answer answer(parts[1]);
  return answer.id();
}

bool can_hold() {
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::router);
  if (store::guard_against_peers(socket, 1) || std::getenv("JOBQ_HOSTILE_ALL") != nullptr) {
    return true;
  }
  WARN("skipped: only the patched libzmq holds (-DJOBQ_PATCHED_LIBZMQ=ON, docs/libzmq.md)");
  return false;
}

}  // namespace hostile

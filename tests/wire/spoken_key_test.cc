// What a connection's key is, when the peer may say what it likes of itself.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "descriptor.h"
#include "local_store.h"
#include "peer.h"

namespace wire {
namespace {

// Speaks ZMTP 3 over a socket of its own, so that it may send properties that libzmq lets nobody
// set.
class RawPeer {
 public:
  RawPeer(const std::string& endpoint, const std::string& user_id)
      : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = endpoint.substr(std::string("ipc://").size());
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
    const std::string greeting = std::string("\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL", 16);
    write(greeting + std::string(64 - greeting.size(), '\0'));
    read(64);
    std::string ready = "\x05READY" + property("Socket-Type", "DEALER") + property("Identity", "") +
                        property("User-Id", user_id);
    write(std::string(1, '\x04') + static_cast<char>(ready.size()) + ready);
    read_frame();
  }

  Answer ask(const std::string& frame) {
    write(std::string("\x01\0\x02", 3) + big_endian(frame.size(), 8) + frame);
    read_frame();
    return Answer(read_frame());
  }

 private:
  static std::string big_endian(std::size_t number, int bytes) {
    std::string text;
    for (int i = bytes; i-- > 0;) text += static_cast<char>(number >> (8 * i) & 0xff);
    return text;
  }
  static std::string property(const std::string& name, const std::string& value) {
    return static_cast<char>(name.size()) + name + big_endian(value.size(), 4) + value;
  }
  void write(const std::string& bytes) {
    REQUIRE(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  std::string read(std::size_t count) {
    std::string bytes(count, '\0');
    REQUIRE(::recv(socket_.get(), bytes.data(), count, MSG_WAITALL) == static_cast<ssize_t>(count));
    return bytes;
  }
  std::string read_frame() {
    const bool is_long = (read(1)[0] & 2) != 0;
    std::size_t size = 0;
    for (const char c : read(is_long ? 8 : 1)) size = size << 8 | static_cast<unsigned char>(c);
    return read(size);
  }

  auth::Descriptor socket_;
};

}  // namespace

TEST_CASE("without CURVE a peer has no key, whatever it says of itself") {
  const std::string key = make_curve_pair().public_key;
  LocalStore store;
  const std::string token = store.mint({"path = /scan/*", "client = alice", "curve = " + key});
  const std::string submit = submit_frame(submit_head(1, token), {{.job = "j1"}});
  for (const std::string& said : {key, std::string()}) {
    INFO("User-Id: " << said);
    RawPeer peer(store.request_endpoint(), said);
    const Answer refused = peer.ask(submit);
    CHECK(refused.code() == 403);
    CHECK_THAT(refused.error(), Catch::Contains("needs a CURVE connection"));
    CHECK(peer.ask(submit_frame(submit_head(2, store.client_token()), {{.job = "j2"}})).code() ==
          200);
  }
}

}  // namespace wire

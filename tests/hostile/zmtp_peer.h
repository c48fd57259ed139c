// A peer that speaks ZMTP 3.1 (RFC 37) by hand, with NULL or CURVE (RFC 26), and says what it is
// told when it is told, right or wrong, whole or half. Throws std::runtime_error when the store
// does what it may not, which fails a test.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostile {

// Bits of a frame's first byte.
inline constexpr int kMore = 1;
inline constexpr int kCommand = 4;

struct Identity {
  std::string type = "DEALER";
  std::string routing_id = {};  // that it asks for
};

class ZmtpPeer {
 public:
  // To tcp://127.0.0.1:PORT or ipc://PATH, when somebody listens there. `server_key`: of the store,
  // 32 bytes; empty: NULL.
  explicit ZmtpPeer(const std::string& endpoint, const std::string& server_key = {});
  ~ZmtpPeer();
  ZmtpPeer(ZmtpPeer&& other) noexcept;
  ZmtpPeer(const ZmtpPeer&) = delete;
  ZmtpPeer& operator=(const ZmtpPeer&) = delete;
  ZmtpPeer& operator=(ZmtpPeer&&) = delete;

  // The whole way to where messages may be sent. False when the store has ended the connection.
  [[nodiscard]] bool shake_hands(const Identity& identity = {});

  // Its steps. Each sends, and reads what answers it.
  [[nodiscard]] bool exchange_greetings();
  [[nodiscard]] bool exchange_ready(const Identity& identity);
  [[nodiscard]] bool exchange_hello();
  [[nodiscard]] bool exchange_initiate(const Identity& identity);

  // What those send: a greeting, and frames.
  std::string greeting() const;
  static std::string ready(const Identity& identity);
  std::string hello();
  std::string initiate(const Identity& identity);
  static std::string frame(int flags, std::string_view body);

  // Sends bytes as they are; false when the store has ended the connection, or reads no more.
  bool write(std::string_view bytes);
  // A part of a message or a command; sealed under CURVE.
  bool send_part(std::string_view body, int flags);
  bool send(const std::vector<std::string>& parts);
  bool send_command(const std::string& name, std::string_view body);

  // The next message; empty when the store has ended the connection. Throws when neither comes.
  std::optional<std::vector<std::string>> receive();
  // Says that nothing more will be sent, and reads until the store has ended the connection.
  void finish();
  // Reads until the store has ended the connection.
  void wait_for_end();

 private:
  struct Frame {
    int flags = 0;
    std::string body;
  };
  std::optional<std::string> read(std::size_t size);
  std::optional<Frame> read_frame();
  std::string next_nonce();
  std::string sealed(std::string_view body, int flags);
  Frame opened(const Frame& message) const;

  int fd_ = -1;
  const std::string server_key_;
  std::string public_key_;
  std::string secret_key_;
  std::string short_public_key_;
  std::string short_secret_key_;
  std::string server_short_key_;
  std::string cookie_;
  std::uint64_t last_nonce_ = 0;
};

}  // namespace hostile

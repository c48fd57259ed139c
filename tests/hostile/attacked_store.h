// A jobqd that is attacked, and a client that behaves and must be served meanwhile and afterwards.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../temporary_directory.h"
#include "jobqd_process.h"
#include "peer.h"

namespace hostile {

class AttackedStore {
 public:
  explicit AttackedStore(bool has_curve, const std::vector<std::string>& arguments = {});
  // Ends it, and fails the test unless it ends as it should.
  void end();

  // tcp, where the operating system knows an address; the others are ipc.
  const std::string& remote_endpoint() const { return remote_; }
  std::string endpoint(const std::string& name) const { return directory_.endpoint(name); }
  // Of the request, driver and status endpoints.
  std::vector<std::string> endpoints() const;

  // 32 bytes; empty without CURVE.
  const std::string& server_key() const { return server_key_; }
  std::string token() const;

  // A new client that behaves.
  std::unique_ptr<wire::Peer> client() const;
  // How many connections the store has counted as let go for this reason (`jobq stats`).
  std::uint64_t let_go(const std::string& reason);
  // The client that has been there since before the attack is answered, and so is a new one; the
  // memory has not grown beyond all measure.
  void check_is_well();

 private:
  std::size_t resident_bytes() const;

  TemporaryDirectory directory_;
  std::unique_ptr<wire::JobqdProcess> process_;
  std::string remote_;
  std::string server_key_;  // 32 bytes
  std::string server_key_text_;
  std::unique_ptr<wire::Peer> witness_;
  std::size_t bytes_before_ = 0;
};

// A question that everybody may ask, and its id.
std::string question(std::uint64_t id = 1);
// The id of what was answered.
std::uint64_t answered(const std::vector<std::string>& parts);

// False, and says so, when only a libzmq with our patches could hold (docs/libzmq.md). With
// JOBQ_HOSTILE_ALL in the environment always true, to see what happens without them.
bool can_hold();

}  // namespace hostile

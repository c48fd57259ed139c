// Untrusted bytes <-> commands and replies; the only code of the store that sees protocol.capnp.
// Decoding checks everything that can be said of a request without knowing the store's state:
// shape, sizes, alphabets, JSON. Nothing decoded points into the frame.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "commands.h"
#include "event.h"
#include "message.h"
#include "operations.h"
#include "replies.h"
#include "store_limits.h"
#include "texts.h"

namespace store {

// Decodes one request after the other. Single-threaded; reuses its memory.
class RequestReader {
 public:
  // `limits` must outlive the reader.
  explicit RequestReader(const Limits& limits);
  ~RequestReader();

  // Starts on a frame, of any alignment; it must stay in place until the next open(). Refused when
  // it is too large or no message; then only id() and zest() may be asked.
  [[nodiscard]] std::optional<Refused> open(std::span<const std::byte> frame);

  // 0 when the frame could not be read.
  std::uint64_t id() const { return id_; }

  // REQUIRES: open() has taken the frame. The views are good until the next open().
  Method method() const { return method_; }
  std::string_view path() const { return path_; }
  std::string_view token() const { return token_; }

  // What was sent, where it was one of databox's Zest and stands for all that is said here; empty:
  // Cap'n Proto.
  const std::optional<zest::Message>& zest() const { return zest_; }

  // The one job that path and body are about; empty when there is none, or several. The body's is
  // not checked for being an id. REQUIRES: open() has taken the frame.
  std::string_view job(const Route& route) const;

  // The body as the command that the route means. `pinned_client` is the token's client, which
  // then counts whatever the body says; empty when the token pins none. REQUIRES: the route's
  // operation is one of the engine's.
  [[nodiscard]] std::variant<Command, Refused> command(const Route& route,
                                                       const std::string& pinned_client);

 private:
  struct Message;
  std::optional<Refused> open_zest(std::string_view frame);
  std::variant<Command, Refused> command_of_zest(const Route& route,
                                                 const std::string& pinned_client);

  const Limits& limits_;
  std::unique_ptr<Message> message_;
  std::uint64_t id_ = 0;
  Method method_ = Method::kGet;
  std::string path_;
  std::string_view token_;
  std::optional<zest::Message> zest_;
  std::string client_;  // that a path of Zest names
};

// What the server answers without the engine, or makes of what that says.
struct RootKeysReply {
  std::vector<std::string> ids;  // the newest last
};
struct Subscribed {
  SubscribeReply reply;
  std::string topic;
  std::vector<std::string> endpoints;
  Span heartbeat{};
  Time expires_at{};  // zero: unknown
  std::string key{};  // of the topic's frames
};
// To a request of Zest to observe.
struct Observed {
  std::string name;        // to connect under
  std::string public_key;  // of the observe endpoint, Z85
};
using ServerReply = std::variant<jobq::StoreStatus, jobq::StoreStats, jobq::Backup, RootKeysReply,
                                 Subscribed, Observed>;

// One reply as the bytes of a frame. `texts` is asked for what the reply leaves out: requests of
// accepted jobs, responses, errors, log lines. REQUIRES: a SubscribeReply is a Subscribed by now,
// or an Observed where Zest is spoken.
std::string encode_reply(std::uint64_t id, const Reply& reply, TextSource& texts);
std::string encode_reply(std::uint64_t id, const ServerReply& reply, TextSource& texts);

// The same as a message of Zest: with the code `done`, that a request of its method has when all
// went well, and the body as JSON; else with the code of the refusal as databox's clients know it.
std::string encode_zest_reply(zest::Code done, const Reply& reply, TextSource& texts);
std::string encode_zest_reply(zest::Code done, const ServerReply& reply, TextSource& texts);
// What observers are told of a job, and of an event: JSON objects on one line that have "job",
// "client" and "status" both; `response`: of a job that is complete now.
std::string job_line(const JobView& job, TextSource& texts);
std::string event_line(const std::string& datasource, const Event& event,
                       const std::string& response);

// What streams say besides the journal's events.
enum class StreamSign { kHeartbeat, kEnded };

// The second part of a stream's frame has one of these or more. `datasource` is the name;
// `previous`: the scope has no event between it and the event.
std::string encode_event(const std::string& datasource, const Event& event, Sequence previous);
// The scope has no event between `previous` and `last`.
std::string encode_sign(StreamSign sign, const std::string& datasource, Time now, Sequence previous,
                        Sequence last);

}  // namespace store

// What stands between a frame and the engine: who asks what, and whether it may. The checks are in
// the order of docs/protocol.md 4; the first that fails is the answer.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "authorizer.h"
#include "clock.h"
#include "codec.h"
#include "config.h"
#include "function_checks.h"
#include "rights.h"
#include "sockets.h"
#include "state.h"

namespace store {

// What is known of a request, as far as it was looked at.
struct Request {
  Origin origin;
  // Good until the next frame, as the route's parts. The path is empty when it could not be read.
  Method method = Method::kGet;
  std::string_view path;
  const zest::Message* zest = nullptr;  // what was sent in place of them; nullptr: they were
  Route route{};
  std::string_view token;
  // What is judged of it, once it was; views as above.
  auth::Facts facts{};
  auth::Grant grant;
  // What the engine is asked. Empty when the server itself answers, or there was a refusal before.
  std::optional<Command> command;
};

// "token: is ..." of "token is ...", as the command line says it.
inline std::string as_field(const std::string& field, const std::string& sentence) {
  return field + ": " +
         (sentence.starts_with(field + ' ') ? sentence.substr(field.size() + 1) : sentence);
}

class Admission {
 public:
  // All must outlive this.
  Admission(const Config& config, Rights& rights, const State& state)
      : config_(config), rights_(rights), state_(state), reader_(config.limits) {}

  // Fills the request in; a refusal is its answer.
  // Tokens expire by the clock; the grant says when that is in the store's time.
  [[nodiscard]] std::optional<Refused> admit(const Moment& moment, const Frame& frame,
                                             Request& request);

  // Anybody can send what is no token, and each costs time: in a turn so much of it at most, then
  // the others get their answers; with a limit of 0 after the first. begin_turn() gives the time
  // anew.
  void begin_turn() { wasted_ = {}; }
  bool has_time() const { return wasted_ <= config_.limits.refused_token_time_per_turn_max; }

 private:
  std::optional<Refused> find_operation(const Frame& frame, Request& request);
  std::optional<Refused> authorise(const Moment& moment, const Frame& frame, Request& request);
  std::optional<Refused> take_command(Time now, Request& request);
  std::optional<Refused> refuse_to_submit(const Request& request);
  std::optional<std::string> denied_for(std::string_view token, std::string path,
                                        auth::Facts facts);
  std::optional<Refused> refuse_to_wait(const Request& request, const Submit& submit);
  std::optional<Refused> refuse_to_follow(const Request& request);
  // Jobs and functions that name code need the right to add that.
  std::optional<Refused> refuse_to_run(const Request& request);
  // What the functions of its jobs call is to be covered by the token too.
  std::optional<Refused> refuse_to_call(Request& request);
  std::optional<Refused> refuse_call(const Request& request, const std::string& function,
                                     const jobq::FunctionCall& call);

  const Config& config_;
  Rights& rights_;
  const State& state_;
  RequestReader reader_;
  FunctionChecks checks_;
  std::chrono::nanoseconds wasted_{};  // on tokens that are none, since the turn began
};

}  // namespace store

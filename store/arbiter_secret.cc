#include "arbiter_secret.h"

#include <poll.h>
#include <sodium.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <utility>

#include "base64.h"
#include "check_line.h"
#include "curve_request.h"
#include "message.h"
#include "secret_file.h"

namespace store {
namespace {

using std::chrono::milliseconds;

constexpr const char* kFile = "arbiter.secret";
constexpr std::string_view kTokenLine = "token ";
constexpr std::string_view kSecretLine = "secret ";
constexpr std::size_t kSecretBytesMax = 1024;
constexpr milliseconds kFirstLook{1'000};  // until the first word about what is waited for
constexpr milliseconds kLook{5'000};
constexpr milliseconds kFirstPause{200};
constexpr milliseconds kPauseMax{10'000};

// By which the token of a secret is known again.
std::string print_of(const ArbiterQuestion& question, std::string_view secret) {
  // A key of a length that it takes.
  std::array<unsigned char, crypto_generichash_KEYBYTES> key;
  crypto_generichash(key.data(), key.size(), auth::raw(secret), secret.size(), nullptr, 0);
  std::array<char, crypto_generichash_BYTES> hash;
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), key.size(), hash.size());
  for (const std::string_view part :
       {std::string_view(question.name), std::string_view("\n"), question.token}) {
    crypto_generichash_update(&state, auth::raw(part), part.size());
  }
  crypto_generichash_final(&state, auth::raw(hash.data()), hash.size());
  return auth::base64({hash.data(), hash.size()});
}

bool is_secret(std::string_view text) {
  return !text.empty() && text.size() <= kSecretBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// The line's value; empty if it is none.
std::string_view take_line(std::string_view& rest, std::string_view name) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line.starts_with(name) ? line.substr(name.size()) : std::string_view();
}

// What was kept for this token.
std::optional<auth::Secret> kept(const ArbiterQuestion& question) {
  const std::string path = question.data + '/' + kFile;
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  const auth::Secret content = auth::read_secret(path);
  std::string_view rest = content.bytes();
  const std::optional<bool> check = auth::take_check_line({}, rest);
  const std::string_view print = take_line(rest, kTokenLine);
  const std::string_view secret = take_line(rest, kSecretLine);
  if (!check || !*check || !is_secret(secret)) {
    spdlog::warn("{}: is damaged; the arbiter is asked for another secret", path);
    return std::nullopt;
  }
  if (print != print_of(question, secret)) {
    spdlog::info("ARBITER_TOKEN or the store's name is another one than before");
    return std::nullopt;
  }
  return auth::Secret(secret);
}

void keep(const ArbiterQuestion& question, std::string_view secret) {
  auth::WipedText text{};
  text.text.reserve(kSecretBytesMax + 100);  // so that no copy of the secret is left behind
  text.text.append(kTokenLine).append(print_of(question, secret)).append("\n");
  text.text.append(kSecretLine).append(secret).append("\n");
  const auth::WipedText file{auth::with_check_line({}, text.text)};
  auth::SecretDirectory(question.data).write(kFile, file.text, 0600);
}

bool is_readable(int fd, milliseconds time) {
  pollfd item{fd, POLLIN, 0};
  return ::poll(&item, 1, static_cast<int>(time.count())) > 0;
}

// Says each thing once, until it says something else.
class Log {
 public:
  explicit Log(std::string arbiter) : arbiter_(std::move(arbiter)) {}

  void say(const std::string& what) {
    if (what != said_) {
      spdlog::warn("the arbiter, {}, {}", arbiter_, what);
      said_ = what;
    }
  }

 private:
  const std::string arbiter_;
  std::string said_;
};

// What is wrong with an answer that has no secret.
std::string wrong_with(const std::optional<zest::Message>& answer, const std::string& name) {
  if (!answer) {
    return "answers with what is no message of Zest";
  }
  if (answer->code == zest::Code::kUnauthorized) {
    return "refuses ARBITER_TOKEN: it knows no store " + name + " yet, or by another token";
  }
  const auto code = static_cast<unsigned>(answer->code);
  return answer->code == zest::Code::kContent
             ? "answers with what is no secret"
             : "answers with code " + std::to_string(code) + " instead of a secret";
}

std::string words_of(CurveRequest::State state) {
  switch (state) {
    case CurveRequest::State::kUnreachable: return "cannot be reached yet";
    case CurveRequest::State::kStrange: return "has another key than ZMQ_PUBLIC_KEY, or is none";
    case CurveRequest::State::kSilent: return "has been asked, and does not answer";
    default: return "went away when it was asked";
  }
}

// The answer to one request; empty if there will be none.
std::optional<std::string> ask(const ArbiterQuestion& question, const std::string& frame,
                               int stop_fd, Log& log) {
  CurveRequest request(question.endpoint, question.server_key, frame);
  CurveRequest::State state = request.wait(kFirstLook, stop_fd);
  // No second request beside the first: what the arbiter answered last would be the secret.
  while (state != CurveRequest::State::kAnswered) {
    if (is_readable(stop_fd, milliseconds(0))) {
      return std::nullopt;
    }
    log.say(words_of(state));
    if (state == CurveRequest::State::kLost) {
      return std::nullopt;
    }
    state = request.wait(kLook, stop_fd);
  }
  return request.answer();
}

}  // namespace

std::optional<ArbiterSecret> arbiter_secret(const ArbiterQuestion& question, int stop_fd) {
  if (std::optional<auth::Secret> secret = kept(question)) {
    return ArbiterSecret{*std::move(secret)};
  }
  const auth::WipedText frame{zest::encode({.code = zest::Code::kGet,
                                            .token = question.token,
                                            .host = question.name,
                                            .path = "/store/secret",
                                            .format = zest::Format::kText})};
  Log log(question.endpoint);
  for (milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kPauseMax)) {
    if (const auto answer = ask(question, frame.text, stop_fd, log)) {
      const auto message = zest::parse(*answer);
      if (message && message->code == zest::Code::kContent && is_secret(message->payload)) {
        keep(question, message->payload);
        spdlog::info("the arbiter gave a new secret; tokens that it made before are void");
        return ArbiterSecret{auth::Secret(message->payload), true};
      }
      log.say(wrong_with(message, question.name));
    }
    if (is_readable(stop_fd, pause)) {
      return std::nullopt;
    }
  }
}

}  // namespace store

#include "connection_options.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <regex>

#include "caveats.h"
#include "descriptor.h"
#include "discharges.h"
#include "json_text.h"
#include "printing.h"
#include "secret_file.h"
#include "utf8.h"
#include "z85.h"

namespace tools {
namespace {

constexpr std::size_t kSecretBytesMax = 64U << 10;

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::string() : std::string(trimmed(value));
}

// Also from where the system shows the environment that the process began with.
std::string take_environment(const char* name) {
  char* value = std::getenv(name);
  if (value == nullptr) return {};
  std::string taken(trimmed(value));
  auth::wipe(value, std::strlen(value));
  ::unsetenv(name);
  return taken;
}

bool is_binary_token(std::string_view text) {
  return auth::is_binary_v1(text) || auth::is_binary_v2(text);
}

// What editors put before a text.
std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.substr(text.starts_with(kMark) ? kMark.size() : 0);
}

bool is_token(std::string_view text) {
  return std::holds_alternative<auth::Bundle>(auth::Bundle::parse(text));
}

// Why nobody can be reached at an endpoint that is written right: words to append, or nothing.
std::string hint_about(const std::string& endpoint) {
  const std::string place = endpoint.substr(std::string_view("tcp://").size());
  if (endpoint.starts_with("ipc://")) {
    return ::access(place.c_str(), W_OK) == 0
               ? std::string()
               : fmt::format("; {}: {}", place, std::strerror(errno));
  }
  std::string host = place.substr(0, place.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found);
  if (error != 0) return fmt::format("; {}: {}", host, ::gai_strerror(error));
  ::freeaddrinfo(found);
  return {};
}

// Files that somebody else provides, like the secrets of a container, have the rights they have.
void warn_if_readable_by_others(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  if (info.st_uid == ::geteuid() && (info.st_mode & 077U) != 0) {
    say("jobq: warning: others can read the token in {0}; chmod 600 {0}\n", path);
  }
}

void check_server_key(const std::string& key) {
  if (key.empty() || auth::is_curve_key(key)) return;
  throw UsageError(
      fmt::format("the server key is not 40 characters of Z85, it has {}; it is the "
                  "line in curve.public of the store's data directory",
                  key.size()));
}

void check_endpoint(const std::string& endpoint) {
  static const std::regex kEndpoint("tcp://.+:[0-9]+|ipc://.+");
  constexpr std::string_view kIpc = "ipc://";
  constexpr std::size_t kIpcPathMax = sizeof(sockaddr_un::sun_path) - 1;
  if (endpoint.starts_with(kIpc) && endpoint.size() - kIpc.size() > kIpcPathMax) {
    throw UsageError(fmt::format("'{}': the path has more than {} bytes, which no socket can have",
                                 endpoint, kIpcPathMax));
  }
  if (std::regex_match(endpoint, kEndpoint)) return;
  throw UsageError(
      fmt::format("'{}' is no endpoint; write tcp://HOST:PORT or ipc://PATH", endpoint));
}

}  // namespace

void ConnectionOptions::declare(Options& options) {
  token_of_environment_ = take_environment("JOBQ_TOKEN");
  Options::or_environment(
      options.text("--endpoint URL", endpoint,
                   "Where the store is, tcp:// or ipc://, drivers too; default: "
                   "tcp://127.0.0.1:5555"));
  auto* key = options.text("--server-key KEY", server_key,
                           "The store's public key, 40 characters; needed unless the store "
                           "runs without CURVE. Environment: JOBQ_SERVER_KEY");
  Options::exclude(
      options.text("--server-key-file FILE", server_key_file,
                   "File with that key, e.g. DIR/curve.public. Environment: JOBQ_SERVER_KEY_FILE"),
      key);
  auto* by_value = options.text("--token TOKEN", token,
                                "Capability token. Other users see it in the process list: better "
                                "the file or the environment JOBQ_TOKEN");
  Options::exclude(
      options.text("--token-file FILE", token_file,
                   "File with the token, - for standard input. Environment: JOBQ_TOKEN_FILE"),
      by_value);
  Options::or_environment(
      options.text("--curve-secret-file FILE", curve_secret_file,
                   "File with a CURVE key of your own, as jobq keygen writes it; default: a fresh "
                   "one"));
  Options::or_environment(
      options.value("--patience SPAN",
                    "How long a call waits for a store that is away, e.g. 5s; default: 30s",
                    [this](const std::string& text) {
                      patience = span_of_option("--patience", text);
                    }));
  Options::or_environment(
      options.flag("--json", json, "One JSON document, or JSON lines for lists"));
}

std::string ConnectionOptions::find_token() const {
  const std::string found = find_secret({token, token_file, "JOBQ_TOKEN", token_of_environment_});
  const auto is_no_text = [](unsigned char c) { return c > '~' || (c < ' ' && !std::isspace(c)); };
  if (is_binary_token(found)) return found;
  if (std::any_of(found.begin(), found.end(), is_no_text)) {
    throw UsageError("the token is neither text nor a binary macaroon");
  }
  if (found.find_first_of("\t\r\n") != std::string::npos) {
    throw UsageError("the token has white space inside: only one space may part its discharges");
  }
  return found;
}

jobq::Connection ConnectionOptions::connection(const std::string& client) const {
  jobq::Connection connection;
  connection.endpoint = std::string(trimmed(endpoint));
  check_endpoint(connection.endpoint);
  connection.server_key = find_server_key();
  check_server_key(connection.server_key);
  connection.curve_secret_key = find_curve_secret();
  if (!connection.curve_secret_key.empty() && connection.server_key.empty()) {
    throw UsageError("--curve-secret-file is of no use without --server-key");
  }
  connection.token = find_token();
  connection.on_trouble = [at = connection.endpoint](const std::string& line) {
    say("jobq: {}{}\n", printable(line), printable(hint_about(at)));
  };
  check_client(client, connection.token);
  if (patience) connection.patience = *patience;
  return connection;
}

std::string ConnectionOptions::hint_when_unreachable() const {
  if (std::string hint = hint_about(std::string(trimmed(endpoint))); !hint.empty()) return hint;
  if (!find_server_key().empty()) return {};
  return "; without --server-key only a store without CURVE answers";
}

std::string ConnectionOptions::find_server_key() const {
  return find_secret(
      {server_key, server_key_file, "JOBQ_SERVER_KEY", environment("JOBQ_SERVER_KEY")});
}

std::string ConnectionOptions::find_curve_secret() const {
  if (curve_secret_file.empty()) return {};
  const auth::WipedText content{auth::read_secret_file(curve_secret_file)};
  std::string key(trimmed(content.text));
  if (!auth::is_curve_key(key)) {
    throw UsageError(
        fmt::format("{} holds no CURVE secret key; jobq keygen makes one", curve_secret_file));
  }
  return key;
}

void ConnectionOptions::hide_tokens(int argc, char** argv) const {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t sign = argument.find('=');
    const std::size_t start =
        argument.starts_with("--") && sign != std::string_view::npos ? sign + 1 : 0;
    const std::string_view value = argument.substr(start);
    if (!value.empty() && (value == token || is_token(value))) {
      std::memset(argv[i] + start, '*', value.size());
    }
  }
}

void check_client(const std::string& client, const std::string& token) {
  const auto parsed = auth::Bundle::parse(token);
  const auto* bundle = std::get_if<auth::Bundle>(&parsed);
  if (client.empty() || bundle == nullptr) return;  // what else is wrong the store says
  const auto caveats = auth::Caveats::parse(bundle->first_party_caveats());
  const std::string& own = caveats.grant().client;
  if (!caveats.is_satisfiable() || own.empty() || own == client) return;
  throw UsageError(
      fmt::format("--client {}: the token is for client {} alone", client, caveats.grant().client));
}

std::string find_secret(const SecretPlaces& places) {
  if (!places.value.empty()) return std::string(trimmed(places.value));
  std::string file = places.file;
  if (file.empty()) {
    if (!places.environment_value.empty()) {
      if (std::getenv((places.environment + "_FILE").c_str()) != nullptr) {
        say("jobq: note: {0} is used, and {0}_FILE is not\n", places.environment);
      }
      return places.environment_value;
    }
    if (std::string value = take_environment(places.environment.c_str()); !value.empty()) {
      return value;
    }
    file = environment(places.environment + "_FILE");
    if (file.empty()) return {};
  }
  const std::string content = read_input(file, kSecretBytesMax);
  const std::string_view value =
      is_binary_token(content) ? content : trimmed(without_byte_order_mark(content));
  if (value.empty()) throw UsageError(fmt::format("{} is empty", file));
  if (places.environment == "JOBQ_TOKEN") warn_if_readable_by_others(file);
  return std::string(value);
}

std::string read_input(const std::string& path, std::size_t bytes_max) {
  const bool is_standard = path == "-";
  const auth::Descriptor file(is_standard ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const std::string name = is_standard ? "standard input" : path;
  if (!is_standard && !file.is_open()) {
    throw UsageError(fmt::format("cannot open {}: {}", name, std::strerror(errno)));
  }
  std::string content(bytes_max + 1, '\0');
  try {
    content.resize(auth::read_into(is_standard ? STDIN_FILENO : file.get(), content));
  } catch (const std::system_error& error) {
    throw UsageError(fmt::format("cannot read {}: {}", name, error.code().message()));
  }
  if (content.size() > bytes_max) {
    throw UsageError(fmt::format("{} is longer than {} bytes", name, bytes_max));
  }
  return content;
}

}  // namespace tools

#include "listener.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace gateway {
namespace {

constexpr kj::Duration kPause = 50 * kj::MILLISECONDS;

std::string whole_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error(path + ": cannot be read");
  return text.str();
}

// Its group may have it, as Debian's ssl-cert does.
void check_not_public(const std::string& path) {
  using std::filesystem::perms;
  if ((std::filesystem::status(path).permissions() & perms::others_all) == perms::none) return;
  throw std::runtime_error(path + ": everybody may open it; run: chmod o= " + path);
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("[::1]") ||
         address.starts_with("localhost:") || address.starts_with("unix:");
}

std::unique_ptr<kj::TlsKeypair> keys_of(const Settings& settings) {
  const std::string certificate = whole_file(settings.certificate_file);
  const std::string key = whole_file(settings.key_file);
  check_not_public(settings.key_file);
  try {
    return std::make_unique<kj::TlsKeypair>(
        kj::TlsKeypair{kj::TlsPrivateKey(kj::StringPtr(key.c_str(), key.size())),
                       kj::TlsCertificate(kj::StringPtr(certificate.c_str(), certificate.size()))});
  } catch (const kj::Exception&) {
    throw std::runtime_error("--tls-certificate, --tls-key: not PEM, or not of each other");
  }
}

kj::Own<kj::TlsContext> context_of(const kj::TlsKeypair& keys, const Settings& settings,
                                   kj::Timer& timer) {
  kj::TlsContext::Options options;
  options.defaultKeypair = keys;
  options.timer = timer;
  options.acceptTimeout = settings.header_timeout.count() * kj::MILLISECONDS;
  return kj::heap<kj::TlsContext>(kj::mv(options));
}

}  // namespace

Listener::Listener(const Settings& settings, kj::HttpServer& server, kj::Timer& timer,
                   Counters& counters)
    : settings_(settings),
      server_(server),
      timer_(timer),
      counters_(counters),
      connections_(*this) {
  if (!settings.is_tls()) return;
  keys_ = keys_of(settings);
  tls_ = context_of(*keys_, settings, timer);
}

kj::Promise<void> Listener::listen(kj::Network& network) {
  auto all = kj::heapArrayBuilder<kj::Promise<void>>(settings_.listen.size());
  for (const std::string& address : settings_.listen) {
    if (!settings_.is_tls() && !is_loopback(address)) {
      std::cerr << "jobq-http: " << address << ": without TLS tokens can be read on the way"
                << std::endl;
    }
    all.add(network.parseAddress(address.c_str())
                .then([this, &address](kj::Own<kj::NetworkAddress> found) {
                  auto port = found->listen();
                  const std::size_t colon = address.rfind(':');
                  std::cout << "listening on " << (settings_.is_tls() ? "https://" : "http://")
                            << address.substr(0, colon) << ':' << port->getPort() << std::endl;
                  return accept(kj::mv(port));
                }));
  }
  return kj::joinPromises(all.finish());
}

kj::Promise<void> Listener::accept(kj::Own<kj::ConnectionReceiver> port) {
  auto& from = *port;
  return kj::evalNow([&from] { return from.accept(); })
      .then(
          [this](kj::Own<kj::AsyncIoStream> stream) -> kj::Promise<void> {
            take(kj::mv(stream));
            return kj::READY_NOW;
          },
          // No file for one more: there will be one once a connection has ended.
          [this](kj::Exception&&) { return timer_.afterDelay(kPause); })
      .then([this, port = kj::mv(port)]() mutable { return accept(kj::mv(port)); });
}

// One too many is closed at once: who waits in the kernel's queue knows nothing.
void Listener::take(kj::Own<kj::AsyncIoStream> stream) {
  if (counters_.connections_now >= settings_.connections_max) {
    ++counters_.connections_refused;
    return;
  }
  ++counters_.connections;
  ++counters_.connections_now;
  kj::Promise<void> served = nullptr;
  KJ_IF_MAYBE (tls, tls_) {
    served = (*tls)->wrapServer(kj::mv(stream)).then([this](kj::Own<kj::AsyncIoStream> inside) {
      return server_.listenHttp(kj::mv(inside));
    });
  } else {
    served = server_.listenHttp(kj::mv(stream));
  }
  connections_.add(served.attach(kj::defer([this] { --counters_.connections_now; })));
}

// Of one connection: whoever it was has gone, or spoke something else.
void Listener::taskFailed(kj::Exception&&) {}

}  // namespace gateway

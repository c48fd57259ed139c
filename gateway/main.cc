// jobq-http: a store over HTTP. A process of its own, over the client library, without any right of
// its own: what a caller's token may do over ZeroMQ it may do here, and no more.
#include <kj/async-io.h>
#include <kj/compat/http.h>
#include <signal.h>
#include <sys/resource.h>

#include <exception>
#include <iostream>

#include "front.h"
#include "jobq/limits.h"
#include "listener.h"
#include "options.h"
#include "page_files.h"
#include "store_calls.h"

namespace gateway {
namespace {

constexpr kj::Duration kDrainMax = 5 * kj::SECONDS;

// A connection is a file, and shells give out 1,024.
void take_all_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const Settings& settings) {
  kj::UnixEventPort::captureSignal(SIGTERM);  // before there are threads: of ZeroMQ
  kj::UnixEventPort::captureSignal(SIGINT);
  signal(SIGPIPE, SIG_IGN);
  take_all_files();
  auto io = kj::setupAsyncIo();
  auto& timer = io.provider->getTimer();

  kj::HttpHeaderTable::Builder builder;
  const HeaderIds ids(builder);
  const auto table = builder.build();
  Counters counters;
  jobq::Connection store = settings.store;
  store.on_trouble = [](const std::string& trouble) {
    std::cerr << "jobq-http: " << trouble << std::endl;
  };
  StoreCalls calls(io.unixEventPort, store, settings.streams_max + settings.connections_max);
  Front front({settings, *table, ids, timer, calls, counters, page_files()});
  kj::HttpServerSettings http;
  http.headerTimeout = settings.header_timeout.count() * kj::MILLISECONDS;
  http.pipelineTimeout = settings.idle_timeout.count() * kj::MILLISECONDS;
  // Of a body that is refused for its size the rest is let in, or its sender would not read why.
  http.canceledUploadGraceBytes = 2 * jobq::limits::kFrameBytesMax;
  http.errorHandler = front;
  kj::HttpServer server(timer, *table, front, http);
  Listener listener(settings, server, timer, counters);

  auto end = io.unixEventPort.onSignal(SIGTERM)
                 .exclusiveJoin(io.unixEventPort.onSignal(SIGINT))
                 .ignoreResult();
  listener.listen(io.provider->getNetwork()).exclusiveJoin(kj::mv(end)).wait(io.waitScope);
  // Nobody is let in any more; who was has a moment for its answer. Streams go on elsewhere.
  server.drain().exclusiveJoin(timer.afterDelay(kDrainMax)).wait(io.waitScope);
  return 0;
}

}  // namespace
}  // namespace gateway

int main(int argc, char** argv) {
  try {
    return gateway::run(gateway::settings_of(argc, argv));
  } catch (const kj::Exception& error) {
    std::cerr << "jobq-http: " << error.getDescription().cStr() << "\n";
  } catch (const std::exception& error) {
    std::cerr << "jobq-http: " << error.what() << "\n";
  }
  return 1;
}

#include "journal.h"

#include <catch2/catch.hpp>

#include "peer.h"

namespace watch {

std::vector<SeenEvent> read_journal(const WatchedStore& store, const std::string& path) {
  wire::Peer peer(store.request_endpoint());
  std::vector<SeenEvent> events;
  std::uint64_t after = 0;
  for (bool is_end = false; !is_end;) {
    const wire::Answer answer = peer.ask(
        wire::request_frame({.method = wire::Method::GET, .path = path, .token = store.token({})},
                            [&](protocol::Request::Builder request) {
                              request.getBody().initEventQuery().setAfter(after);
                            }));
    REQUIRE(answer.code() == 200);
    const auto page = answer.body().getEvents();
    for (const auto event : page.getEvents()) {
      events.push_back({.sequence = event.getSequence(),
                        .job = event.getJob(),
                        .client = event.getClient(),
                        .kind = static_cast<unsigned>(event.getKind()),
                        .status = static_cast<unsigned>(event.getStatus()),
                        .attempt = event.getAttempt()});
    }
    after = page.getCursor();
    is_end = page.getIsEnd();
  }
  return events;
}

}  // namespace watch

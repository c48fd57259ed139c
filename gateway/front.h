// The HTTP service: what a target means, who may ask it from where, and that whatever goes wrong
// has an answer.
#pragma once

#include <kj/compat/http.h>
#include <kj/timer.h>

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "by_users.h"
#include "changes.h"
#include "counters.h"
#include "held_bytes.h"
#include "http_request.h"
#include "metrics.h"
#include "page_files.h"
#include "reply.h"
#include "rest.h"
#include "settings.h"
#include "store_calls.h"
#include "stream_places.h"
#include "streams.h"

namespace gateway {

class Front : public kj::HttpService, public kj::HttpServerErrorHandler {
 public:
  struct Parts {
    const Settings& settings;
    const kj::HttpHeaderTable& table;
    const HeaderIds& ids;
    kj::Timer& timer;
    StoreCalls& calls;
    Counters& counters;
    std::span<const PageFile> files;
  };
  // All must outlive this.
  explicit Front(const Parts& parts);

  kj::Promise<void> request(kj::HttpMethod method, kj::StringPtr url,
                            const kj::HttpHeaders& headers, kj::AsyncInputStream& body,
                            kj::HttpService::Response& response) override;

  kj::Promise<void> handleClientProtocolError(kj::HttpHeaders::ProtocolError error,
                                              kj::HttpService::Response& response) override;
  kj::Promise<void> handleApplicationError(kj::Exception exception,
                                           kj::Maybe<kj::HttpService::Response&> response) override;

 private:
  kj::Promise<kj::Maybe<Reply>> answer(const HttpRequest& request, kj::AsyncInputStream& body,
                                       HeldBytes::Share& share,
                                       kj::HttpService::Response& response);
  kj::Promise<Reply> answer_operation(const HttpRequest& request, const store::Route& route,
                                      kj::AsyncInputStream& body, HeldBytes::Share& share);
  kj::Promise<Reply> answer_itself(const HttpRequest& request);
  kj::Promise<Reply> health();
  Reply options(const HttpRequest& request) const;
  void check_origin(const HttpRequest& request) const;
  bool is_allowed_origin(const std::string& origin) const;
  Reply with_origin(Reply reply, const std::string& origin) const;
  void note_time(kj::Duration taken);
  kj::Promise<void> send(kj::HttpService::Response& response, Reply reply);

  const Parts parts_;
  Rest rest_;
  Sender sender_;
  HeldBytes held_;
  StreamPlaces places_;
  const StreamParts stream_parts_;
  Streams streams_;
  Changes changes_;
  Metrics metrics_;
  std::optional<ByUsers> by_users_{};
};

}  // namespace gateway

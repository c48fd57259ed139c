// Decodes the body of one request: checks each field and names the one that is wrong. Part of the
// codec; see codec.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "commands.h"
#include "protocol.capnp.h"
#include "routes.h"
#include "store_limits.h"

namespace store {

class BodyReader {
 public:
  // All must outlive the reader. A `pinned_client` that is not empty counts whatever the body says.
  BodyReader(const Limits& limits, const std::function<bool(std::string_view)>& is_json,
             const Route& route, const std::string& pinned_client)
      : limits_(limits), is_json_(is_json), route_(route), pinned_client_(pinned_client) {}

  // Throw kj::Exception where the message is damaged.
  using Result = std::variant<Command, Refused>;
  Result submit(protocol::Submit::Reader body) const;
  Result get_job(protocol::JobQuery::Reader body) const;
  Result list(protocol::ListQuery::Reader body) const;
  Result accept(protocol::Accept::Reader body) const;
  Result renew(protocol::Renew::Reader body) const;
  Result update(protocol::Update::Reader body) const;

 private:
  Item<Submitted> new_job(const std::string& at, protocol::NewJob::Reader job) const;
  Item<Outcome> outcome(const std::string& at, protocol::Outcome::Reader reader) const;

  // Each puts what it read into `target`, or says what is wrong with `field`.
  std::optional<Refused> take_failure(const std::string& at, protocol::JobError::Reader error,
                                      Failure& target) const;
  std::optional<Refused> take_json(const std::string& field, capnp::Text::Reader text,
                                   std::size_t bytes_max, std::string& target) const;
  std::optional<Refused> take_client(const std::string& field, capnp::Text::Reader said,
                                     std::string& target) const;
  // The path may name the job instead of the body; both must not differ.
  std::optional<Refused> take_job_of_path(const std::string& field, std::string& job) const;
  std::optional<Refused> take_lease(std::uint32_t lease_ms, Span& target) const;
  std::optional<Refused> check_wait(Span wait) const;
  std::optional<Refused> check_count(const std::string& field, std::size_t count) const;

  const Limits& limits_;
  const std::function<bool(std::string_view)>& is_json_;
  const Route& route_;
  const std::string& pinned_client_;
};

}  // namespace store

// Decodes the body of one request: checks each field and names the one that is wrong. Part of the
// codec; see codec.h.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "commands.h"
#include "operations.h"
#include "protocol.capnp.h"
#include "refusals.h"
#include "store_limits.h"

namespace store {

inline std::string_view text_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

class BodyReader {
 public:
  // All must outlive the reader. A `pinned_client` that is not empty counts whatever the body says.
  BodyReader(const Limits& limits, const std::function<bool(std::string_view)>& is_json,
             const Route& route, const std::string& pinned_client)
      : limits_(limits), is_json_(is_json), route_(route), pinned_client_(pinned_client) {}

  // Throw kj::Exception where the message is damaged.
  using Result = std::variant<Command, Refused>;

  // body_reader.cc: what clients ask, and drivers of all clients' jobs.
  Result submit(protocol::Submit::Reader body) const;
  Result get_job(protocol::JobQuery::Reader body) const;
  Result list(protocol::ListQuery::Reader body) const;
  Result cancel(protocol::JobQuery::Reader body) const;
  Result explain(protocol::JobQuery::Reader body) const;
  Result read_log(protocol::LogQuery::Reader body) const;
  Result subscribe(protocol::Subscribe::Reader body) const;
  Result read_events(protocol::EventQuery::Reader body) const;

  // body_reader_driver.cc
  Result accept(protocol::Accept::Reader body) const;
  Result renew(protocol::Renew::Reader body) const;
  Result update(protocol::Update::Reader body) const;
  Result peek(protocol::Peek::Reader body) const;
  Result read_requests_since(protocol::ListQuery::Reader body) const;

  // body_reader_admin.cc
  Result configure(protocol::DatasourceConfig::Reader body) const;
  Result edit(protocol::Edit::Reader body) const;
  Result restart(protocol::Restart::Reader body) const;
  Result redrive(protocol::Redrive::Reader body) const;
  Result list_tokens(protocol::TokenQuery::Reader body) const;
  Result revoke(protocol::Revoke::Reader body) const;

 private:
  using Wrong = std::optional<Refused>;
  using Names = capnp::List<capnp::Text>::Reader;
  using Statuses = capnp::List<protocol::Status>::Reader;

  Item<NewJob> new_job(const Place& at, protocol::NewJob::Reader job) const;
  Item<Outcome> outcome(const Place& at, protocol::Outcome::Reader reader) const;
  Wrong take_start(const Place& at, protocol::NewJob::Reader said, NewJob& target) const;
  template <typename JobCommand>
  Wrong take_whose_job(capnp::Text::Reader client, JobCommand& target) const;
  template <typename EventCommand>
  Wrong take_scope(capnp::Text::Reader client, EventCommand& target) const;
  Wrong take_word(const Place& at, protocol::Outcome::Reader said, Outcome& target) const;
  Wrong take_retry(const Place& at, protocol::Retry::Reader said, Retry& target) const;
  Wrong take_release(const Place& at, protocol::Release::Reader said, Release& target) const;
  Wrong take_progress(const Place& at, protocol::Progress::Reader said, Progress& target) const;
  Wrong take_accept_one(const Place& at, protocol::AcceptOne::Reader said, AcceptOne& target) const;
  Wrong take_log(const Place& at, protocol::LogLines::Reader log, WriteLog& target) const;
  // A list of names with numbers, and what its fields are called.
  struct NumbersField {
    const char* list;
    const char* name;
    const char* number;
    std::size_t count_max;
    std::uint32_t number_max;
  };
  template <typename List, typename NameOf, typename NumberOf>
  Wrong take_numbers(const NumbersField& field, const List& list, const NameOf& name_of,
                     const NumberOf& number_of, std::map<std::string, std::uint32_t>& target) const;

  // body_reader_fields.cc: each puts what it read into `target`, or says what is wrong with
  // `field`. Names may be empty, which is: not said; take_names() sorts them and drops repetitions.
  Wrong take_failure(const Place& at, protocol::JobError::Reader error, Failure& target) const;
  Wrong take_text(const Place& field, capnp::Text::Reader text, std::size_t bytes_max,
                  std::string& target) const;
  Wrong take_json(const Place& field, capnp::Text::Reader text, std::size_t bytes_max,
                  std::string& target) const;
  Wrong take_name(const Place& field, capnp::Text::Reader name, std::string& target) const;
  Wrong take_names(const Place& field, Names names, std::size_t count_max,
                   std::vector<std::string>& target) const;
  Wrong take_client(const Place& field, capnp::Text::Reader said, std::string& target) const;
  Wrong take_worker(const Place& at, capnp::Text::Reader worker, std::uint64_t request_number,
                    std::string& target) const;
  // The path may name the job instead of the body; both must not differ.
  Wrong take_job_of_path(const Place& field, std::string& job) const;
  Wrong take_trace(const Place& field, capnp::Text::Reader trace, std::string& target) const;
  Wrong take_span(const Place& field, std::uint64_t ms, Span max, Span& target) const;
  Wrong take_lease(const Place& field, std::uint32_t lease_ms, Span& target) const;
  Wrong take_wait(std::uint32_t wait_ms, Span& target) const;
  Wrong take_limit(std::uint32_t limit, std::size_t& target) const;
  Wrong take_statuses(Statuses statuses, std::uint8_t allowed, std::uint8_t& target) const;
  // All but keepForMs. Of a NewJob or the Terms of a datasource, which have the same names for it.
  template <typename Said>
  Wrong take_terms(const Place& at, const Said& said, SaidTerms& target) const;
  Wrong take_backoff(const Place& at, protocol::Backoff::Reader said, Backoff& target) const;

  const Limits& limits_;
  const std::function<bool(std::string_view)>& is_json_;
  const Route& route_;
  const std::string& pinned_client_;
};

}  // namespace store

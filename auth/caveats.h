// What first-party caveats mean. All caveats of a token and of its discharges must hold, several of
// one kind included:
//
//   path = <pattern>    a trailing `*` stands for one or more characters, so `/x/*` covers `/x/y`
//                       but not `/x/`; everywhere else `*` is a plain character. Starts with `/`,
//                       or is `*` alone.
//   method = <m>        GET, POST, PUT or DELETE
//   target = <store>    the store's name, exactly
//   client = <id>       act as this client only
//   time < <instant>    see timestamp.h; the instant itself is too late
//   job = <id>          requests about this job alone; an id as in docs/protocol.md 5
//   status-only         requests that only tell about a job
//   lease = <n>.<m>     the lease of attempt m of the job that the store numbered n
//   curve = <key>       over a connection with this public CURVE key, 40 characters of Z85
//   priority <= <n>     0 .. 100
//   bytes <= <n>        of one job's request; n has up to 15 digits, here and below
//   waiting <= <n>      jobs that wait at once
//   running <= <n>      jobs that workers have at once, 1 .. 1000000; more wait
//   valid-for <= <t>    jobs that fail when nobody took them in time t, such as 15m
//   rate <= <n>/<unit>  jobs in a second (s), minute (m), hour (h) or day (d); each is counted
//                       apart, by the caveats up to it
//   function = <p>      jobs of this function alone; a trailing `*` stands for any text
//   calls = <c>, <c>    these requests alone: each a method, which may be left out, and a path as
//                       above
//   acting = <ds>/<n>.<m>  while attempt m of the job that the store numbered n in that datasource
//                       has its lease
//   observe = <mode>    to observe the path so, as databox's clients do: data, audit, notification
//
// predicate.h has the grammar. A caveat that is unknown, malformed or overlong, a third-party
// caveat without discharge, or two caveats that no request can meet deny every request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "macaroon.h"
#include "predicate.h"

namespace auth {

// What caveats are judged against. The views must outlive the call they are passed to. Whatever is
// left out here makes the caveats about it deny.
struct Facts {
  std::string_view method;
  std::string_view path;  // as sent: no decoding, no normalising
  Time now;
  std::string_view alias_of{};   // the path that it stands for, which caveats may cover instead
  std::string_view job{};        // the one job that path and body are about
  bool is_status = false;        // the operation only tells about a job
  std::string_view curve_key{};  // the peer's public key, Z85; empty without CURVE
  std::string_view observe{};    // how the path is to be observed; empty: it is not
  // The caller will refuse what goes beyond the Bounds of jobs, and of the lease. Without that, a
  // token that has any is denied rather than let through unbounded.
  bool job_limits_are_kept = false;
  bool lease_is_kept = false;
  bool acting_is_kept = false;
};

// What only the caller, who sees bodies and counts jobs, can hold a token to. Of several caveats of
// one kind the narrowest is here.
struct Bounds {
  std::string job;  // judged by Facts too; here for a body of several jobs
  bool status_only = false;
  std::optional<LeaseBound> lease{};       // the only one that may be renewed or finished
  std::optional<ActingFor> acting{};       // the request is allowed as long as it has its lease
  std::optional<unsigned> priority_max{};  // of a job as it will run: defaults filled in
  std::optional<std::uint64_t> bytes_max{};
  std::optional<std::uint64_t> waiting_max{};
  std::optional<std::uint64_t> running_max{};
  std::optional<std::chrono::seconds> valid_for_max{};
  // All hold, and each is counted apart, in their order. What is no narrower than an earlier one of
  // the same span is left out: it is never used up before.
  std::vector<Rate> rates{};
  std::vector<std::string> functions{};  // of jobs: patterns, all of which a job's must fit
};

// What a token leaves to whoever may make a request with it at all.
struct Grant {
  std::string token_id{};         // as identity_of() has it; empty when no token was needed
  std::string client{};           // pinned by the token; empty when it is not
  std::string curve_key{};        // of the only connections it is good for; empty: of any
  std::optional<Time> expires{};  // the earliest of the `time` caveats
  Bounds bounds{};

  // What every token keeps that is made for the holder of this one: its end, cut to seconds, and
  // its connection.
  [[nodiscard]] std::vector<std::string> kept_caveats() const;
};

// The caveats of one token, parsed once and judged for each request.
class Caveats {
 public:
  // Never fails: what cannot be understood makes first_failure() refuse everything. A third-party
  // caveat in the list is one without discharge.
  static Caveats parse(const std::vector<Caveat>& caveats);

  // The reason why these caveats do not allow the request to the store named `target`, in plain
  // words for its sender; empty when they allow it. Depends on the token and the request only, so
  // it tells nothing about the contents of the store. Does not allocate when it allows.
  [[nodiscard]] std::optional<std::string> first_failure(const Facts& facts,
                                                         std::string_view target) const;

  // The caveats as they are written, in their order.
  [[nodiscard]] std::vector<std::string> texts() const;

  // What they leave; without the token's identifier, which no caveat tells.
  [[nodiscard]] const Grant& grant() const { return grant_; }

  // False when no request whatsoever can be allowed; first_failure() then says why.
  [[nodiscard]] bool is_satisfiable() const { return !refusal_; }

 private:
  [[nodiscard]] std::optional<std::string> contradiction(const Predicate& predicate) const;
  void take(const Predicate& predicate);
  [[nodiscard]] Rate counted_apart(Rate rate) const;

  std::vector<Predicate> predicates_;
  Grant grant_;
  std::optional<std::string> refusal_;
};

// The caveat in plain words, e.g. "only GET requests", "only until 2026-11-23 10:00:00 UTC". Safe
// to print on a terminal: control characters and non-ASCII bytes are escaped.
[[nodiscard]] std::string explain(const Caveat& caveat);

}  // namespace auth

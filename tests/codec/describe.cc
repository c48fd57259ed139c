#include "describe.h"

#include <sstream>

namespace store {
namespace {

std::int64_t ms(Time time) { return time.time_since_epoch().count(); }

std::ostream& operator<<(std::ostream& out, const Refused& refused) {
  return out << "refused " << static_cast<unsigned>(refused.code) << ' ' << refused.detail;
}
std::ostream& operator<<(std::ostream& out, const Failure& failure) {
  return out << failure.code << '|' << failure.message << '|' << failure.detail;
}
std::ostream& operator<<(std::ostream& out, const Lease& lease) {
  out << lease.job << '#' << lease.attempt;
  return lease.token.empty() ? out : out << " token=" << lease.token;
}
std::ostream& operator<<(std::ostream& out, const std::optional<std::string>& text) {
  return out << (text ? *text : "(any)");
}
std::ostream& operator<<(std::ostream& out, const std::vector<std::string>& names) {
  out << '[';
  for (const std::string& name : names) {
    out << ' ' << name;
  }
  return out << " ]";
}
std::ostream& operator<<(std::ostream& out, const Hash& hash) {
  constexpr const char* kHex = "0123456789abcdef";
  for (const std::uint8_t byte : hash) {
    out << kHex[byte / 16] << kHex[byte % 16];
  }
  return out;
}
std::ostream& operator<<(std::ostream& out, const Backoff& backoff) {
  return out << backoff.initial.count() << ".." << backoff.max.count() << " x"
             << backoff.factor_percent << "% -" << unsigned{backoff.jitter_percent} << '%';
}
template <typename SomeTerms>
std::ostream& numbers_of(std::ostream& out, const SomeTerms& terms) {
  return out << "keep_for=" << terms.keep_for.count() << " valid_for=" << terms.valid_for.count()
             << " timeout=" << terms.timeout.count() << " failures_max=" << terms.failures_max
             << " lost_leases_max=" << terms.lost_leases_max
             << " releases_max=" << terms.releases_max << " backoff=";
}
std::ostream& operator<<(std::ostream& out, const Terms& terms) {
  return numbers_of(out, terms) << terms.backoff;
}
std::ostream& operator<<(std::ostream& out, const SaidTerms& terms) {
  numbers_of(out, terms);
  return terms.backoff ? out << *terms.backoff : out << "(not said)";
}
std::ostream& operator<<(std::ostream& out, const DatasourceConfig& config) {
  out << "description=" << config.description << " priority=" << unsigned{config.priority} << ' '
      << config.terms << " lease=" << config.lease.count()
      << " cancel_grace=" << config.cancel_grace.count() << " waiting_max=" << config.waiting_max
      << " waiting_per_client_max=" << config.waiting_per_client_max
      << " running_max=" << config.running_max << " weights=";
  for (const auto& [client, weight] : config.weights) {
    out << ' ' << client << ':' << weight;
  }
  out << " costs=";
  for (const auto& [function, cost] : config.costs) {
    out << ' ' << function << ':' << cost;
  }
  return out;
}
std::ostream& operator<<(std::ostream& out, const Allowance& allowance) {
  const auto add = [&](const char* name, const auto& max) {
    if (max) {
      out << ' ' << name << "<=" << std::uint64_t{*max};
    }
  };
  add("priority", allowance.priority_max);
  add("bytes", allowance.bytes_max);
  add("waiting", allowance.waiting_max);
  for (const RateLimit& rate : allowance.rates) {
    out << " rate<=" << rate.count << '/' << letter_of(rate.span);
  }
  return out;
}
std::ostream& operator<<(std::ostream& out, Mode mode) {
  return out << (mode == Mode::kRunning  ? "running"
                 : mode == Mode::kPaused ? "paused"
                                         : "draining");
}

struct DescribeChange {
  std::ostream& out;

  void operator()(const DatasourceAdded& added) { out << "added " << added.name; }
  void operator()(const Configured& configured) { out << "configured " << configured.config; }
  void operator()(const ModeSet& set) { out << "mode " << set.mode; }
  void operator()(const WorkerForgotten& forgotten) { out << "forgotten " << forgotten.name; }
  void operator()(const EventsForgotten& forgotten) {
    out << "events forgotten below " << forgotten.oldest;
  }
  void operator()(const Charged& charged) {
    out << "charged " << charged.token << " cost=" << charged.cost
        << " spans=" << unsigned{charged.spans};
  }
  void operator()(const TokenRevoked& revoked) {
    out << "token revoked " << revoked.token << " until=" << ms(revoked.revocation.until);
  }
  void operator()(const TokenForgotten& forgotten) { out << "token forgotten " << forgotten.token; }
  void operator()(const Submitted& job) {
    out << "submitted " << job.id << " client=" << job.client << " function=" << job.function
        << " request=" << job.request << " trace=" << job.trace << " tags=" << job.tags
        << " priority=" << unsigned{job.priority} << " not_before=" << ms(job.not_before) << ' '
        << job.terms << " content=" << job.content;
  }
  void operator()(const Restarted& restarted) {
    out << "restarted " << restarted.id << " parent=" << restarted.parent;
  }
  void operator()(const Due&) { out << "due"; }
  void operator()(const Expired& expired) { out << "expired " << expired.failure; }
  void operator()(const Edited& edited) {
    out << "edited priority=" << unsigned{edited.priority}
        << " expires_at=" << ms(edited.expires_at) << " request=" << edited.request
        << " run_now=" << edited.run_now;
  }
  void operator()(const Accepted& accepted) {
    out << "accepted worker=" << accepted.worker << " number=" << accepted.request_number
        << " deadline=" << ms(accepted.deadline) << " out_of_turn=" << accepted.out_of_turn
        << " caveats=" << accepted.caveats;
  }
  void operator()(const Renewed& renewed) { out << "renewed " << ms(renewed.deadline); }
  void operator()(const Progressed& progressed) {
    out << "progressed " << progressed.value << ' ' << progressed.message;
  }
  void operator()(const Logged& logged) {
    out << "logged " << logged.number << " attempt=" << logged.attempt << " #"
        << logged.attempt_number << " level=" << static_cast<unsigned>(logged.level) << ' '
        << logged.text;
  }
  void operator()(const Completed& completed) { out << "completed " << completed.response; }
  void operator()(const Failed& failed) { out << "failed " << failed.failure; }
  void operator()(const Forbidden& forbidden) { out << "forbidden " << forbidden.failure; }
  void operator()(const Retried& retried) {
    out << "retried " << retried.failure << " not_before=" << ms(retried.not_before)
        << " said=" << retried.said;
  }
  void operator()(const RetriedLast& retried) {
    out << "retried for the last time " << retried.failure << " said=" << retried.said;
  }
  void operator()(const Released& released) {
    out << "released " << released.message << " not_before=" << ms(released.not_before)
        << " said=" << released.said;
  }
  void operator()(const ReleasedLast& released) {
    out << "released for the last time " << released.failure << " said=" << released.said;
  }
  void operator()(const LeaseLost&) { out << "lease lost"; }
  void operator()(const LeaseLostLast& lost) { out << "last lease lost " << lost.failure; }
  void operator()(const Returned&) { out << "returned"; }
  void operator()(const CancelRequested& requested) {
    out << "cancel requested until=" << ms(requested.until);
  }
  void operator()(const Cancelled& cancelled) { out << "cancelled said=" << cancelled.said; }
  void operator()(const Removed& removed) {
    out << "removed log_lines=" << removed.log_lines << " attempt=" << removed.attempt;
  }
};

// What a worker says of a job.
struct DescribeWord {
  std::ostream& out;

  void operator()(const Completed& completed) { DescribeChange{out}(completed); }
  void operator()(const Failed& failed) { DescribeChange{out}(failed); }
  void operator()(const Forbidden& forbidden) { DescribeChange{out}(forbidden); }
  void operator()(const Retry& retry) {
    out << "retry " << retry.failure << " delay=" << retry.delay.count();
  }
  void operator()(const Release& release) {
    out << "release " << release.message << " delay=" << release.delay.count();
  }
  void operator()(const AckCancel&) { out << "ack of a cancel"; }
  void operator()(const Progress& progress) {
    out << "progress " << progress.value << ' ' << progress.message;
  }
  void operator()(const WriteLog& log) {
    out << "log first=" << log.first;
    for (const LogText& line : log.lines) {
      out << "\n    level=" << static_cast<unsigned>(line.level) << ' ' << line.text;
    }
  }
  void operator()(const AcceptOne& accept) {
    out << "accept worker=" << accept.worker << " number=" << accept.request_number
        << " lease=" << accept.lease.count();
  }
};

struct DescribeCommand {
  std::ostream& out;

  void operator()(const Refused& refused) { out << refused; }
  void operator()(const Submit& submit) {
    out << "submit to " << submit.datasource << " no_tickets=" << submit.no_tickets
        << submit.allowance;
    for (const auto& item : submit.jobs) {
      out << "\n  ";
      std::visit(*this, item);
    }
  }
  void operator()(const NewJob& job) {
    out << job.id << " client=" << job.client << " function=" << job.function
        << " request=" << job.request << " trace=" << job.trace << " tags=" << job.tags
        << " priority=" << unsigned{job.priority} << " not_before=" << ms(job.not_before)
        << " delay=" << job.delay.count() << ' ' << job.terms;
  }
  void operator()(const GetJob& query) {
    out << "get " << query.job << " of " << query.datasource << " client=" << query.client
        << " wait=" << query.wait.count() << " seen=" << query.seen
        << " until_final=" << query.until_final << " with_attempts=" << query.with_attempts
        << " with_request=" << query.with_request;
  }
  void operator()(const ListJobs& query) {
    out << "list " << query.datasource << " client=" << query.client << " cursor=" << query.cursor
        << " limit=" << query.limit << " statuses=" << unsigned{query.statuses}
        << " function=" << query.function << " tag=" << query.tag << " text=" << query.text;
  }
  void operator()(const Cancel& cancel) {
    out << "cancel " << cancel.job << " of " << cancel.datasource << " client=" << cancel.client;
  }
  void operator()(const ReadLog& query) {
    out << "log of " << query.job << " of " << query.datasource << " client=" << query.client
        << " after=" << query.after << " limit=" << query.limit;
  }
  void operator()(const Explain& query) {
    out << "explain " << query.job << " of " << query.datasource << " client=" << query.client;
  }
  void operator()(const Subscribe& command) {
    out << "subscribe to " << command.datasource << " job=" << command.job
        << " client=" << command.client << " limit=" << command.limit
        << " no_snapshot=" << command.no_snapshot;
  }
  void operator()(const ReadEvents& query) {
    out << "events of " << query.datasource << " job=" << query.job << " client=" << query.client
        << " after=" << query.after << " limit=" << query.limit << " wait=" << query.wait.count()
        << " is_repair=" << query.is_repair;
  }
  void operator()(const Accept& accept) {
    out << "accept from " << accept.datasource << " worker=" << accept.worker
        << " number=" << accept.request_number << " max=" << accept.max
        << " lease=" << accept.lease.count() << " wait=" << accept.wait.count()
        << " functions=" << accept.functions;
  }
  void operator()(const Renew& renew) {
    out << "renew in " << renew.datasource << " lease=" << renew.lease.count()
        << " worker=" << renew.worker << " wait=" << renew.wait.count() << " seen=" << renew.seen;
    for (const Lease& lease : renew.leases) {
      out << ' ' << lease;
    }
  }
  void operator()(const Update& update) {
    out << "update in " << update.datasource;
    for (const auto& item : update.outcomes) {
      out << "\n  ";
      std::visit(*this, item);
    }
  }
  void operator()(const Outcome& outcome) {
    out << outcome.lease << ' ';
    std::visit(DescribeWord{out}, outcome.word);
  }
  void operator()(const Peek& peek) {
    out << "peek " << peek.datasource << " functions=" << peek.functions;
  }
  void operator()(const ReadRequests& query) {
    out << "requests of " << query.datasource << " latest=" << query.latest
        << " cursor=" << query.cursor << " since=";
    query.since ? out << ms(*query.since) : out << "(none)";
    out << " limit=" << query.limit << " client=" << query.client << " function=" << query.function
        << " tag=" << query.tag;
  }
  void operator()(const GetConfig& query) { out << "config of " << query.datasource; }
  void operator()(const ListConfigs&) { out << "configs"; }
  void operator()(const Configure& configure) {
    out << "configure " << configure.datasource << ' ' << configure.config;
  }
  void operator()(const SetMode& set) { out << "mode of " << set.datasource << ' ' << set.mode; }
  void operator()(const GetDatasourceStats& query) {
    out << "stats of " << (query.datasource.empty() ? "(all)" : query.datasource);
  }
  void operator()(const ListWorkers& query) { out << "workers of " << query.datasource; }
  void operator()(const Remove& remove) {
    out << "remove " << remove.job << " of " << remove.datasource;
  }
  void operator()(const Restart& restart) {
    out << "restart " << restart.job << " of " << restart.datasource << " as " << restart.new_id;
  }
  void operator()(const Edit& edit) {
    out << "edit " << edit.job << " of " << edit.datasource
        << " priority=" << unsigned{edit.priority} << " valid_for=" << edit.valid_for.count()
        << " request=" << edit.request;
  }
  void operator()(const Redrive& redrive) {
    out << "redrive " << redrive.datasource << " client=" << redrive.client
        << " function=" << redrive.function << " tag=" << redrive.tag
        << " statuses=" << unsigned{redrive.statuses} << " limit=" << redrive.limit
        << " cursor=" << redrive.cursor;
  }
  void operator()(const ListTokens& query) {
    out << "tokens after=" << query.after << " limit=" << query.limit;
  }
  void operator()(const RevokeToken& command) {
    out << "revoke " << command.token << " until=" << ms(command.revocation.until);
  }
};

}  // namespace

std::string describe(const Command& command) {
  std::ostringstream out;
  std::visit(DescribeCommand{out}, command);
  return out.str();
}

std::string describe(const Entry& entry) {
  std::ostringstream out;
  out << "datasource " << entry.job.datasource << " job " << entry.job.sequence << " sequence "
      << entry.sequence << " by " << (entry.token.empty() ? "(the store)" : entry.token) << ": ";
  std::visit(DescribeChange{out}, entry.change);
  return out.str();
}

}  // namespace store

#include "describe.h"

#include <sstream>

namespace store {
namespace {

std::ostream& operator<<(std::ostream& out, const Refused& refused) {
  return out << "refused " << static_cast<unsigned>(refused.code) << ' ' << refused.detail;
}
std::ostream& operator<<(std::ostream& out, const Failure& failure) {
  return out << failure.code << '|' << failure.message << '|' << failure.detail;
}
std::ostream& operator<<(std::ostream& out, const Lease& lease) {
  return out << lease.job << '#' << lease.attempt;
}
std::ostream& operator<<(std::ostream& out, const std::optional<std::string>& text) {
  return out << (text ? *text : "(any)");
}
std::int64_t ms(Time time) { return time.time_since_epoch().count(); }

struct DescribeChange {
  std::ostream& out;

  void operator()(const DatasourceAdded& added) { out << "added " << added.name; }
  void operator()(const Submitted& submitted) {
    out << "submitted " << submitted.id << " client=" << submitted.client
        << " request=" << submitted.request << " priority=" << unsigned{submitted.priority}
        << " keep_for=" << submitted.keep_for.count();
  }
  void operator()(const Accepted& accepted) {
    out << "accepted worker=" << accepted.worker << " number=" << accepted.request_number
        << " deadline=" << ms(accepted.deadline);
  }
  void operator()(const Renewed& renewed) { out << "renewed " << ms(renewed.deadline); }
  void operator()(const Completed& completed) { out << "completed " << completed.response; }
  void operator()(const Failed& failed) { out << "failed " << failed.failure; }
  void operator()(const LeaseLost&) { out << "lease lost"; }
  void operator()(const Returned&) { out << "returned"; }
  void operator()(const LeaseLostLast& lost) { out << "last lease lost " << lost.failure; }
  void operator()(const Removed&) { out << "removed"; }
  void operator()(const WorkerForgotten& forgotten) { out << "forgotten " << forgotten.name; }
};

struct DescribeCommand {
  std::ostream& out;

  void operator()(const Submit& submit) {
    out << "submit to " << submit.datasource;
    for (const auto& item : submit.jobs) {
      out << "\n  ";
      std::visit(*this, item);
    }
  }
  void operator()(const Submitted& submitted) { DescribeChange{out}(submitted); }
  void operator()(const Refused& refused) { out << refused; }
  void operator()(const GetJob& query) {
    out << "get " << query.job << " of " << query.datasource << " client=" << query.client
        << " wait=" << query.wait.count() << " seen=" << query.seen
        << " until_final=" << query.until_final;
  }
  void operator()(const ListJobs& query) {
    out << "list " << query.datasource << " client=" << query.client << " cursor=" << query.cursor
        << " limit=" << query.limit << " statuses=" << unsigned{query.statuses};
  }
  void operator()(const Accept& accept) {
    out << "accept from " << accept.datasource << " worker=" << accept.worker
        << " number=" << accept.request_number << " max=" << accept.max
        << " lease=" << accept.lease.count() << " wait=" << accept.wait.count();
  }
  void operator()(const Renew& renew) {
    out << "renew in " << renew.datasource << " lease=" << renew.lease.count();
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
    std::visit(DescribeChange{out}, outcome.word);
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
      << entry.sequence << ": ";
  std::visit(DescribeChange{out}, entry.change);
  return out.str();
}

}  // namespace store

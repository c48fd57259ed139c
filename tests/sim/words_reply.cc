#include <algorithm>

#include "words.h"
#include "words_writer.h"

namespace store::sim {
namespace {

constexpr const char* kStatuses[] = {"submitted", "accepted",  "retrying", "complete",
                                     "failed",    "cancelled", "forbidden"};
constexpr const char* kReasons[] = {"final",       "running", "notBefore", "backoff", "paused",
                                    "concurrency", "behind",  "noWorker",  "due"};

struct WriteReply {
  Writer& out;
  TextSource& texts;
  const JobTable& jobs;

  bool has_changed(const JobView& view) const {
    const Job* job = jobs.find(view.key);
    return job == nullptr || job->changed != view.changed;
  }

  void write(const Terms& terms) {
    out.add("keepFor", terms.keep_for).add("validFor", terms.valid_for);
    out.add("timeout", terms.timeout).add("failuresMax", terms.failures_max);
    out.add("lostLeasesMax", terms.lost_leases_max).add("releasesMax", terms.releases_max);
    out.add("initial", terms.backoff.initial).add("max", terms.backoff.max);
    out.add("factor", terms.backoff.factor_percent).add("jitter", terms.backoff.jitter_percent);
  }

  static bool shows_failure(const JobView& job) {
    return job.has_failure && (job.status == Status::kFailed || job.status == Status::kForbidden ||
                               job.status == Status::kRetrying);
  }

  // Of failures that the store itself declares, only the code is laid down.
  void write(const Failure& failure) {
    out.add("code", failure.code);
    const bool is_of_store = failure.code == "timeout" || failure.code == "lost-leases" ||
                             failure.code == "releases" || failure.code == "expired";
    if (!is_of_store) {
      out.add("message", failure.message).add("detail", failure.detail);
    }
  }

  void facts(const JobView& job) {
    out.open(job.id);
    out.add("datasource", job.key.datasource).add("sequence", job.key.sequence);
    out.add("client", job.client).add("status", kStatuses[static_cast<int>(job.status)]);
    out.add("changed", job.changed).add("priority", job.priority).add("attempt", job.attempt);
    out.add("worker", job.worker).add("function", job.function).add("tags", job.tags);
    out.add("parent", job.parent).add("child", job.child);
    out.add("failures", job.failures).add("lostLeases", job.lost_leases);
    out.add("releases", job.releases).add("requestBytes", job.request_bytes);
    out.add("logLines", job.log_lines).add("progress", job.progress);
    out.add("submittedAt", job.submitted_at).add("notBefore", job.not_before);
    out.add("expiresAt", job.expires_at).add("acceptedAt", job.accepted_at);
    out.add("leaseUntil", job.deadline).add("attemptUntil", job.attempt_until);
    out.add("cancelRequestedAt", job.cancel_requested_at).add("cancelUntil", job.cancel_until);
    out.add("finishedAt", job.finished_at);
    write(job.terms);
    out.close();
  }

  void in_list(const JobView& job) {
    facts(job);
    if (shows_failure(job) && !has_changed(job)) {
      Failure failure = texts.texts(job.key).failure;
      failure.detail.clear();
      write(failure);
    }
  }

  void whole(const JobReply& reply) {
    facts(reply.job);
    if (reply.is_gone || has_changed(reply.job)) {
      return;
    }
    const Texts& known = texts.texts(reply.job.key);
    out.add("progressMessage", known.message);
    if (reply.job.status == Status::kComplete) {
      out.add("response", known.response);
    }
    if (shows_failure(reply.job)) {
      write(known.failure);
    }
    given(reply.job, reply.with_request);
    if (reply.with_attempts) {
      for (const EndedAttempt& ended : texts.attempts(reply.job.key)) {
        out.open("attempt");
        out.add("number", ended.attempt).add("worker", ended.worker);
        out.add("acceptedAt", ended.accepted_at).add("endedAt", ended.ended_at);
        out.add("ending", static_cast<int>(ended.ending));
        write(Failure{ended.code, ended.message, {}});
        out.close();
      }
    }
  }

  void given(const JobView& job, bool with_request) {
    if (has_changed(job)) {
      return;
    }
    const Given& given = texts.given(job.key);
    out.add("trace", given.trace);
    if (with_request) {
      out.add("request", given.request);
    }
  }

  void lease(const JobView& job) {
    facts(job);
    given(job, true);
  }

  void cancels(const std::vector<CancelNote>& notes) {
    for (const CancelNote& note : notes) {
      out.open("cancel");
      out.add("job", note.job).add("attempt", note.attempt).add("sequence", note.sequence);
      out.add("until", note.until);
      out.close();
    }
  }

  void write(const Counters& counters) {
    out.add("submitted", counters.submitted).add("runs", counters.runs);
    out.add("complete", counters.complete).add("failed", counters.failed);
    out.add("cancelled", counters.cancelled).add("forbidden", counters.forbidden);
    out.add("errors", counters.errors).add("releases", counters.releases);
    out.add("waited", counters.waited).add("ran", counters.ran);
  }

  void operator()(const Refused& refused) {
    out.open("refused");
    out.add("code", static_cast<int>(refused.code));
    out.close();
  }
  void operator()(const SubmitReply& reply) {
    for (const auto& item : reply.items) {
      if (const auto* refused = std::get_if<Refused>(&item)) {
        (*this)(*refused);
      } else {
        const auto& taken = std::get<SubmitReply::Taken>(item);
        out.open(taken.created ? "made" : "known");
        facts(taken.job);
        out.close();
      }
    }
  }
  void operator()(const JobReply& reply) { whole(reply); }
  void operator()(const ListReply& reply) {
    for (const JobView& job : reply.jobs) {
      if (reply.text.empty() || has_changed(job) ||
          texts.given(job.key).request.find(reply.text) != std::string::npos) {
        in_list(job);
      }
    }
    out.add("cursor", reply.cursor);
  }
  void operator()(const LogReply& reply) {
    for (const LogLine& line : texts.log(reply.job, reply.after, reply.last)) {
      out.open("line");
      out.add("number", line.number).add("attempt", line.attempt).add("time", line.time);
      out.add("level", static_cast<int>(line.level)).add("text", line.text);
      out.close();
    }
    out.add("cursor", reply.is_end ? 0 : reply.last);
  }
  void operator()(const ExplainReply& reply) {
    out.add("status", kStatuses[static_cast<int>(reply.status)]).add("earliest", reply.earliest);
    for (const Reason& reason : reply.reasons) {
      out.open(kReasons[static_cast<int>(reason.kind)]);
      const bool by_clock =
          reason.kind == Reason::Kind::kNotBefore || reason.kind == Reason::Kind::kBackoff;
      out.add("until", by_clock ? reason.until : Time()).add("count", reason.count);
      out.close();
    }
  }
  void operator()(const AcceptReply& reply) {
    out.open("accepted");
    for (const JobView& job : reply.jobs) {
      lease(job);
    }
    cancels(reply.cancels);
    out.close();
  }
  void operator()(const RenewReply& reply) {
    for (const auto& held : reply.leases) {
      out.open(held ? "held" : "lost");
      if (held) {
        out.add("until", held->deadline).add("cancelRequested", held->cancel_requested);
      }
      out.close();
    }
    cancels(reply.cancels);
  }
  void operator()(const UpdateReply& reply) {
    for (const auto& item : reply.items) {
      if (const auto* refused = std::get_if<Refused>(&item)) {
        (*this)(*refused);
        continue;
      }
      const auto& taken = std::get<UpdateReply::Taken>(item);
      out.open("taken");
      out.add("status", kStatuses[static_cast<int>(taken.status)]);
      out.add("notBefore", taken.not_before);
      if (taken.accepted) {
        lease(*taken.accepted);
      }
      out.close();
    }
  }
  void operator()(const RequestsReply& reply) {
    for (const RequestsReply::Record& record : reply.records) {
      out.open(record.is_cancel ? "cancel" : "job");
      out.add("sequence", record.sequence).add("time", record.time);
      in_list(record.job);
      given(record.job, true);
      out.close();
    }
    out.add("cursor", reply.cursor);
  }
  void operator()(const ConfigReply& reply) {
    const DatasourceConfig& config = reply.config;
    Configure command{reply.datasource, config};
    out.add("mode", static_cast<int>(reply.mode)).add("description", config.description);
    out.add("is", sim::text_of(Command(command)));
  }
  void operator()(const ConfigsReply& reply) {
    std::vector<ConfigReply> sorted = reply.configs;
    sort(sorted, [](const ConfigReply& config) { return config.datasource; });
    for (ConfigReply& config : sorted) {
      // Those are sent to whoever asks for one.
      config.config.weights.clear();
      config.config.costs.clear();
      (*this)(config);
    }
  }
  void operator()(const DatasourcesReply& reply) {
    std::vector<DatasourceStats> sorted = reply.datasources;
    sort(sorted, [](const DatasourceStats& stats) { return stats.datasource; });
    for (DatasourceStats& stats : sorted) {
      out.open(stats.datasource);
      out.add("mode", static_cast<int>(stats.mode)).add("ready", stats.ready);
      out.add("delayed", stats.delayed).add("running", stats.running);
      out.add("finished", stats.finished).add("clients", stats.clients);
      out.add("workersWaiting", stats.workers_waiting).add("oldest", stats.oldest_ready);
      write(stats.total);
      sort(stats.functions, [](const FunctionStats& function) { return function.function; });
      for (const FunctionStats& function : stats.functions) {
        out.open(function.function);
        out.add("waiting", function.waiting).add("running", function.running);
        out.add("oldest", function.oldest_ready);
        write(function.total);
        out.close();
      }
      out.close();
    }
  }
  void operator()(const WorkersReply& reply) {
    std::vector<WorkersReply::Worker> sorted = reply.workers;
    sort(sorted, [](const WorkersReply::Worker& worker) { return worker.name; });
    for (WorkersReply::Worker& worker : sorted) {
      out.open(worker.name);
      out.add("heardAt", worker.heard_at).add("isWaiting", worker.is_waiting);
      out.add("running", worker.running);
      sort(worker.jobs, [](const JobView& job) { return job.key; });
      for (const JobView& job : worker.jobs) {
        facts(job);
      }
      out.close();
    }
  }
  void operator()(const RedriveReply& reply) {
    for (const JobView& job : reply.jobs) {
      facts(job);
    }
    out.add("cursor", reply.cursor);
  }
  void snapshot(const Snapshot& snapshot) {
    out.add("last", snapshot.cursor).add("oldest", snapshot.oldest);
    for (const JobView& job : snapshot.jobs.jobs) {
      in_list(job);
    }
    out.add("cursor", snapshot.jobs.cursor);
  }
  void scope(const EventScope& scope) {
    out.add("datasource", scope.datasource).add("client", scope.client).add("job", scope.job);
  }
  void operator()(const SubscribeReply& reply) {
    scope(reply.scope);
    snapshot(reply.snapshot);
  }
  // What is found is compared apart.
  void operator()(const EventsReply& reply) {
    scope(reply.scope);
    out.add("after", reply.after).add("limit", reply.limit);
  }
  void operator()(const GoneReply& reply) {
    out.open("gone");
    snapshot(reply.snapshot);
    out.close();
  }
  void operator()(const TokensReply& reply) {
    for (const TokensReply::Token& token : reply.tokens) {
      out.open(token.id);
      out.add("waiting", token.waiting).add("running", token.running);
      for (std::size_t i = 0; i < kRateSpanCount; ++i) {
        if (token.used[i]) {
          out.add(std::string(1, letter_of(static_cast<RateSpan>(i))),
                  std::to_string(*token.used[i]));
        }
      }
      out.add("isRevoked", token.revoked.has_value());
      out.add("until", token.revoked ? token.revoked->until : Time());
      out.close();
    }
    out.add("isEnd", reply.is_end);
  }
  void operator()(const KeysReply&) {}
  void operator()(const StoreStatus&) {}
  void operator()(const StoreStats&) {}

  template <typename Item, typename Key>
  static void sort(std::vector<Item>& items, Key key) {
    std::sort(items.begin(), items.end(),
              [&](const Item& a, const Item& b) { return key(a) < key(b); });
  }
};

}  // namespace

std::string text_of(const Reply& reply, TextSource& texts, const JobTable& jobs) {
  Writer out;
  std::visit(WriteReply{out, texts, jobs}, reply);
  return out.take();
}

}  // namespace store::sim

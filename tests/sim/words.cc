#include "words.h"

#include <algorithm>

#include "words_writer.h"

namespace store::sim {
namespace {

constexpr const char* kCommandKinds[] = {"submit",   "get",       "list",    "cancel",    "log",
                                         "explain",  "accept",    "renew",   "update",    "peek",
                                         "requests", "config",    "configs", "configure", "mode",
                                         "stats",    "workers",   "remove",  "restart",   "edit",
                                         "redrive",  "subscribe", "events",  "tokens",    "revoke"};
static_assert(std::size(kCommandKinds) == std::variant_size_v<Command>);

constexpr const char* kChangeKinds[] = {
    "datasource added", "configured",      "mode set",      "worker forgotten",
    "events forgotten", "charged",         "token revoked", "token forgotten",
    "submitted",        "restarted",       "due",           "expired",
    "edited",           "accepted",        "renewed",       "progressed",
    "logged",           "completed",       "failed",        "forbidden",
    "retried",          "retried last",    "released",      "released last",
    "lease lost",       "lease lost last", "returned",      "cancel requested",
    "cancelled",        "removed"};
static_assert(std::size(kChangeKinds) == std::variant_size_v<Change>);

constexpr const char* kWordKinds[] = {"complete",  "fail",     "retry", "release", "forbid",
                                      "cancelled", "progress", "log",   "accepted"};
static_assert(std::size(kWordKinds) == std::variant_size_v<decltype(Outcome::word)>);

void write(Writer& out, const Backoff& backoff) {
  out.add("initial", backoff.initial).add("max", backoff.max);
  out.add("factor", backoff.factor_percent).add("jitter", backoff.jitter_percent);
}

void write(Writer& out, const SaidTerms& terms) {
  out.add("keepFor", terms.keep_for).add("validFor", terms.valid_for);
  out.add("timeout", terms.timeout).add("failuresMax", terms.failures_max);
  out.add("lostLeasesMax", terms.lost_leases_max).add("releasesMax", terms.releases_max);
  if (terms.backoff) {
    out.open("backoff");
    write(out, *terms.backoff);
    out.close();
  }
}

void write(Writer& out, const Failure& failure) {
  out.add("code", failure.code).add("message", failure.message).add("detail", failure.detail);
}

struct WriteWord {
  Writer& out;

  void operator()(const Completed& word) { out.add("response", word.response); }
  void operator()(const Failed& word) { write(out, word.failure); }
  void operator()(const Retry& word) {
    write(out, word.failure);
    out.add("delay", word.delay);
  }
  void operator()(const Release& word) {
    out.add("message", word.message).add("delay", word.delay);
  }
  void operator()(const Forbidden& word) { write(out, word.failure); }
  void operator()(const AckCancel&) {}
  void operator()(const Progress& word) {
    out.add("value", word.value).add("message", word.message);
  }
  void operator()(const WriteLog& word) {
    out.add("first", word.first).add("lines", word.lines.size());
    out.add("text", word.lines.front().text);
  }
  void operator()(const AcceptOne& word) {
    out.add("worker", word.worker).add("number", word.request_number).add("lease", word.lease);
  }
};

void write(Writer& out, const decltype(Outcome::word)& word) {
  out.open(kWordKinds[word.index()]);
  std::visit(WriteWord{out}, word);
  out.close();
}

void write(Writer& out, const NewJob& job) {
  out.add("id", job.id).add("client", job.client).add("function", job.function);
  out.add("request", job.request).add("trace", job.trace).add("tags", job.tags);
  out.add("priority", job.priority).add("notBefore", job.not_before).add("delay", job.delay);
  write(out, job.terms);
}

struct WriteCommand {
  Writer& out;

  void whose(const auto& command) {
    out.add("job", command.job);
    out.add("client", command.client ? *command.client : std::string("(any)"));
  }
  void operator()(const Submit& command) {
    const Allowance& allowance = command.allowance;
    const auto limit = [&](const char* name, const auto& max) {
      if (max) {
        out.add(name, std::to_string(*max));
      }
    };
    limit("priorityMax", allowance.priority_max);
    limit("bytesMax", allowance.bytes_max);
    limit("waitingMax", allowance.waiting_max);
    for (const RateLimit& rate : allowance.rates) {
      out.add("rate", std::to_string(rate.count) + '/' + letter_of(rate.span));
    }
    for (const Item<NewJob>& item : command.jobs) {
      out.open("job");
      if (const auto* job = std::get_if<NewJob>(&item)) {
        write(out, *job);
      }
      out.close();
    }
  }
  void operator()(const GetJob& command) {
    whose(command);
    out.add("wait", command.wait).add("seen", command.seen);
    out.add("untilFinal", command.until_final).add("withAttempts", command.with_attempts);
    out.add("withRequest", command.with_request);
  }
  void operator()(const ListJobs& command) {
    out.add("client", command.client ? *command.client : std::string("(any)"));
    out.add("cursor", command.cursor).add("limit", command.limit);
    out.add("statuses", command.statuses).add("function", command.function);
    out.add("tag", command.tag).add("text", command.text);
  }
  void operator()(const Cancel& command) { whose(command); }
  void operator()(const ReadLog& command) {
    whose(command);
    out.add("after", command.after).add("limit", command.limit);
  }
  void operator()(const Explain& command) { whose(command); }
  void operator()(const Accept& command) {
    out.add("worker", command.worker).add("number", command.request_number);
    out.add("max", command.max).add("lease", command.lease).add("wait", command.wait);
    out.add("functions", command.functions);
  }
  void operator()(const Renew& command) {
    for (const Lease& lease : command.leases) {
      out.add("job", lease.job).add("attempt", lease.attempt);
    }
    out.add("lease", command.lease).add("worker", command.worker).add("wait", command.wait);
    out.add("seen", command.seen);
  }
  void operator()(const Update& command) {
    for (const Item<Outcome>& item : command.outcomes) {
      if (const auto* outcome = std::get_if<Outcome>(&item)) {
        out.add("job", outcome->lease.job).add("attempt", outcome->lease.attempt);
        write(out, outcome->word);
      } else {
        out.open("malformed");
        out.close();
      }
    }
  }
  void operator()(const Peek& command) { out.add("functions", command.functions); }
  void operator()(const ReadRequests& command) {
    out.add("latest", command.latest).add("cursor", command.cursor);
    out.add("since", command.since.value_or(Time()));
    out.add("limit", command.limit).add("client", command.client);
    out.add("function", command.function).add("tag", command.tag);
  }
  void operator()(const GetConfig&) {}
  void operator()(const ListConfigs&) {}
  void operator()(const Configure& command) {
    out.add("priority", command.config.priority);
    write(out, command.config.terms);
    out.add("lease", command.config.lease).add("cancelGrace", command.config.cancel_grace);
    out.add("waitingMax", command.config.waiting_max);
    out.add("waitingPerClientMax", command.config.waiting_per_client_max);
    out.add("runningMax", command.config.running_max);
    for (const auto& [client, weight] : command.config.weights) {
      out.add("client", client).add("weight", weight);
    }
    for (const auto& [function, cost] : command.config.costs) {
      out.add("function", function).add("cost", cost);
    }
  }
  void operator()(const SetMode& command) { out.add("mode", static_cast<int>(command.mode)); }
  void operator()(const GetDatasourceStats&) {}
  void operator()(const ListWorkers&) {}
  void operator()(const Remove& command) { out.add("job", command.job); }
  void operator()(const Restart& command) {
    out.add("job", command.job).add("newId", command.new_id);
  }
  void operator()(const Edit& command) {
    out.add("job", command.job).add("priority", command.priority);
    out.add("validFor", command.valid_for).add("request", command.request);
  }
  void operator()(const Subscribe& command) {
    whose(command);
    out.add("limit", command.limit).add("noSnapshot", command.no_snapshot);
  }
  void operator()(const ReadEvents& command) {
    whose(command);
    out.add("after", command.after).add("limit", command.limit).add("wait", command.wait);
  }
  void operator()(const Redrive& command) {
    out.add("client", command.client).add("function", command.function);
    out.add("tag", command.tag).add("statuses", command.statuses);
    out.add("limit", command.limit).add("cursor", command.cursor);
  }
  void operator()(const ListTokens& command) {
    out.add("after", command.after).add("limit", command.limit);
  }
  void operator()(const RevokeToken& command) {
    out.add("token", command.token).add("until", command.revocation.until);
  }
};

std::string datasource_of(const Command& command) {
  return std::visit(
      [](const auto& any) {
        if constexpr (requires { any.datasource; }) {
          return any.datasource;
        } else {
          return std::string();
        }
      },
      command);
}

// The worst of what is in it.
std::string code_of(const Reply& reply) {
  Code code = Code::kOk;
  const auto worst = [&](const auto& items) {
    for (const auto& item : items) {
      if (const auto* refused = std::get_if<Refused>(&item)) {
        code = std::max(code, refused->code);
      }
    }
  };
  if (const auto* refused = std::get_if<Refused>(&reply)) {
    code = refused->code;
  } else if (const auto* submitted = std::get_if<SubmitReply>(&reply)) {
    worst(submitted->items);
  } else if (const auto* updated = std::get_if<UpdateReply>(&reply)) {
    worst(updated->items);
  } else if (std::holds_alternative<GoneReply>(reply)) {
    code = Code::kGone;
  }
  return std::to_string(static_cast<int>(code));
}

}  // namespace

std::string text_of(Time time) {
  return time == Time() ? "0" : "+" + std::to_string((time - kStart).count());
}

std::string text_of(const NewJob& job) {
  Writer out;
  write(out, job);
  return out.take();
}

std::string text_of(const decltype(Outcome::word)& word) {
  Writer out;
  write(out, word);
  return out.take();
}

std::string text_of(const Command& command) {
  Writer out;
  out.open(kind_of(command));
  out.add("datasource", datasource_of(command));
  std::visit(WriteCommand{out}, command);
  out.close();
  return out.take();
}

std::string text_of(const Entry& entry) {
  Writer out;
  out.open(kind_of(entry.change));
  out.add("datasource", entry.job.datasource).add("job", entry.job.sequence);
  out.add("sequence", entry.sequence).add("token", entry.token);
  out.close();
  return out.take();
}

std::string kind_of(const Command& command) { return kCommandKinds[command.index()]; }
std::string kind_of(const Change& change) { return kChangeKinds[change.index()]; }

std::string outcome_of(const Command& command, const Reply& reply) {
  return kind_of(command) + " " + code_of(reply);
}

}  // namespace store::sim

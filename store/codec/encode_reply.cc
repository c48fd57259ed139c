#include <capnp/message.h>
#include <capnp/serialize.h>

#include "codec.h"
#include "protocol.capnp.h"

namespace store {
namespace {

std::uint64_t ms(Time time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }
capnp::Text::Reader text(const std::string& text) { return {text.c_str(), text.size()}; }

void fill(protocol::JobStatus::Builder out, const JobView& job) {
  out.setJob(text(job.id));
  out.setClient(text(job.client));
  out.setStatus(static_cast<protocol::Status>(job.status));
  out.setSequence(job.key.sequence);
  out.setChanged(job.changed);
  out.setPriority(job.priority);
  out.setAttempt(job.attempt);
  out.setLostLeases(job.lost_leases);
  out.setWorker(text(job.worker));
  out.setSubmittedAt(ms(job.submitted_at));
  out.setAcceptedAt(ms(job.accepted_at));
  out.setLeaseUntil(ms(job.deadline));
  out.setFinishedAt(ms(job.finished_at));
}

void fill(protocol::JobError::Builder out, const Failure& failure, bool with_detail) {
  out.setCode(text(failure.code));
  out.setMessage(text(failure.message));
  if (with_detail) {
    out.setDetail(text(failure.detail));
  }
}

// A reply to a single item has that item's code; several are 207 unless all are 200.
template <typename Items, typename CodeOf>
Code code_of_all(const Items& items, const CodeOf& code_of) {
  if (items.size() == 1) {
    return code_of(items.front());
  }
  for (const auto& item : items) {
    if (code_of(item) != Code::kOk) {
      return Code::kMultiStatus;
    }
  }
  return Code::kOk;
}

class ReplyWriter {
 public:
  ReplyWriter(protocol::Reply::Builder reply, const ReadTexts& read_texts)
      : reply_(reply), read_texts_(read_texts) {
    set_code(Code::kOk);
  }

  void operator()(const Refused& refused) {
    set_code(refused.code);
    reply_.setError(text(refused.detail));
  }

  void operator()(const SubmitReply& submitted) {
    auto list = reply_.getBody().initSubmitted(static_cast<unsigned>(submitted.items.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setCode(static_cast<std::uint16_t>(code_of(submitted.items[i])));
      if (const auto* refused = std::get_if<Refused>(&submitted.items[i])) {
        list[i].setError(text(refused->detail));
      } else {
        const auto& taken = std::get<SubmitReply::Taken>(submitted.items[i]);
        fill(list[i].initJob(), taken.job);
        list[i].setCreated(taken.created);
      }
    }
    set_code_of_all(submitted.items);
  }

  void operator()(const JobReply& found) {
    auto job = reply_.getBody().initJob();
    fill(job, found.job);
    if (is_final(found.job.status)) {
      const Texts& texts = read_texts_(found.job.key);
      job.setResponse(text(texts.response));
      if (found.job.status == Status::kFailed) {
        fill(job.initError(), texts.failure, true);
      }
    }
  }

  void operator()(const ListReply& page) {
    auto out = reply_.getBody().initJobs();
    auto list = out.initJobs(static_cast<unsigned>(page.jobs.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      fill(list[i], page.jobs[i]);
      if (page.jobs[i].status == Status::kFailed) {
        fill(list[i].initError(), read_texts_(page.jobs[i].key).failure, false);
      }
    }
    out.setCursor(page.cursor);
  }

  void operator()(const AcceptReply& accepted) {
    auto list = reply_.getBody().initAccepted(static_cast<unsigned>(accepted.jobs.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      const JobView& job = accepted.jobs[i];
      auto out = list[i];
      out.getLease().setJob(text(job.id));
      out.getLease().setAttempt(job.attempt);
      out.setLeaseUntil(ms(job.deadline));
      out.setClient(text(job.client));
      out.setRequest(text(read_texts_(job.key).request));
      out.setSequence(job.key.sequence);
      out.setPriority(job.priority);
      out.setSubmittedAt(ms(job.submitted_at));
    }
  }

  void operator()(const RenewReply& renewed) {
    auto list = reply_.getBody().initRenewed(static_cast<unsigned>(renewed.deadlines.size()));
    const auto code_of_deadline = [](const std::optional<Time>& deadline) {
      return deadline ? Code::kOk : Code::kConflict;
    };
    for (unsigned i = 0; i < list.size(); ++i) {
      const std::optional<Time>& deadline = renewed.deadlines[i];
      list[i].setCode(static_cast<std::uint16_t>(code_of_deadline(deadline)));
      list[i].setLeaseUntil(deadline ? ms(*deadline) : 0);
    }
    set_code(code_of_all(renewed.deadlines, code_of_deadline));
    if (renewed.deadlines.size() == 1 && !renewed.deadlines.front()) {
      reply_.setError("lease: not held");
    }
  }

  void operator()(const UpdateReply& updated) {
    auto list = reply_.getBody().initUpdated(static_cast<unsigned>(updated.items.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setCode(static_cast<std::uint16_t>(code_of(updated.items[i])));
      if (const auto* refused = std::get_if<Refused>(&updated.items[i])) {
        list[i].setError(text(refused->detail));
      } else {
        list[i].setStatus(static_cast<protocol::Status>(std::get<Status>(updated.items[i])));
      }
    }
    set_code_of_all(updated.items);
  }

  void operator()(const StoreStatus& status) {
    auto out = reply_.getBody().initStore();
    out.setVersion(text(status.version));
    out.setName(text(status.name));
    out.setUptimeMs(static_cast<std::uint64_t>(status.uptime.count()));
    out.setNow(ms(status.now));
    out.setDurability("synced");
    const auto fill_list = [](capnp::List<capnp::Text>::Builder list,
                              const std::vector<std::string>& texts) {
      for (unsigned i = 0; i < list.size(); ++i) {
        list.set(i, text(texts[i]));
      }
    };
    const auto size = [](const auto& list) { return static_cast<unsigned>(list.size()); };
    fill_list(out.initRequestEndpoints(size(status.request_endpoints)), status.request_endpoints);
    fill_list(out.initDriverEndpoints(size(status.driver_endpoints)), status.driver_endpoints);
    fill_list(out.initStatusEndpoints(size(status.status_endpoints)), status.status_endpoints);
  }

  void operator()(const StoreStats& stats) {
    auto out = reply_.getBody().initStats();
    out.setRequests(stats.requests);
    out.setRefusals(stats.refusals);
    out.setRepliesDropped(stats.replies_dropped);
    out.setTurns(stats.turns);
    out.setCommits(stats.commits);
    out.setSyncs(stats.syncs);
    out.setJournalBytes(stats.journal_bytes);
    out.setDerivedBytes(stats.derived_bytes);
    out.setWalBytes(stats.wal_bytes);
    out.setFlushBytes(stats.flush_bytes);
    out.setCompactionBytes(stats.compaction_bytes);
    out.setJobsLive(stats.jobs_live);
    out.setJobsFinished(stats.jobs_finished);
    out.setWaitersParked(stats.waiters_parked);
  }

 private:
  template <typename Good>
  static Code code_of(const std::variant<Good, Refused>& item) {
    const auto* refused = std::get_if<Refused>(&item);
    return refused == nullptr ? Code::kOk : refused->code;
  }

  template <typename Items>
  void set_code_of_all(const Items& items) {
    set_code(code_of_all(items, [](const auto& item) { return code_of(item); }));
    if (items.size() == 1) {
      if (const auto* refused = std::get_if<Refused>(&items.front())) {
        reply_.setError(text(refused->detail));
      }
    }
  }

  void set_code(Code code) { reply_.setCode(static_cast<std::uint16_t>(code)); }

  protocol::Reply::Builder reply_;
  const ReadTexts& read_texts_;
};

}  // namespace

std::string encode_reply(std::uint64_t id, const Reply& reply, const ReadTexts& read_texts) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<protocol::Reply>();
  root.setId(id);
  std::visit(ReplyWriter(root, read_texts), reply);
  std::string bytes(capnp::computeSerializedSizeInWords(message) * sizeof(capnp::word), '\0');
  kj::ArrayOutputStream out(kj::arrayPtr(reinterpret_cast<kj::byte*>(bytes.data()), bytes.size()));
  capnp::writeMessage(out, message);
  return bytes;
}

}  // namespace store

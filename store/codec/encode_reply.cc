#include <algorithm>
#include <cstring>

#include "codec.h"
#include "encode_reply_parts.h"
#include "invariant.h"
#include "protocol.capnp.h"

namespace store {
namespace {

// A reply to a single item has that item's code; several are 207 unless all are 200.
template <typename Items, typename CodeOf>
Code code_of_all(const Items& items, const CodeOf& code_of) {
  if (items.size() == 1) {
    return code_of(items.front());
  }
  const bool all_done = std::all_of(items.begin(), items.end(),
                                    [&](const auto& item) { return code_of(item) == Code::kOk; });
  return all_done ? Code::kOk : Code::kMultiStatus;
}

template <typename Good>
Code code_of(const std::variant<Good, Refused>& item) {
  const auto* refused = std::get_if<Refused>(&item);
  return refused == nullptr ? Code::kOk : refused->code;
}

void set_code(auto out, Code code) { out.setCode(static_cast<std::uint16_t>(code)); }

// Of a reply or of an item of it.
void refuse(auto out, const Refused& refused) {
  constexpr std::int64_t kMax = UINT32_MAX;
  set_code(out, refused.code);
  out.setError(text(refused.detail));
  out.setRetryAfterMs(
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(refused.retry_after.count(), 0, kMax)));
}

class ReplyWriter {
 public:
  ReplyWriter(protocol::Reply::Builder reply, TextSource& texts) : reply_(reply), texts_(texts) {
    set_code(reply_, Code::kOk);
  }

  void operator()(const Refused& refused) { refuse(reply_, refused); }

  void operator()(const SubmitReply& submitted) {
    auto list = reply_.getBody().initSubmitted(size_of(submitted.items));
    fill_items(list, submitted.items, [](auto out, const SubmitReply::Result& taken) {
      fill(out.initJob(), taken.job);
      out.setCreated(taken.created);
      if (!taken.ticket.empty()) {
        out.setTicket(text(taken.ticket));
      }
    });
  }

  void operator()(const JobReply& found) { fill_whole(reply_.getBody().initJob(), found, texts_); }

  void operator()(const ListReply& page) {
    if (page.is_export) {
      return write_export(page);
    }
    std::vector<const JobView*> matching;
    matching.reserve(page.jobs.size());
    Sequence cursor = page.cursor;
    for (const JobView& job : page.jobs) {
      if (matching.size() == page.limit) {
        cursor = page.is_by_value ? cursor : matching.back()->key.sequence;
        break;
      }
      if (page.text.empty() || has_text(job.key, page.text)) {
        matching.push_back(&job);
      }
    }
    auto out = reply_.getBody().initJobs();
    auto list = out.initJobs(size_of(matching));
    for (unsigned i = 0; i < list.size(); ++i) {
      fill_in_list(list[i], *matching[i], texts_);
    }
    out.setCursor(cursor);
  }

  void operator()(const CountReply& counted) {
    auto out = reply_.getBody().initCount();
    out.setCount(counted.count + static_cast<std::uint64_t>(std::count_if(
                                     counted.jobs.begin(), counted.jobs.end(),
                                     [&](JobKey job) { return has_text(job, counted.text); })));
    out.setCursor(counted.cursor);
  }

  void operator()(const LogReply& page) {
    auto out = reply_.getBody().initLog();
    write_all(texts_.log(page.job, page.after, page.last),
              [&](unsigned size) { return out.initLines(size); });
    out.setCursor(page.is_end ? 0 : page.last);
  }

  void operator()(const Explanation& explained) {
    jobq::wire::write(explained, reply_.getBody().initExplanation());
  }

  void operator()(const AcceptReply& accepted) {
    auto list = reply_.getBody().initAccepted(size_of(accepted.jobs));
    for (unsigned i = 0; i < list.size(); ++i) {
      fill(list[i], accepted.jobs[i], texts_);
    }
    set_cancels(accepted.cancels);
    reply_.setOrder(static_cast<protocol::WorkerOrder>(accepted.order));
  }

  void operator()(const RenewReply& renewed) {
    auto list = reply_.getBody().initRenewed(size_of(renewed.leases));
    const auto code_of_lease = [](const std::optional<RenewReply::Held>& held) {
      return held ? Code::kOk : Code::kConflict;
    };
    for (unsigned i = 0; i < list.size(); ++i) {
      const std::optional<RenewReply::Held>& held = renewed.leases[i];
      set_code(list[i], code_of_lease(held));
      if (held) {
        list[i].setLeaseUntil(ms(held->deadline));
        list[i].setCancelRequested(held->cancel_requested);
      }
    }
    set_code(reply_, code_of_all(renewed.leases, code_of_lease));
    if (renewed.leases.size() == 1 && !renewed.leases.front()) {
      reply_.setError("lease: not held");
    }
    set_cancels(renewed.cancels);
    reply_.setOrder(static_cast<protocol::WorkerOrder>(renewed.order));
  }

  void operator()(const UpdateReply& updated) {
    auto list = reply_.getBody().initUpdated(size_of(updated.items));
    fill_items(list, updated.items, [this](auto out, const UpdateReply::Result& taken) {
      out.setStatus(static_cast<protocol::Status>(taken.status));
      out.setNotBefore(ms(taken.not_before));
      if (taken.accepted) {
        fill(out.initAccepted(), *taken.accepted, texts_);
      }
    });
  }

  void operator()(const RequestsReply& page) {
    auto out = reply_.getBody().initRequests();
    auto list = out.initRequests(size_of(page.records));
    for (unsigned i = 0; i < list.size(); ++i) {
      const RequestsReply::Record& record = page.records[i];
      list[i].setSequence(record.sequence);
      list[i].setTime(ms(record.time));
      list[i].setKind(static_cast<protocol::RequestRecord::Kind>(record.kind));
      auto job = list[i].initJob();
      fill_in_list(job, record.job, texts_);
      job.setRequest(text(texts_.payload(record.job.key).request));
    }
    out.setCursor(page.cursor);
  }

  void operator()(const DatasourceConfig& configured) {
    jobq::wire::write(configured, reply_.getBody().initConfig());
  }
  void operator()(const ConfigsReply& all) {
    write_all(all.configs, [&](unsigned size) { return reply_.getBody().initConfigs(size); });
  }
  void operator()(const DatasourcesReply& all) {
    write_all(all.datasources,
              [&](unsigned size) { return reply_.getBody().initDatasources(size); });
  }
  void operator()(const WorkersReply& all) {
    write_all(all.workers, [&](unsigned size) { return reply_.getBody().initWorkers(size); });
  }

  void operator()(const jobq::ScheduleStatus& schedule) {
    jobq::wire::write(schedule, reply_.getBody().initSchedule());
  }
  void operator()(const jobq::SchedulePage& page) {
    jobq::wire::write(page, reply_.getBody().initSchedules());
  }

  void operator()(const jobq::FunctionStatus& function) {
    jobq::wire::write(function, reply_.getBody().initFunction());
  }
  void operator()(const jobq::FunctionPage& page) {
    jobq::wire::write(page, reply_.getBody().initFunctions());
  }

  void operator()(const jobq::StatePage& page) {
    jobq::wire::write(page, reply_.getBody().initStates());
  }

  void operator()(const jobq::CodeStatus& code) {
    jobq::wire::write(code, reply_.getBody().initCode());
  }
  void operator()(const jobq::CodePage& page) {
    jobq::wire::write(page, reply_.getBody().initCodes());
  }
  void operator()(const CodeReply& found) {
    auto out = reply_.getBody().initCode();
    jobq::wire::write(found.status, out);
    const std::string content = texts_.code(found.datasource, found.status.hash);
    out.setContent({reinterpret_cast<const kj::byte*>(content.data()), content.size()});
  }

  void operator()(const RedriveReply& redriven) {
    auto out = reply_.getBody().initRedriven();
    fill_list(redriven.jobs, [&](unsigned size) { return out.initJobs(size); });
    out.setCursor(redriven.cursor);
  }

  void operator()(const HistoryReply& query) {
    jobq::wire::write(texts_.history(query), reply_.getBody().initHistory());
  }

  void operator()(const BulkReply& done) {
    auto out = reply_.getBody().initBulkStep();
    out.setCount(done.count);
    fill_list(done.jobs, [&](unsigned size) { return out.initJobs(size); });
    out.setCursor(done.cursor);
    out.setLast(done.last);
  }
  void operator()(const jobq::StoreMode& mode) {
    jobq::wire::write(mode, reply_.getBody().initStoreMode());
  }

  void operator()(const SubscribeReply&) {
    INVARIANT(false, "nobody can watch without a topic: the server makes a Subscribed of it");
  }
  void operator()(const Observed&) { INVARIANT(false, "is answered in Zest alone"); }
  void operator()(const Subscribed& subscribed) {
    auto out = reply_.getBody().initSubscription();
    out.setTopic(text(subscribed.topic));
    auto endpoints = out.initEndpoints(size_of(subscribed.endpoints));
    for (unsigned i = 0; i < endpoints.size(); ++i) {
      endpoints.set(i, text(subscribed.endpoints[i]));
    }
    fill_snapshot(out.initSnapshot(), subscribed.reply.snapshot);
    out.setHeartbeatMs(static_cast<std::uint32_t>(ms(subscribed.heartbeat)));
    out.setExpiresAt(ms(subscribed.expires_at));
    if (!subscribed.key.empty()) {
      const auto* key = reinterpret_cast<const kj::byte*>(subscribed.key.data());
      out.setKey(kj::arrayPtr(key, subscribed.key.size()));
    }
  }

  void operator()(const EventsReply& query) {
    const FoundEvents found = texts_.events(query);
    auto out = reply_.getBody().initEvents();
    auto list = out.initEvents(size_of(found.events));
    Sequence previous = query.after;
    for (unsigned i = 0; i < list.size(); ++i) {
      fill(list[i], query.datasource, found.events[i], previous);
      previous = found.events[i].sequence;
    }
    out.setCursor(found.cursor);
    out.setIsEnd(found.is_end);
  }

  void operator()(const GoneReply& gone) {
    refuse(reply_, {Code::kGone, gone.detail});
    fill_snapshot(reply_.getBody().initSnapshot(), gone.snapshot);
  }

  void operator()(const TokensReply& page) {
    auto out = reply_.getBody().initTokens();
    write_all(page.tokens, [&](unsigned size) { return out.initTokens(size); });
    out.setIsEnd(page.is_end);
  }
  void operator()(const RootKeysReply& keys) {
    auto list = reply_.getBody().initKeys(size_of(keys.ids));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setId(text(keys.ids[i]));
      list[i].setIsNewest(i + 1 == list.size());
    }
  }

  void operator()(const jobq::StoreStatus& status) {
    jobq::wire::write(status, reply_.getBody().initStore());
  }
  void operator()(const jobq::Backup& backup) {
    jobq::wire::write(backup, reply_.getBody().initBackup());
  }
  void operator()(const jobq::StoreStats& stats) {
    jobq::wire::write(stats, reply_.getBody().initStats());
  }

 private:
  // As many of the jobs as a message has room for; one job is less than 3 MiB.
  void write_export(const ListReply& page) {
    constexpr std::size_t kBytesMax = 4u << 20;
    auto out = reply_.getBody().initJobs();
    auto jobs = capnp::Orphanage::getForMessageContaining(reply_)
                    .newOrphan<capnp::List<protocol::JobStatus>>(size_of(page.jobs));
    std::size_t bytes = 0;
    unsigned count = 0;
    for (; count < page.jobs.size() && bytes < kBytesMax; ++count) {
      auto job = jobs.get()[count];
      fill_whole(job,
                 {.job = page.jobs[count],
                  .with_attempts = true,
                  .with_request = true,
                  .with_checkpoint = true},
                 texts_);
      bytes += job.totalSize().wordCount * sizeof(capnp::word);
    }
    if (count < page.jobs.size()) {
      jobs.truncate(count);
    }
    out.adoptJobs(std::move(jobs));
    out.setCursor(count < page.jobs.size() ? page.jobs[count - 1].key.sequence : page.cursor);
    out.setLast(page.last);
  }

  // By memmem(), which never looks at a byte twice as often as it must: std::string::find() takes
  // seconds for a megabyte of one letter and a text that ends in another.
  bool has_text(const JobKey& job, const std::string& text) {
    const std::string& request = texts_.payload(job).request;
    return ::memmem(request.data(), request.size(), text.data(), text.size()) != nullptr;
  }

  void fill_snapshot(protocol::Snapshot::Builder out, const Snapshot& snapshot) {
    out.setCursor(snapshot.cursor);
    out.setOldest(snapshot.oldest);
    auto page = out.initJobs();
    auto jobs = page.initJobs(size_of(snapshot.jobs.jobs));
    for (unsigned i = 0; i < jobs.size(); ++i) {
      fill_in_list(jobs[i], snapshot.jobs.jobs[i], texts_);
    }
    page.setCursor(snapshot.jobs.cursor);
  }

  // Values of the contract.
  template <typename Value, typename Init>
  static void write_all(const std::vector<Value>& values, const Init& init) {
    jobq::wire::write_list(values, init(size_of(values)));
  }
  template <typename Values, typename Init>
  static void fill_list(const Values& values, const Init& init) {
    auto list = init(size_of(values));
    for (unsigned i = 0; i < list.size(); ++i) {
      fill(list[i], values[i]);
    }
  }

  template <typename List, typename Items, typename FillTaken>
  void fill_items(List list, const Items& items, const FillTaken& fill_taken) {
    for (unsigned i = 0; i < list.size(); ++i) {
      set_code(list[i], Code::kOk);
      if (const auto* refused = std::get_if<Refused>(&items[i])) {
        refuse(list[i], *refused);
      } else {
        fill_taken(list[i], std::get<0>(items[i]));
      }
    }
    set_code(reply_, code_of_all(items, [](const auto& item) { return code_of(item); }));
    if (items.size() == 1 && std::holds_alternative<Refused>(items.front())) {
      refuse(reply_, std::get<Refused>(items.front()));
    }
  }

  void set_cancels(const std::vector<CancelRequest>& cancels) {
    if (!cancels.empty()) {
      write_all(cancels, [&](unsigned size) { return reply_.initCancels(size); });
    }
  }

  protocol::Reply::Builder reply_;
  TextSource& texts_;
};

template <typename AnyReply>
std::string encode(std::uint64_t id, const AnyReply& reply, TextSource& texts) {
  jobq::wire::Message message;
  auto root = message.initRoot<protocol::Reply>();
  root.setId(id);
  fill(root, reply, texts);
  return bytes_of(message);
}

}  // namespace

void fill(protocol::Reply::Builder out, const Reply& reply, TextSource& texts) {
  std::visit(ReplyWriter(out, texts), reply);
}
void fill(protocol::Reply::Builder out, const ServerReply& reply, TextSource& texts) {
  std::visit(ReplyWriter(out, texts), reply);
}

std::string encode_reply(std::uint64_t id, const Reply& reply, TextSource& texts) {
  return encode(id, reply, texts);
}
std::string encode_reply(std::uint64_t id, const ServerReply& reply, TextSource& texts) {
  return encode(id, reply, texts);
}

}  // namespace store

#include <algorithm>

#include "texts.h"
#include "turn.h"

namespace store {

std::optional<Reply> apply(Turn& turn, const Origin& origin, GetJob& command) {
  const auto found = find_job(turn, command.datasource, command.job, command.client);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const Job& job = *std::get<const Job*>(found);
  const bool is_news = is_final(job.status) ||
                       (!command.until_final && command.seen != 0 && command.seen < job.changed);
  if (is_news || command.wait == Span::zero()) {
    return JobReply{view_of(turn.state, job), command.with_attempts, command.with_request};
  }
  std::string client = command.client.value_or("");
  if (auto refused = turn.no_room_to_wait(client)) {
    return std::move(*refused);
  }
  turn.waiters.park(turn.now + command.wait,
                    Waiters::ForNews{origin, job.key, std::move(client), command.until_final,
                                     command.with_attempts, command.with_request});
  return std::nullopt;
}

Reply apply(Turn& turn, const ListJobs& command) {
  ListReply reply;
  reply.text = command.text;
  const auto datasource = turn.state.find_datasource(command.datasource);
  if (!datasource) {
    return reply;
  }
  const SequenceIndex* index = &turn.state.datasource(*datasource).jobs;
  if (command.client) {
    const ClientJobs* of_client = turn.state.jobs_of_client(*datasource, *command.client);
    if (of_client == nullptr) {
      return reply;
    }
    index = &of_client->jobs;
  }
  const std::size_t scan_max =
      command.text.empty() ? turn.limits.list_scan_max : turn.limits.search_scan_max;
  std::size_t left = turn.take_scans(scan_max);
  Sequence last = 0;
  index->walk(command.cursor, [&](Slot slot) {
    const Job& job = turn.state.jobs.at(slot);
    if (reply.jobs.size() >= command.limit || left-- == 0) {
      reply.cursor = last;
      return false;
    }
    last = job.key.sequence;
    const auto& tags = turn.state.names.tags_of(job);
    if ((command.statuses >> static_cast<int>(job.status) & 1) != 0 &&
        (command.function.empty() || command.function == turn.state.names.function_of(job)) &&
        (command.tag.empty() || std::binary_search(tags.begin(), tags.end(), command.tag))) {
      reply.jobs.push_back(view_of(turn.state, job));
    }
    return true;
  });
  return reply;
}

Reply apply(Turn& turn, const ReadLog& command) {
  const auto found = find_job(turn, command.datasource, command.job, command.client);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const Job& job = *std::get<const Job*>(found);
  const std::uint32_t forgotten = job.log_lines > kLogLinesKept ? job.log_lines - kLogLinesKept : 0;
  const std::uint32_t after = std::max(command.after, forgotten);
  const auto last = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(job.log_lines, std::uint64_t{after} + command.limit));
  return LogReply{.job = job.key, .after = after, .last = last, .is_end = last >= job.log_lines};
}

namespace {

// Requests in the order of their sequences: submits, and cancels of accepted jobs.
class RequestWalk {
 public:
  RequestWalk(Turn& turn, const ReadRequests& command, RequestsReply& reply)
      : turn_(turn), command_(command), reply_(reply) {}

  void walk(const Datasource& datasource, Sequence after_submits, Sequence after_cancels) {
    std::vector<std::pair<Sequence, Slot>> found;
    const std::size_t scans = turn_.take_scans(turn_.limits.list_scan_max);
    const auto collect = [&](const SequenceIndex& index, Sequence after, auto sequence_of) {
      std::size_t left = scans + 1;
      index.walk(after, [&](Slot slot) {
        found.emplace_back(sequence_of(turn_.state.jobs.at(slot)), slot);
        return --left > 0;
      });
    };
    collect(datasource.jobs, after_submits, [](const Job& job) { return job.key.sequence; });
    collect(datasource.cancels, after_cancels, [](const Job& job) { return job.cancel_sequence; });
    // Of each the first ones, so of both together as well.
    std::sort(found.begin(), found.end());
    const bool is_end = found.size() <= scans;
    found.resize(std::min(found.size(), scans));
    Sequence last = 0;
    std::size_t bytes = 0;
    for (const auto& [sequence, slot] : found) {
      const Job& job = turn_.state.jobs.at(slot);
      bytes += matches(job) ? job.request_bytes : 0;
      if (reply_.records.size() >= command_.limit ||
          (bytes > turn_.limits.accept_bytes_max && !reply_.records.empty())) {
        reply_.cursor = last;
        return;
      }
      last = sequence;
      if (matches(job)) {
        add(job, sequence != job.key.sequence);
      }
    }
    reply_.cursor = is_end ? 0 : last;
  }

  void add(const Job& job, bool is_cancel) {
    reply_.records.push_back({.sequence = is_cancel ? job.cancel_sequence : job.key.sequence,
                              .time = is_cancel ? job.cancel_requested_at : job.submitted_at,
                              .is_cancel = is_cancel,
                              .job = view_of(turn_.state, job)});
  }

 private:
  bool matches(const Job& job) const {
    const auto& tags = turn_.state.names.tags_of(job);
    return (command_.client.empty() || command_.client == turn_.state.names.client_of(job)) &&
           (command_.function.empty() || command_.function == turn_.state.names.function_of(job)) &&
           (command_.tag.empty() || std::binary_search(tags.begin(), tags.end(), command_.tag));
  }

  Turn& turn_;
  const ReadRequests& command_;
  RequestsReply& reply_;
};

// What stands before the first one that is not earlier than `since`; the end when all are.
template <typename TimeOf>
Sequence before(const Turn& turn, const SequenceIndex& index, Time since, TimeOf time_of) {
  const Sequence first =
      index.first_where([&](Slot slot) { return time_of(turn.state.jobs.at(slot)) >= since; });
  return first == 0 ? UINT64_MAX : first - 1;
}

}  // namespace

Reply apply(Turn& turn, const ReadRequests& command) {
  RequestsReply reply;
  const auto index = turn.state.find_datasource(command.datasource);
  if (!index) {
    return reply;
  }
  const Datasource& datasource = turn.state.datasource(*index);
  RequestWalk requests(turn, command, reply);
  if (command.latest) {
    const Slot job = datasource.jobs.last();
    const Slot cancel = datasource.cancels.last();
    const bool is_cancel = cancel != kNoSlot && turn.state.jobs.at(cancel).cancel_sequence >
                                                    turn.state.jobs.at(job).key.sequence;
    if (job != kNoSlot) {
      requests.add(turn.state.jobs.at(is_cancel ? cancel : job), is_cancel);
    }
  } else if (command.since) {
    requests.walk(datasource,
                  before(turn, datasource.jobs, *command.since,
                         [](const Job& job) { return job.submitted_at; }),
                  before(turn, datasource.cancels, *command.since,
                         [](const Job& job) { return job.cancel_requested_at; }));
  } else {
    requests.walk(datasource, command.cursor, command.cursor);
  }
  return reply;
}

}  // namespace store

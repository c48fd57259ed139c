#include <algorithm>

#include "apply.h"
#include "job_view.h"
#include "job_walk.h"
#include "room.h"
#include "texts.h"

namespace store {

Answer apply(Context& context, const Job& job, const GetJob& command) {
  const bool is_news = is_final(job.status) ||
                       (!command.until_final && command.seen != 0 && command.seen < job.changed);
  if (is_news || command.wait == Span::zero()) {
    return JobReply{whole_view_of(context.state, job), command.with_attempts, command.with_request,
                    command.with_request && !command.client};
  }
  std::string client = command.client.value_or("");
  if (auto refused = no_room_to_wait(context, client)) {
    return std::move(*refused);
  }
  return context.park(command.wait, Waiters::ForNews{{},
                                                     job.key,
                                                     std::move(client),
                                                     command.until_final,
                                                     command.with_attempts,
                                                     command.with_request});
}

namespace {

// The first ones of an order by a value, of all that are shown to it.
class FirstOf {
 public:
  FirstOf(jobq::ListOrder order, std::size_t limit) : is_before_{order}, limit_(limit) {}

  void show(const Job& job) {
    const Row row{{jobq::list_value(job, is_before_.order), job.key.sequence}, &job};
    if (rows_.size() < limit_) {
      rows_.push_back(row);
      std::push_heap(rows_.begin(), rows_.end(), is_before_);
    } else if (is_before_(row, rows_.front())) {
      std::pop_heap(rows_.begin(), rows_.end(), is_before_);
      rows_.back() = row;
      std::push_heap(rows_.begin(), rows_.end(), is_before_);
    }
  }

  template <typename Visit>
  void visit_in_order(const Visit& visit) {
    std::sort_heap(rows_.begin(), rows_.end(), is_before_);
    for (const Row& row : rows_) {
      visit(*row.job);
    }
  }

 private:
  struct Row {
    jobq::ListPlace place;
    const Job* job;
  };
  struct IsBefore {
    jobq::ListOrder order;
    bool operator()(const Row& a, const Row& b) const {
      return jobq::is_before(a.place, b.place, order);
    }
  };

  const IsBefore is_before_;
  const std::size_t limit_;
  std::vector<Row> rows_;
};

}  // namespace

Answer apply(Context& context, const ListJobs& command) {
  ListReply reply;
  reply.text = command.text;
  reply.limit = command.limit;
  reply.is_by_value = jobq::is_by_value(command.order);
  const auto add = [&](const Job& job) {
    reply.jobs.push_back(command.is_export ? export_view_of(context.state, job)
                                           : view_of(context.state, job));
  };
  // Where requests are searched all are told, and whoever encodes them keeps to the limit.
  const std::size_t limit = command.text.empty() ? command.limit : SIZE_MAX;
  if (reply.is_by_value) {
    FirstOf first(command.order, limit);
    reply.cursor = walk_matching(context, command, [&](const Job& job) {
      first.show(job);
      return true;
    });
    first.visit_in_order(add);
  } else {
    reply.cursor = walk_matching(context, command, [&](const Job& job) {
      add(job);
      return reply.jobs.size() < limit;
    });
  }
  if (const auto index = context.state.find_datasource(command.datasource);
      index && command.is_export) {
    reply.is_export = true;
    reply.last = context.state.datasource(*index).last_sequence;
  }
  return reply;
}

Answer apply(Context& context, const CountJobs& command) {
  CountReply reply;
  reply.text = command.list.text;
  reply.cursor = walk_matching(context, command.list, [&](const Job& job) {
    if (reply.text.empty()) {
      ++reply.count;
    } else {
      reply.jobs.push_back(job.key);
    }
    return true;
  });
  return reply;
}

Answer apply(Context&, const Job& job, const ReadLog& command) {
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
  RequestWalk(Context& context, const ReadRequests& command, RequestsReply& reply)
      : context_(context), command_(command), reply_(reply) {}

  void walk(const Datasource& datasource, Sequence after_submits, Sequence after_cancels) {
    std::vector<std::pair<Sequence, Slot>> found;
    const std::size_t scans = context_.take_scans(context_.limits.list_scan_max);
    const auto collect = [&](const SequenceIndex& index, Sequence after, auto sequence_of) {
      std::size_t left = scans + 1;
      index.walk(after, [&](Slot slot) {
        found.emplace_back(sequence_of(context_.state.jobs.at(slot)), slot);
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
      const Job& job = context_.state.jobs.at(slot);
      bytes += matches(job) ? job.request_bytes : 0;
      if (reply_.records.size() >= command_.limit ||
          (bytes > context_.limits.accept_bytes_max && !reply_.records.empty())) {
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
    using Kind = jobq::RequestRecord::Kind;
    reply_.records.push_back({.sequence = is_cancel ? job.cancel_sequence : job.key.sequence,
                              .time = is_cancel ? job.cancel_requested_at : job.submitted_at,
                              .kind = is_cancel ? Kind::kCancel : Kind::kJob,
                              .job = view_of(context_.state, job)});
  }

 private:
  bool matches(const Job& job) const {
    return fits_with_client(context_.state, job, command_) &&
           context_.is_for(context_.state.names.function_of(job));
  }

  Context& context_;
  const ReadRequests& command_;
  RequestsReply& reply_;
};

// What stands before the first one that is not earlier than `since`; the end when all are.
template <typename TimeOf>
Sequence before(const Context& context, const SequenceIndex& index, Time since, TimeOf time_of) {
  const Sequence first =
      index.first_where([&](Slot slot) { return time_of(context.state.jobs.at(slot)) >= since; });
  return first == 0 ? UINT64_MAX : first - 1;
}

}  // namespace

Answer apply(Context& context, const ReadRequests& command) {
  RequestsReply reply;
  const auto index = context.state.find_datasource(command.datasource);
  if (!index) {
    return reply;
  }
  const Datasource& datasource = context.state.datasource(*index);
  RequestWalk requests(context, command, reply);
  if (command.latest) {
    const Slot job = datasource.jobs.last();
    const Slot cancel = datasource.cancels.last();
    const bool is_cancel = cancel != kNoSlot && context.state.jobs.at(cancel).cancel_sequence >
                                                    context.state.jobs.at(job).key.sequence;
    const Slot last = is_cancel ? cancel : job;
    if (last != kNoSlot &&
        context.is_for(context.state.names.function_of(context.state.jobs.at(last)))) {
      requests.add(context.state.jobs.at(last), is_cancel);
    }
  } else if (command.since) {
    requests.walk(datasource,
                  before(context, datasource.jobs, *command.since,
                         [](const Job& job) { return job.submitted_at; }),
                  before(context, datasource.cancels, *command.since,
                         [](const Job& job) { return job.cancel_requested_at; }));
  } else {
    requests.walk(datasource, command.cursor, command.cursor);
  }
  return reply;
}

}  // namespace store

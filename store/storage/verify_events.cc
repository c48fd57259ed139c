// Pages of events and their index.
#include <xxhash.h>

#include <algorithm>
#include <map>
#include <vector>

#include "big_endian.h"
#include "verify_parts.h"

namespace store {
namespace {

// Sequences by the hash of their client.
using ByClient = std::map<std::uint64_t, std::vector<Sequence>>;

// Events of one datasource, in their order.
class EventRun {
 public:
  EventRun(const Storage& storage, DatasourceIndex datasource, const Datasource& known)
      : storage_(storage), datasource_(datasource), known_(known) {}

  std::uint64_t count() const { return first_ == 0 ? 0 : last_ - first_ + 1; }

  void take(std::string_view key, std::string_view record) {
    const std::vector<Event> events = decode_events(datasource_, record, 0);
    if (events.empty() || events.back().sequence != last_of_key(key)) {
      throw StorageError("does not end with the event that its key says");
    }
    for (const Event& event : events) {
      take(event);
    }
  }

  void finish() {
    if (known_.oldest_event <= known_.last_sequence &&
        (first_ == 0 || first_ > known_.oldest_event || last_ != known_.last_sequence)) {
      fail_record(event_page_key(datasource_, known_.last_sequence),
                  "there are events " + std::to_string(first_) + " to " + std::to_string(last_) +
                      ", but there should be " + std::to_string(known_.oldest_event) + " to " +
                      std::to_string(known_.last_sequence));
    }
    compare_index();
  }

 private:
  void take(const Event& event) {
    if (first_ == 0) {
      first_ = event.sequence;
    } else if (event.sequence != last_ + 1) {
      throw StorageError("event " + std::to_string(last_ + 1) + " is missing before it");
    } else if (event.time < time_) {
      throw StorageError("event " + std::to_string(event.sequence) +
                         " is older than the one before");
    }
    if (event.sequence >> kEventSegmentBits != last_ >> kEventSegmentBits) {
      compare_index();
    }
    last_ = event.sequence;
    time_ = event.time;
    // Those before are forgotten: the first page may have some, and the index goes by segments.
    if (event.sequence >= known_.oldest_event) {
      by_client_[XXH3_64bits(event.client.data(), event.client.size())].push_back(event.sequence);
    }
  }

  // Of the segment that has been read.
  void compare_index() {
    if (by_client_.empty()) {
      return;
    }
    ByClient indexed;
    const std::string prefix = event_segment_key(datasource_, last_);
    storage_.scan_checkpoint(prefix, [&](std::string_view key, std::string_view record) {
      const std::uint64_t client = read_big_endian(key.substr(prefix.size(), 8));
      for (const Sequence sequence : decode_event_index(last_of_key(key), record)) {
        if (sequence >= known_.oldest_event) {
          indexed[client].push_back(sequence);
        }
      }
    });
    if (indexed != by_client_) {
      fail_record(prefix,
                  "the index of clients does not equal the events up to " + std::to_string(last_));
    }
    by_client_.clear();
  }

  const Storage& storage_;
  const DatasourceIndex datasource_;
  const Datasource& known_;
  Sequence first_ = 0;
  Sequence last_ = 0;
  Time time_{};
  ByClient by_client_;
};

}  // namespace

std::uint64_t verify_events(const Storage& storage, const State& state) {
  std::uint64_t count = 0;
  for (DatasourceIndex i = 0; i < state.datasource_count(); ++i) {
    EventRun run(storage, i, state.datasource(i));
    const std::string first = event_page_key(i, 0);
    storage.scan_checkpoint(first.substr(0, first.size() - sizeof(Sequence)),
                            [&](std::string_view key, std::string_view record) {
                              try {
                                run.take(key, record);
                              } catch (const StorageError& problem) {
                                fail_record(key, problem.what());
                              }
                            });
    run.finish();
    count += run.count();
  }
  return count;
}

const Event* EventPages::find(DatasourceIndex datasource, Sequence sequence) {
  std::vector<Event>& page = pages_[datasource];
  if (page.empty() || sequence < page.front().sequence || sequence > page.back().sequence) {
    page.clear();
    const std::string from = event_page_key(datasource, sequence);
    storage_.walk_checkpoint(from.substr(0, from.size() - sizeof sequence), from,
                             [&](std::string_view, std::string_view record) {
                               page = decode_events(datasource, record, 0);
                               return false;
                             });
  }
  const bool has_it =
      !page.empty() && sequence >= page.front().sequence && sequence <= page.back().sequence;
  return has_it ? &page[static_cast<std::size_t>(sequence - page.front().sequence)] : nullptr;
}

}  // namespace store

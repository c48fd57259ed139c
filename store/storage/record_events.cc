// Pages of events, and the index of clients to them.
#include <algorithm>
#include <array>
#include <memory_resource>
#include <unordered_map>

#include "invariant.h"
#include "record.h"
#include "record_fields.h"

namespace store {

// What an event may have beyond the columns that all have.
RECORD(Event) {
  FIELD(progress, Progress);
  FIELD(number, Number);
  FIELD(until, Until);
  OPTIONAL(code, Code);
  OPTIONAL(text, Text);
}

namespace {

Event::Kind kind_of(std::uint8_t value) {
  const auto kind = enumeration_of<Event::Kind>("event", value);
  if (kind > Event::Kind::kEdited && kind != Event::Kind::kFlagged) {
    throw StorageError("damaged record: an event of streams only");
  }
  return kind;
}

// Texts and jobs that events of a page share: each is written once.
class Shared {
 public:
  // Counted from 1; 0 for an empty one.
  std::uint16_t place_of(const std::string& name) {
    if (name.empty()) {
      return 0;
    }
    const auto [found, is_new] =
        places_.try_emplace(name, static_cast<std::uint16_t>(names_.size() + 1));
    if (is_new) {
      names_.push_back(&name);
    }
    return found->second;
  }

  std::uint16_t place_of_job(const Event& event) {
    const auto [found, is_new] =
        jobs_by_sequence_.try_emplace(event.job.sequence, static_cast<std::uint16_t>(jobs_.size()));
    if (is_new) {
      jobs_.push_back({&event, place_of(event.client), place_of(event.function)});
    }
    return found->second;
  }

  void write(record::EventPage::Builder page) const {
    auto names = page.initNames(static_cast<unsigned>(names_.size()));
    for (unsigned i = 0; i < names.size(); ++i) {
      names.set(i, text(*names_[i]));
    }
    const auto count = static_cast<unsigned>(jobs_.size());
    auto jobs = page.initJobs(count);
    auto ids = page.initIds(count);
    auto clients = page.initClients(count);
    auto functions = page.initFunctions(count);
    for (unsigned i = 0; i < count; ++i) {
      jobs.set(i, jobs_[i].event->job.sequence);
      ids.set(i, text(jobs_[i].event->id));
      clients.set(i, jobs_[i].client);
      functions.set(i, jobs_[i].function);
    }
  }

 private:
  struct Job {
    const Event* event;
    std::uint16_t client, function;
  };
  // A page's worth, so that most pages need no other memory.
  std::array<std::byte, 48 * kEventsInPage> buffer_;
  std::pmr::monotonic_buffer_resource memory_{buffer_.data(), buffer_.size()};
  std::pmr::unordered_map<std::string_view, std::uint16_t> places_{&memory_};
  std::pmr::vector<const std::string*> names_{&memory_};
  std::pmr::unordered_map<Sequence, std::uint16_t> jobs_by_sequence_{&memory_};
  std::pmr::vector<Job> jobs_{&memory_};
};

// An element of one of the page's lists, which are as long as each other unless it is damaged.
template <typename List>
auto at(const List& list, unsigned index) {
  if (index >= list.size()) {
    throw StorageError("damaged page of events: it lacks a value of an event");
  }
  return list[index];
}

std::string name_at(record::EventPage::Reader page, std::uint32_t place) {
  return place == 0 ? std::string() : text_of(at(page.getNames(), place - 1));
}

bool has_other(const Event& event) {
  return event.kind != Event::Kind::kAccepted &&
         (!event.code.empty() || !event.text.empty() || event.until != Time{} ||
          event.progress != 0 || event.number != 0);
}

std::uint8_t small_of(const Event& event) {
  return event.kind == Event::Kind::kLog ? static_cast<std::uint8_t>(event.level) : event.priority;
}

void read_small(Event& event, std::uint8_t small) {
  if (event.kind == Event::Kind::kLog) {
    event.level = enumeration_of<LogLevel>("level", small);
  } else {
    event.priority = small;
  }
}

void read_accepted(record::EventPage::Reader page, unsigned index, Event& event) {
  const auto kinds = page.getKind().slice(0, index);
  const auto before = static_cast<unsigned>(
      std::count(kinds.begin(), kinds.end(), static_cast<std::uint8_t>(Event::Kind::kAccepted)));
  event.text = name_at(page, at(page.getWorkers(), before));
  event.until = time_of(at(page.getDeadlines(), before));
}

void read_other(record::EventPage::Reader page, unsigned index, Event& event) {
  const auto others = page.getOthers();
  unsigned low = 0;
  for (unsigned high = others.size(); low < high;) {
    const unsigned middle = (low + high) / 2;
    if (others[middle].getEvent() < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low < others.size() && others[low].getEvent() == index) {
    read(others[low], event);
  }
}

Event read_event(DatasourceIndex datasource, record::EventPage::Reader page, Sequence sequence) {
  const auto index = static_cast<unsigned>(sequence - page.getFirst());
  if (sequence < page.getFirst() || sequence - page.getFirst() >= page.getJob().size() ||
      page.getJob()[index] >= page.getJobs().size()) {
    throw StorageError("damaged page of events: it lacks event " + std::to_string(sequence));
  }
  const auto job = page.getJob()[index];
  Event event{.sequence = sequence,
              .job = {datasource, page.getJobs()[job]},
              .time = time_of(page.getTime() + at(page.getAfter(), index)),
              .attempt = at(page.getAttempt(), index),
              .kind = kind_of(at(page.getKind(), index)),
              .status = enumeration_of<Status>("status", at(page.getStatus(), index)),
              .id = text_of(at(page.getIds(), job)),
              .client = name_at(page, at(page.getClients(), job)),
              .function = name_at(page, at(page.getFunctions(), job)),
              .code = {},
              .text = {}};
  read_small(event, at(page.getSmall(), index));
  if (event.kind == Event::Kind::kAccepted) {
    read_accepted(page, index, event);
  } else {
    read_other(page, index, event);
  }
  return event;
}

// One value for each event.
void fill_columns(record::EventPage::Builder page, std::span<const Event* const> events,
                  Shared& shared) {
  const auto count = static_cast<unsigned>(events.size());
  auto jobs = page.initJob(count);
  auto kinds = page.initKind(count);
  auto statuses = page.initStatus(count);
  auto attempts = page.initAttempt(count);
  auto afters = page.initAfter(count);
  auto smalls = page.initSmall(count);
  for (unsigned i = 0; i < count; ++i) {
    const Event& event = *events[i];
    jobs.set(i, shared.place_of_job(event));
    kinds[i] = static_cast<std::uint8_t>(event.kind);
    statuses[i] = static_cast<std::uint8_t>(event.status);
    attempts.set(i, event.attempt);
    afters.set(i, static_cast<std::uint32_t>((event.time - events.front()->time).count()));
    smalls[i] = small_of(event);
  }
}

void fill_rest(record::EventPage::Builder page, std::span<const Event* const> events,
               Shared& shared) {
  const auto is_accepted = [](const Event* event) { return event->kind == Event::Kind::kAccepted; };
  const auto accepted =
      static_cast<unsigned>(std::count_if(events.begin(), events.end(), is_accepted));
  auto workers = page.initWorkers(accepted);
  auto deadlines = page.initDeadlines(accepted);
  auto others = page.initOthers(static_cast<unsigned>(std::count_if(
      events.begin(), events.end(), [](const Event* event) { return has_other(*event); })));
  unsigned next_accepted = 0;
  unsigned next_other = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = *events[i];
    if (is_accepted(events[i])) {
      workers.set(next_accepted, shared.place_of(event.text));
      deadlines.set(next_accepted++, ms(event.until));
    } else if (has_other(event)) {
      auto other = others[next_other++];
      other.setEvent(static_cast<std::uint16_t>(i));
      write(event, other);
    }
  }
}

}  // namespace

std::string encode_events(std::span<const Event* const> events) {
  INVARIANT(!events.empty() && events.size() <= kEventsInPage, events.size());
  jobq::wire::Message message;
  auto page = message.initRoot<record::EventPage>();
  page.setFirst(events.front()->sequence);
  page.setTime(ms(events.front()->time));
  Shared shared;
  fill_columns(page, events, shared);
  fill_rest(page, events, shared);
  shared.write(page);
  return bytes_of(message);
}

Event decode_event(DatasourceIndex datasource, std::string_view record, Sequence sequence) {
  return decode<record::EventPage>(
      "page of events", record, [&](auto page) { return read_event(datasource, page, sequence); });
}

std::vector<Event> decode_events(DatasourceIndex datasource, std::string_view record,
                                 Sequence first) {
  return decode<record::EventPage>("page of events", record, [&](auto page) {
    if (page.getJob().size() > kEventsInPage) {
      throw StorageError("damaged page of events: it has too many");
    }
    const Sequence end = page.getFirst() + page.getJob().size();
    std::vector<Event> events;
    for (Sequence sequence = std::max(first, page.getFirst()); sequence < end; ++sequence) {
      events.push_back(read_event(datasource, page, sequence));
    }
    return events;
  });
}

EventPageEnds decode_event_page_ends(std::string_view record) {
  return decode<record::EventPage>("page of events", record, [](auto page) {
    const auto after = page.getAfter();
    return EventPageEnds{.first = page.getFirst(),
                         .last = page.getFirst() + after.size() - 1,
                         .first_time = time_of(page.getTime()),
                         .last_time = time_of(page.getTime() + at(after, after.size() - 1))};
  });
}

std::string encode_event_index(const std::vector<Sequence>& sequences) {
  jobq::wire::Message message;
  auto list =
      message.initRoot<record::EventIndex>().initBefore(static_cast<unsigned>(sequences.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list.set(i, static_cast<std::uint32_t>(sequences.back() - sequences[i]));
  }
  return bytes_of(message);
}

std::vector<Sequence> decode_event_index(Sequence last, std::string_view record) {
  return decode<record::EventIndex>("index of events", record, [&](auto index) {
    std::vector<Sequence> sequences;
    for (const std::uint32_t before : index.getBefore()) {
      sequences.push_back(last - before);
    }
    return sequences;
  });
}

}  // namespace store

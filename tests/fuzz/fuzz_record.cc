// Bytes on disk: each kind of record is either decoded or refused, and what was decoded is written
// in a form that stays.
#include "record.h"
#include "targets.h"

namespace fuzzing {
namespace {

using namespace store;

// Whether `use` takes the bytes.
template <typename Use>
bool takes(const Use& use) {
  try {
    use();
    return true;
  } catch (const StorageError& refusal) {
    expect(*refusal.what() != '\0', "a refusal has a reason");
    return false;
  }
}

template <typename T>
bool as(std::string_view bytes) {
  return takes([&] {
    const std::string written = encode_record(decode_record<T>(bytes));
    expect(encode_record(decode_record<T>(written)) == written, "a record comes back as it was");
  });
}

bool as_turn(std::string_view bytes) {
  return takes([&] {
    const DecodedTurn turn = decode_turn(bytes);
    const std::string written = encode_turn(turn.time, turn.entries);
    const DecodedTurn again = decode_turn(written);
    expect(encode_turn(again.time, again.entries) == written, "a turn comes back as it was");
  });
}

bool as_job(std::string_view bytes) {
  const bool is_job = takes([&] { static_cast<void>(decode_job({1, 2}, bytes)); });
  const bool has_texts = takes([&] { static_cast<void>(decode_job_texts(bytes)); });
  const bool has_names = takes([&] { static_cast<void>(decode_job_names(bytes)); });
  return is_job && has_texts && has_names;
}

bool as_events(std::string_view bytes) {
  const bool is_page = takes([&] {
    const EventPageEnds ends = decode_event_page_ends(bytes);
    const std::vector<Event> events = decode_events(0, bytes, ends.first);
    for (const Event& event : events) {
      expect(event.sequence >= ends.first && event.sequence <= ends.last,
             "a page has the events that it says it has");
    }
    if (!events.empty()) {
      expect(decode_event(0, bytes, ends.last) == events.back(), "one is as among all");
    }
  });
  const bool is_index = takes([&] {
    for (const Sequence last : {Sequence{7}, Sequence{1} << 16, ~Sequence{0}}) {
      static_cast<void>(decode_event_index(last, bytes));
    }
  });
  return is_page || is_index;
}

}  // namespace

bool record(std::string_view bytes) {
  const bool taken[] = {as_turn(bytes),
                        as_job(bytes),
                        as_events(bytes),
                        as<Marker>(bytes),
                        as<DatasourceState>(bytes),
                        as<Counters>(bytes),
                        as<std::vector<Rotation>>(bytes),
                        as<Payload>(bytes),
                        as<Attempt>(bytes),
                        as<LogLine>(bytes),
                        as<Worker>(bytes),
                        as<ScheduleState>(bytes),
                        as<FunctionState>(bytes),
                        as<FunctionValues>(bytes),
                        as<TokenUse>(bytes)};
  bool is_any = false;
  for (const bool is_taken : taken) {
    is_any = is_any || is_taken;
  }
  return is_any;
}

}  // namespace fuzzing

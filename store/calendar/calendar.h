// When something recurs: by a cron expression in a time zone. Time zones are those of the system's
// database (tzdata), as it was when one was asked for first; UTC is there without it. Leap seconds
// are none here, as everywhere in POSIX: each minute has 60 seconds.
//
// An hour that a zone skips: what falls into it is due at its end, once. An hour that a zone
// repeats: what falls into it is due the first time. An expression that names no hour goes by the
// time that passes instead: nothing is made up for, and both of the repeated hours count.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cron.h"

namespace store {

class Zone {
 public:
  // By its name in the IANA database; empty: UTC. Nothing: there is no such zone here.
  static std::optional<Zone> find(std::string_view name);

  struct Period {
    std::chrono::sys_seconds end;  // the first second that is not of it
    std::chrono::seconds offset;   // of local time from UTC
  };
  Period period_at(std::chrono::sys_seconds time) const;

  // When the clocks there show that time or a later one first.
  std::chrono::sys_seconds first_at(std::chrono::local_seconds time) const;

 private:
  explicit Zone(const void* zone) : zone_(zone) {}

  const void* zone_;  // of the library; nullptr: UTC
};

class Calendar {
 public:
  // "cron: ..." or "zone: ..." where it is none.
  static std::variant<Calendar, std::string> make(std::string_view cron, std::string_view zone);

  // The first after that second; none: never.
  std::optional<std::chrono::sys_seconds> next(std::chrono::sys_seconds after) const;

 private:
  Calendar(const Cron& cron, Zone zone) : cron_(cron), zone_(zone) {}

  Cron cron_;
  Zone zone_;
};

}  // namespace store

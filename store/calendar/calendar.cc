#include "calendar.h"

#include <date/tz.h>

#include <stdexcept>
#include <utility>

namespace store {
namespace {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

const date::time_zone& zone_of(const void* zone) {
  return *static_cast<const date::time_zone*>(zone);
}

}  // namespace

std::optional<Zone> Zone::find(std::string_view name) {
  if (name.empty() || name == "UTC") {
    return Zone(nullptr);
  }
  try {
    // A name is looked up in the list of all zones, and is never a path.
    const date::time_zone& zone = *date::locate_zone(name);
    (void)zone.get_info(sys_seconds{});  // reads its file
    return Zone(&zone);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

Zone::Period Zone::period_at(sys_seconds time) const {
  if (zone_ == nullptr) {
    return {sys_seconds::max(), seconds(0)};
  }
  const date::sys_info info = zone_of(zone_).get_info(time);
  return {info.end, info.offset};
}

sys_seconds Zone::first_at(local_seconds time) const {
  if (zone_ == nullptr) {
    return sys_seconds(time.time_since_epoch());
  }
  const date::local_info info =
      zone_of(zone_).get_info(date::local_seconds(time.time_since_epoch()));
  return info.result == date::local_info::nonexistent
             ? info.first.end
             : sys_seconds(time.time_since_epoch() - info.first.offset);
}

std::variant<Calendar, std::string> Calendar::make(std::string_view cron, std::string_view zone) {
  auto parsed = Cron::parse(cron);
  if (auto* wrong = std::get_if<std::string>(&parsed)) {
    return "cron: " + std::move(*wrong);
  }
  const auto found = Zone::find(zone);
  if (!found) {
    return std::string("zone: is none of the time zones that this store knows, such as "
                       "Europe/Berlin; UTC is always there");
  }
  return Calendar(std::get<Cron>(parsed), *found);
}

std::optional<sys_seconds> Calendar::next(sys_seconds after) const {
  Zone::Period period = zone_.period_at(after);
  const auto local_of = [&](sys_seconds time) {
    return local_seconds(time.time_since_epoch() + period.offset);
  };
  if (!cron_.is_of_each_hour()) {
    // What the clocks have shown already is over; they may go back over what is to come.
    for (auto local = cron_.next(local_of(after)); local; local = cron_.next(*local)) {
      if (const sys_seconds time = zone_.first_at(*local); time > after) {
        return time;
      }
    }
    return std::nullopt;
  }
  for (;;) {
    const auto local = cron_.next(local_of(after));
    if (!local) {
      return std::nullopt;
    }
    const sys_seconds time(local->time_since_epoch() - period.offset);
    if (time < period.end) {
      return time;
    }
    after = period.end - seconds(1);
    period = zone_.period_at(period.end);
  }
}

}  // namespace store

// How many event streams there may be, of all callers and of one token.
#pragma once

#include <kj/memory.h>

#include <map>
#include <string>
#include <variant>

#include "counters.h"
#include "reply.h"
#include "settings.h"

namespace gateway {

class StreamPlaces {
 public:
  // Both must outlive this, and this the places.
  StreamPlaces(const Settings& settings, Counters& counters)
      : settings_(settings), counters_(counters) {}

  // One of as many as may be; given back with it.
  class Place {
   public:
    Place(StreamPlaces& all, std::string identifier);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    StreamPlaces& all_;
    const std::string identifier_;
  };

  // Where there is none, the reply says why.
  std::variant<kj::Own<Place>, Reply> take(const std::string& token);

 private:
  const Settings& settings_;
  Counters& counters_;
  std::map<std::string, std::size_t> of_token_;  // by its identifier, which narrowed copies share
};

}  // namespace gateway

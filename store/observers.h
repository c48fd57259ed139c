// Who observes over databox's Zest: each request to observe makes an observer with a name of its
// own, who connects to the observe endpoint under that name and is sent lines there, until his time
// is over. Databox has three modes, of which each line is one message:
//
//   data          <ms> <path> json <JSON>      what jobs are now, then each event of the scope
//   audit         <ms> <store> <host> <GET|POST|DELETE|GET(OBSERVE)> <path> <code>
//   notification  <ms> <host> <path> <format> <payload>
//
// in audit mode each request of Zest, in notification mode each POST that was not refused, whose
// path is the observed one, or begins like it up to a `*` at its end. Drivers, who observe
// /kv/D.server/*, are told of the requests below /kv/D too. Spaces part the fields.
//
// Lines wait for whoever has not connected yet, or takes too little. When there are too many, or
// nobody comes, the observe ends, as it does with its time, with its token, and when the store
// stops: the observer is sent the code 163, and observes anew. So what he was not told, he misses
// knowingly.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "admission.h"
#include "codec.h"
#include "event.h"
#include "observe_socket.h"
#include "shares.h"
#include "state.h"

namespace store {

class Observers {
 public:
  struct Options {
    std::string store;  // its name, as audits tell it
    std::size_t observers_max = jobq::limits::kTopicsMax;
    std::size_t observers_per_token_max = jobq::limits::kTopicsPerTokenMax;
    // Of lines that wait: of one observer, of those of one token, and of all.
    std::size_t waiting_bytes_max = 4u << 20;
    std::size_t waiting_bytes_per_token_max = 16u << 20;
    std::size_t all_waiting_bytes_max = 64u << 20;
    // Nobody has come in so long, or for so long.
    Span absence_max = std::chrono::seconds(10);
  };
  // `make_name`: texts that nobody can guess. All must outlive this.
  Observers(ObserveSocket& socket, const State& state, TextSource& texts,
            std::function<std::string()> make_name, Options options);
  ~Observers();

  // `request` observes, and was allowed to; `reply` is what there is. The answer must go out once
  // the turn is on disk, no sooner.
  std::variant<Observed, Refused> add(Time now, const Request& request,
                                      const SubscribeReply& reply);

  // A request of Zest is to be answered with `code`, once the turn is on disk.
  void tell(Time now, const zest::Message& request, zest::Code code);
  bool has_any() const { return !by_name_.empty(); }
  // Whether somebody observes in a mode in which that matters.
  bool has_tellers() const { return !tellers_.empty(); }

  // The turn is on disk: publish() each of its events, then finish(), which sends what waits, and
  // ends what is over.
  void publish(const Event& event);
  void finish(Time now);
  // When that has to be done again; Time::max() if never.
  Time next_deadline() const;

  // Ends all: tokens are not worth any more what they were, or the store stops.
  void end_all();

 private:
  struct Observer;
  struct OfDatasource {
    std::unordered_multimap<std::string, Observer*> clients;  // "" is all of them
    std::unordered_multimap<Sequence, Observer*> jobs;
  };

  std::optional<Refused> refuse(const std::string& token) const;
  void add_line(Observer& observer, std::string_view payload);
  bool has_room(const Observer& observer, std::size_t bytes) const;
  void add_data(Observer& observer, Time time, std::string_view client, std::string_view job,
                std::string_view json);
  void send_waiting(Time now, Observer& observer);
  bool is_over(Time now, const Observer& observer) const;
  void end(Observer& observer);
  // Of the token, for another to have his place. Nobody tells the store that an observer has gone.
  bool end_one_who_never_came(Time now, const std::string& token);
  void list(Observer& observer);
  void unlist(Observer& observer);

  ObserveSocket& socket_;
  const State& state_;
  TextSource& texts_;
  const std::function<std::string()> make_name_;
  const Options options_;
  std::unordered_map<std::string, std::unique_ptr<Observer>> by_name_;
  std::map<DatasourceIndex, OfDatasource> by_scope_;
  Shares shares_;
  Shares lines_;                 // that wait
  std::set<Observer*> tellers_;  // who is told of requests
  std::set<Observer*> busy_;     // who has lines that wait
  std::multimap<Time, Observer*> by_end_;
};

}  // namespace store

// The loop that the whole store is: receive, decode, authorise, apply, commit, answer. One thread.
#pragma once

#include <random>
#include <string>

#include "audited_jobs.h"
#include "clock.h"
#include "codec.h"
#include "config.h"
#include "effects.h"
#include "engine.h"
#include "recovery.h"
#include "rights.h"
#include "sockets.h"
#include "storage.h"
#include "streams.h"
#include "write_behind.h"

namespace store {

class Server {
 public:
  struct Parts {
    const Config& config;
    const Clock& clock;
    Rights& rights;
    Engine& engine;
    Storage& storage;
    WriteBehind& write_behind;
    Sockets& sockets;
    Publisher& publisher;
    Streams& streams;
    AuditLog* audit = nullptr;  // nullptr: what is done is not written down
  };
  // All parts must outlive the server. `recovered` is where the journal ends.
  Server(Parts parts, const Recovered& recovered, StoreStatus status);

  // Serves until `stop_fd` is readable, then answers who still waits and brings everything to disk.
  // Throws StorageError: memory is then ahead of the disk, and the process must end.
  void run(int stop_fd);

 private:
  void turn();
  void handle(Time now, const Frame& frame);
  void serve(Time now, const Frame& frame);
  // What the route asks, of a caller that may ask it.
  void perform(Time now, const Route& route, const auth::Grant& grant, Origin origin);
  // The operations that are not the engine's; false when it is none of them.
  bool answer_itself(Time now, const Route& route, const Origin& origin);
  void change_keys(Time now, const Route& route, const Origin& origin);
  // Notes the request just served if it changed something or its token did not allow it. `entries`,
  // `answers`: how many there were before.
  void audit(Time now, const Frame& frame, std::size_t entries, std::size_t answers);
  // Notes who was given jobs, which may be long after they asked.
  void audit_accepts(Time now);
  // Adds to answers the tokens that the engine knows nothing of.
  void hand_tickets(const std::string& datasource, const auth::Grant& grant, SubmitReply& reply);
  void hand_lease_tokens(Reply& reply);
  void hand_lease_token(JobView& job);
  // Adds to the answer to a subscriber what the engine does not know.
  void hand_topic(Time now, const auth::Grant& grant, Outbound& answer);
  void send_replies();
  void publish(Time now);
  // The reply's leases are to be taken back.
  void note_undelivered(const Reply& reply);
  // Trims the journal and keeps what a start would have to replay short.
  void tend_journal(Time now);
  // Lets events go that are old, or too many.
  void forget_events(Time now);
  void stop();
  // Unpredictable bits: the ids of restarted jobs are made of them.
  std::uint64_t chance();
  StoreStatus status(Time now) const;
  StoreStats stats() const;
  void refuse(Origin origin, Refused refused);
  bool disk_has_room() const;

  // Of the request that is being served, for the audit.
  struct Asked {
    std::string token;
    std::string client;
    AuditedJobs jobs;
    bool is_accept = false;  // these are noted when they are answered
    bool has_changed_keys = false;
  };

  const Parts parts_;
  const StoreStatus status_;
  StoreTime time_;
  const Time started_;
  RequestReader reader_;
  Effects effects_;
  Asked asked_;
  StoreStats counts_;
  std::random_device random_;
  TurnNumber last_turn_;
  bool takes_submits_;
  // Given to workers that were gone, to be taken back by the next turn.
  std::vector<JobView> undelivered_;
  // Events of the turn, to be published.
  std::vector<JobKey> events_of_turn_;
  Time next_tending_;
  Time next_forgetting_;
  // A turn that was the last one at that time: what is older may be trimmed later.
  std::deque<std::pair<Time, TurnNumber>> journal_ages_;
  std::uint64_t journal_bytes_at_flush_ = 0;
};

}  // namespace store

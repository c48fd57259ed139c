// The loop that the whole store is: receive, admit, apply, commit, answer. One thread; while it
// brings a turn to disk by another, the next turn takes in requests, and is closed when the first
// has been answered.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "admission.h"
#include "alive.h"
#include "audit_trail.h"
#include "background_storage.h"
#include "backups.h"
#include "clock.h"
#include "clock_watch.h"
#include "config.h"
#include "connection_watch.h"
#include "desk.h"
#include "effects.h"
#include "engine.h"
#include "housekeeping.h"
#include "intake.h"
#include "observers.h"
#include "recovery.h"
#include "refusals.h"
#include "rights.h"
#include "sockets.h"
#include "storage.h"
#include "streams.h"

namespace store {

class Server {
 public:
  struct Parts {
    const Config& config;
    const Clock& clock;
    Rights& rights;
    Engine& engine;
    BackgroundStorage& storage;
    CheckpointWriter& checkpoint;
    Sockets& sockets;
    Publisher& publisher;
    Streams& streams;
    Backups& backups;
    Observers* observers = nullptr;  // nullptr: there is no observe endpoint
    AuditLog* audit = nullptr;       // nullptr: what is done is not written down
    AliveFile* alive = nullptr;      // nullptr: a start does not know how long the store was off
  };
  // All parts must outlive the server. `recovered` is where the journal ends.
  Server(Parts parts, const Recovered& recovered, jobq::StoreStatus status);

  // Serves until `stop_fd` is readable, then answers who still waits and brings everything to disk.
  // Throws StorageError: memory is then ahead of the disk, and the process must end.
  void run(int stop_fd);

 private:
  // A turn that is closed: what is to be done when it is on disk.
  struct Closed {
    Time time{};
    std::vector<Outbound> replies;
    std::vector<ServerAnswer> answers;  // beside the engine's
    // Of the replies, then of the answers; none for who has to read first.
    std::vector<std::optional<HeldText>> messages;
    std::vector<JobKey> events;  // to be published: their datasources and numbers
    std::size_t audit_bytes = 0;

    void forget_replies() {
      replies.clear();
      answers.clear();
      messages.clear();
    }
  };

  void turn();
  void open_turn();
  bool is_full() const;
  void take_in(const Frame& frame);
  void act_by_the_clock();
  void make_up_for_absence();
  void handle(Time now, const Frame& frame);
  // What was asked, by somebody who may.
  std::optional<Refused> perform(Time now, Request& request);
  std::variant<ServerReply, Refused> answer_itself(Time now, const Route& route);
  void close_turn(bool is_last = false);
  void begin_commit();
  // The closed turn is on disk.
  void end_turn();
  void encode_replies();
  std::string frame_of(const Origin& origin, const auto& reply);
  void send_replies();
  bool send(const Origin& origin, std::optional<HeldText> message);
  void publish();
  void stop();
  // Unpredictable bits: the ids of restarted jobs are made of them. Taken from the system by the
  // row, since each time costs a microsecond.
  std::uint64_t chance();
  jobq::StoreStatus status(Time now) const;
  jobq::StoreStats stats() const;

  const Parts parts_;
  const jobq::StoreStatus status_;
  StoreTime time_;
  ClockWatch clock_watch_;
  ConnectionWatch connection_watch_;
  // When the next turn had to begin at the latest, to serve everybody in time.
  Time expected_;
  Time next_delay_{};  // when leases are given time back again for a delay
  const Time started_;
  Intake intake_;
  Admission admission_;
  Desk desk_;
  Housekeeping housekeeping_;
  AuditTrail trail_;
  Refusals refusals_;
  // Of the turn that is open.
  Time turn_time_{};
  bool is_open_ = false;
  bool is_start_ = true;  // nothing has changed since
  int turn_requests_ = 0;
  std::size_t turn_bytes_ = 0;
  std::chrono::nanoseconds turn_work_{};  // that its requests have taken
  Effects effects_;
  std::vector<ServerAnswer> answers_;  // beside the engine's
  Closed closed_;
  jobq::StoreStats counts_;
  std::array<std::uint64_t, 64> chances_{};
  std::size_t chances_left_ = 0;
  TurnNumber last_turn_;
  // Given to workers that were gone, to be taken back by the next turn.
  std::vector<AcceptedView> undelivered_;
};

}  // namespace store

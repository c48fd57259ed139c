#include "actors.h"

namespace wire {
namespace {

constexpr std::uint32_t kItemsMax = 20;
// Of a worker that falls asleep over its jobs: short, so that they come back soon.
constexpr std::uint32_t kSleeperLeaseMs = 300;
// Longer than a store takes to come back, so that hardly any other lease is lost.
constexpr std::uint32_t kLeaseMs = 20'000;
constexpr std::uint32_t kWaitMs = 50;

using Random = std::mt19937_64;

std::uint32_t one_to(Random& random, std::uint32_t max) {
  return std::uniform_int_distribution<std::uint32_t>(1, max)(random);
}

}  // namespace

void PersistentPeer::connect() {
  socket_ = zmq::socket_t(context_, zmq::socket_type::dealer);
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::reconnect_ivl, 10);
  socket_.connect(stage_.endpoint);
  life_ = stage_.lives;
}

Answer PersistentPeer::ask(Method method, const std::string& path,
                           const std::function<std::string(const Head&)>& make) {
  const std::uint64_t id = next_id_++;
  const std::string frame = make({.id = id, .method = method, .path = path, .token = stage_.token});
  times_said_ = 0;
  for (;;) {
    if (times_said_ == 0 ? !socket_ : life_ != stage_.lives) {
      connect();
    } else if (times_said_ > 0) {
      zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
      zmq::poll(&item, 1, std::chrono::milliseconds(10));
      zmq::message_t delimiter;
      zmq::message_t body;
      if (item.revents == 0 || !socket_.recv(delimiter) || !socket_.recv(body)) {
        continue;
      }
      Answer answer(body.to_string());
      if (answer.id() == id) {
        return answer;
      }
      continue;
    }
    (void)socket_.send(zmq::message_t(), zmq::send_flags::sndmore);
    (void)socket_.send(zmq::buffer(frame), zmq::send_flags::none);
    ++times_said_;
  }
}

void run_client(const Stage& stage, const std::string& name, std::uint64_t seed) {
  Random random(seed);
  PersistentPeer peer(stage);
  std::uint64_t jobs_made = 0;
  while (!stage.clients_stop) {
    std::vector<NewJob> jobs(one_to(random, kItemsMax));
    std::vector<std::string> ids;
    for (NewJob& job : jobs) {
      job.job = name + '-' + std::to_string(++jobs_made);
      job.client = name;
      job.request = '"' + std::string(one_to(random, 500), 'r') + '"';
      job.priority = static_cast<std::uint8_t>(one_to(random, 100));
      ids.push_back(job.job);
    }
    const Answer answer = peer.ask(Method::POST, "/scan/job",
                                   [&](const Head& head) { return submit_frame(head, jobs); });
    if (answer.code() != 200) {
      stage.ledger.error("submit: " + std::to_string(answer.code()) + ' ' + answer.error());
      return;
    }
    for (const auto result : answer.body().getSubmitted()) {
      if (!result.getCreated() && peer.times_said() == 1) {
        stage.ledger.error(std::string(result.getJob().getJob()) + " was there already");
      }
    }
    stage.ledger.taken(ids);
  }
}

namespace {

class Worker {
 public:
  Worker(const Stage& stage, std::string name, std::uint64_t seed)
      : stage_(stage), name_(std::move(name)), random_(seed), peer_(stage) {}

  void run() {
    while (!stage_.workers_stop && !failed_) {
      work();
    }
  }

 private:
  void work() {
    const bool sleeps = !stage_.is_final_act && one_to(random_, 20) == 1;
    const std::string worker = name_ + '.' + std::to_string(generation_);
    const Accept accept{.worker = worker,
                        .request_number = ++number_,
                        .max = one_to(random_, kItemsMax),
                        .lease_ms = sleeps ? kSleeperLeaseMs : kLeaseMs,
                        .wait_ms = kWaitMs};
    const Answer accepted = peer_.ask(Method::POST, "/jobs/scan/accept",
                                      [&](const Head& head) { return accept_frame(head, accept); });
    if (accepted.code() != 200) {
      return fail("accept: " + std::to_string(accepted.code()) + ' ' + accepted.error());
    }
    std::vector<Outcome> outcomes;
    for (const auto job : accepted.body().getAccepted()) {
      const Ledger::Attempt attempt{job.getLease().getJob(), job.getLease().getAttempt()};
      stage_.ledger.given(attempt, worker);
      if (attempt.second > 1) {
        // Just now the worker that lost the job wakes up.
        outcomes.push_back(outcome_of({attempt.first, attempt.second - 1}));
      }
      // A job that was lost before is not lost again, since it would be failed in the end.
      if (!sleeps || attempt.second > 1) {
        outcomes.push_back(outcome_of(attempt));
        outcomes.back().lease.token = job.getLease().getToken();
      }
    }
    if (sleeps) {
      ++generation_;
      number_ = 0;
    }
    say(outcomes);
  }

  void say(const std::vector<Outcome>& outcomes) {
    if (outcomes.empty()) {
      return;
    }
    const Answer updated = peer_.ask(Method::POST, "/jobs/scan/update", [&](const Head& head) {
      return update_frame(head, outcomes);
    });
    if (updated.body().getUpdated().size() != outcomes.size()) {
      return fail("update: " + std::to_string(updated.code()) + ' ' + updated.error());
    }
    for (unsigned i = 0; i < outcomes.size(); ++i) {
      const unsigned code = updated.body().getUpdated()[i].getCode();
      const Ledger::Attempt attempt{outcomes[i].lease.job, outcomes[i].lease.attempt};
      if (code == 200) {
        stage_.ledger.completed(attempt);
      } else if (code == 409) {
        stage_.ledger.refused(attempt);
      } else {
        return fail("update: " + std::to_string(code));
      }
    }
  }

  static Outcome outcome_of(const Ledger::Attempt& attempt) {
    return {{attempt.first, attempt.second}, Done{response_of(attempt)}};
  }

  void fail(const std::string& what) {
    stage_.ledger.error(what);
    failed_ = true;
  }

  const Stage& stage_;
  const std::string name_;
  Random random_;
  PersistentPeer peer_;
  std::uint64_t generation_ = 1;
  std::uint64_t number_ = 0;
  bool failed_ = false;
};

}  // namespace

void run_worker(const Stage& stage, const std::string& name, std::uint64_t seed) {
  Worker(stage, name, seed).run();
}

}  // namespace wire

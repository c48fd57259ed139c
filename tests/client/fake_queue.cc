#include "fake_queue.h"

FakeQueue::FakeQueue(const std::string& endpoint) : endpoint_(endpoint) { come_back(); }

std::vector<FakeQueue::SeenOutcome> FakeQueue::Seen::outcomes() const {
  std::vector<SeenOutcome> all;
  for (const auto& update : updates) {
    all.insert(all.end(), update.begin(), update.end());
  }
  return all;
}

void FakeQueue::add(const std::string& job) { add(std::vector{job}); }

void FakeQueue::add(const std::vector<std::string>& jobs) {
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.end(), jobs.begin(), jobs.end());
  if (parked_ && store_) {
    give(*store_, *parked_);
    parked_.reset();
  }
}

void FakeQueue::go_away() {
  std::unique_ptr<FakeStore> going;
  {
    const std::lock_guard lock(mutex_);
    going = std::move(store_);
    parked_.reset();
  }
}

void FakeQueue::come_back() {
  auto store = std::make_unique<FakeStore>(
      endpoint_, [this](FakeStore& self, const Asked& asked) { answer(self, asked); });
  const std::lock_guard lock(mutex_);
  store_ = std::move(store);
}

bool FakeQueue::wait_until(const std::function<bool(const Seen&)>& has_come) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kForEver, [&] { return has_come(seen_); });
}

FakeQueue::Seen FakeQueue::seen() {
  const std::lock_guard lock(mutex_);
  return seen_;
}

void FakeQueue::lose(const std::string& job) {
  const std::lock_guard lock(mutex_);
  lost_.insert(job);
}

void FakeQueue::lose_replies_to_accepts(bool on) {
  const std::lock_guard lock(mutex_);
  loses_accept_replies_ = on;
}

void FakeQueue::refuse_accepts(unsigned code) {
  const std::lock_guard lock(mutex_);
  accepts_refused_ = code;
}

void FakeQueue::refuse_updates(unsigned code) {
  const std::lock_guard lock(mutex_);
  updates_refused_ = code;
}

void FakeQueue::ignore_updates(bool on) {
  const std::lock_guard lock(mutex_);
  ignores_updates_ = on;
}

void FakeQueue::refuse_response(const std::string& response) {
  const std::lock_guard lock(mutex_);
  bad_response_ = response;
}

void FakeQueue::answer(FakeStore& store, const Asked& asked) {
  const std::lock_guard lock(mutex_);
  switch (asked.request().getBody().which()) {
    case protocol::Request::Body::ACCEPT: accept(store, asked); break;
    case protocol::Request::Body::RENEW: renew(store, asked); break;
    case protocol::Request::Body::UPDATE: update(store, asked); break;
    default: store.reply(asked, 400); break;
  }
  changed_.notify_all();
}

void FakeQueue::accept(FakeStore& store, const Asked& asked) {
  const auto accept = asked.request().getBody().getAccept();
  const Parked asker{asked, accept.getRequestNumber(), accept.getMax()};
  seen_.accepts.push_back({asker.number, asker.max, accept.getWaitMs()});
  if (accepts_refused_ != 0) {
    store.reply(asked, accepts_refused_, {}, "accept: refused");
    return;
  }
  parked_.reset();  // a worker that asks anew has given up on what it asked before
  if (given_.contains(asker.number) || !waiting_.empty() || accept.getWaitMs() == 0) {
    give(store, asker);
  } else {
    parked_ = asker;
  }
}

void FakeQueue::give(FakeStore& store, const Parked& to) {
  if (!given_.contains(to.number) && !waiting_.empty()) {
    auto& given = given_[to.number];
    while (!waiting_.empty() && given.size() < to.max) {
      given.push_back(waiting_.front());
      waiting_.pop_front();
    }
  }
  if (loses_accept_replies_) {
    return;
  }
  const auto given = given_.find(to.number);
  store.reply(to.asked, 200, [&](protocol::Reply::Builder reply) {
    const auto count = given == given_.end() ? 0 : static_cast<unsigned>(given->second.size());
    auto list = reply.getBody().initAccepted(count);
    for (unsigned i = 0; i < count; ++i) {
      list[i].getLease().setJob(given->second[i].c_str());
      list[i].getLease().setAttempt(1);
      list[i].setRequest(("\"" + given->second[i] + "\"").c_str());
      list[i].setClient("alice");
    }
  });
}

void FakeQueue::renew(FakeStore& store, const Asked& asked) {
  const auto leases = asked.request().getBody().getRenew().getLeases();
  std::vector<std::string> jobs;
  for (const auto lease : leases) {
    jobs.emplace_back(lease.getJob().cStr());
  }
  seen_.renewals.push_back(jobs);
  store.reply(asked, 207, [&](protocol::Reply::Builder reply) {
    auto list = reply.getBody().initRenewed(leases.size());
    for (unsigned i = 0; i < leases.size(); ++i) {
      const bool is_lost = lost_.contains(jobs[i]);
      list[i].setCode(is_lost ? 409 : 200);
      list[i].setLeaseUntil(is_lost ? 0 : 1);
    }
  });
}

void FakeQueue::update(FakeStore& store, const Asked& asked) {
  std::vector<SeenOutcome> update;
  for (const auto outcome : asked.request().getBody().getUpdate().getOutcomes()) {
    SeenOutcome seen{.job = outcome.getLease().getJob().cStr(),
                     .attempt = outcome.getLease().getAttempt(),
                     .response = {},
                     .error_code = {},
                     .error_message = {}};
    if (outcome.isComplete()) {
      seen.response = outcome.getComplete().cStr();
    } else {
      seen.error_code = outcome.getFail().getCode().cStr();
      seen.error_message = outcome.getFail().getMessage().cStr();
    }
    update.push_back(seen);
  }
  seen_.updates.push_back(update);
  if (ignores_updates_) {
    return;
  }
  if (updates_refused_ != 0) {
    store.reply(asked, updates_refused_, {}, "update: refused");
    return;
  }
  store.reply(asked, 207, [&](protocol::Reply::Builder reply) {
    auto list = reply.getBody().initUpdated(static_cast<unsigned>(update.size()));
    for (unsigned i = 0; i < update.size(); ++i) {
      const bool is_bad = !bad_response_.empty() && update[i].response == bad_response_;
      const bool is_lost = lost_.contains(update[i].job);
      list[i].setCode(is_lost ? 409 : is_bad ? 400 : 200);
      list[i].setError(is_lost ? "lease: not held" : is_bad ? "complete: is not JSON" : "");
      list[i].setStatus(protocol::Status::COMPLETE);
    }
  });
}

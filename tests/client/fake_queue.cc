#include "fake_queue.h"

#include <algorithm>
#include <iterator>

FakeQueue::FakeQueue(const std::string& endpoint) : endpoint_(endpoint) { come_back(); }

bool FakeQueue::SeenOutcome::ends() const {
  return report != protocol::Outcome::PROGRESS && report != protocol::Outcome::LOG;
}

std::vector<FakeQueue::SeenOutcome> FakeQueue::Seen::outcomes() const {
  std::vector<SeenOutcome> all;
  for (const auto& update : updates) {
    std::copy_if(update.begin(), update.end(), std::back_inserter(all),
                 [](const SeenOutcome& outcome) { return outcome.ends(); });
  }
  return all;
}

std::vector<FakeQueue::SeenOutcome> FakeQueue::Seen::words(protocol::Outcome::Which which) const {
  std::vector<SeenOutcome> all;
  for (const auto& update : updates) {
    std::copy_if(update.begin(), update.end(), std::back_inserter(all),
                 [&](const SeenOutcome& outcome) { return outcome.report == which; });
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

void FakeQueue::add_until(const std::string& job, std::uint64_t until_ms) {
  {
    const std::lock_guard lock(mutex_);
    attempt_until_[job] = until_ms;
  }
  add(job);
}

std::uint64_t FakeQueue::cancel(const std::string& job, std::uint64_t until_ms) {
  const std::lock_guard lock(mutex_);
  cancels_.push_back({job, until_ms});
  if (parked_question_ && store_ && answer_question(*store_, *parked_question_)) {
    parked_question_.reset();
  }
  return cancels_.size();
}

void FakeQueue::go_away() {
  std::unique_ptr<FakeStore> going;
  {
    const std::lock_guard lock(mutex_);
    going = std::move(store_);
    parked_.reset();
    parked_question_.reset();
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

void FakeQueue::refuse_words(protocol::Outcome::Which which, unsigned code) {
  const std::lock_guard lock(mutex_);
  words_refused_[which] = code;
}

void FakeQueue::answer(FakeStore& store, const Asked& asked) {
  const std::lock_guard lock(mutex_);
  seen_.peers.insert(asked.peer);
  switch (asked.request().getBody().which()) {
    case protocol::Request::Body::ACCEPT: accept(store, asked); break;
    case protocol::Request::Body::RENEW: renew(store, asked); break;
    case protocol::Request::Body::UPDATE: update(store, asked); break;
    case protocol::Request::Body::NONE:
      store.reply(asked, 200, [](protocol::Reply::Builder reply) {
        reply.getBody().initStore().setNow(kNowMs);
      });
      break;
    case protocol::Request::Body::JOB_QUERY:
      if (ending != protocol::Attempt::Ending::COMPLETE) {
        store.reply(asked, 200, [&](protocol::Reply::Builder reply) {
          auto attempt = reply.getBody().initJob().initAttempts(1)[0];
          attempt.setAttempt(1);
          attempt.setEnding(ending);
        });
      } else {
        store.reply(asked, 404);
      }
      break;
    default: store.reply(asked, 400); break;
  }
  changed_.notify_all();
}

void FakeQueue::accept(FakeStore& store, const Asked& asked) {
  const auto accept = asked.request().getBody().getAccept();
  const Parked asker{asked, accept.getRequestNumber(), accept.getMax()};
  seen_.accepts.push_back({asker.number, asker.max, accept.getWaitMs(), {}});
  for (const auto function : accept.getFunctions()) {
    seen_.accepts.back().functions.emplace_back(function.cStr());
  }
  if (accepts_refused != 0) {
    store.reply(asked, accepts_refused, {}, "accept: refused");
    return;
  }
  if (brings_cancels && accept.getWaitMs() > 0) {
    store.reply(asked, 200, [](protocol::Reply::Builder reply) {
      reply.getBody().initAccepted(0);
      reply.initCancels(1)[0].getLease().setJob("gone");
    });
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
  if (loses_accept_replies) {
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
      if (const auto dot = given->second[i].find('.'); dot != std::string::npos) {
        list[i].setFunction(given->second[i].substr(0, dot).c_str());  // of "ocr.1"
      }
      list[i].setAttemptUntil(attempt_until_[given->second[i]]);
    }
  });
}

void FakeQueue::renew(FakeStore& store, const Asked& asked) {
  const auto renew = asked.request().getBody().getRenew();
  if (renew.getWaitMs() > 0) {
    listen(store, asked);
    return;
  }
  const auto leases = renew.getLeases();
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
      list[i].setCancelRequested(
          std::any_of(cancels_.begin(), cancels_.end(),
                      [&](const Cancel& cancel) { return cancel.job == jobs[i]; }));
    }
  });
}

void FakeQueue::listen(FakeStore& store, const Asked& asked) {
  seen_.questions.push_back(asked.request().getBody().getRenew().getSeen());
  if (questions_refused != 0) {
    store.reply(asked, questions_refused, {}, "renew: refused");
  } else if (!answer_question(store, asked)) {
    parked_question_ = asked;
  }
}

// False while there is nothing new.
bool FakeQueue::answer_question(FakeStore& store, const Asked& asked) {
  const auto known = asked.request().getBody().getRenew().getSeen();
  if (known >= cancels_.size()) {
    return false;
  }
  store.reply(asked, 200, [&](protocol::Reply::Builder reply) {
    reply.getBody().initRenewed(0);
    auto list = reply.initCancels(static_cast<unsigned>(cancels_.size() - known));
    for (unsigned i = 0; i < list.size(); ++i) {
      const Cancel& cancel = cancels_[known + i];
      list[i].getLease().setJob(cancel.job.c_str());
      list[i].getLease().setAttempt(1);
      list[i].setSequence(known + i + 1);
      list[i].setUntil(cancel.until_ms);
    }
  });
  return true;
}

void FakeQueue::update(FakeStore& store, const Asked& asked) {
  std::vector<SeenOutcome> update;
  for (const auto outcome : asked.request().getBody().getUpdate().getOutcomes()) {
    const std::string job = outcome.getLease().getJob();
    update.push_back(
        {job, outcome.getLease().getAttempt(), outcome.which(), {}, seen_.accepts.size()});
    // Of very many lines that would take too long.
    if (!outcome.isLog() || outcome.getLog().getLines().size() <= 10) {
      const std::string text = text_of(outcome);
      const std::size_t start = text.find("), ") + 3;  // behind the lease
      update.back().said = text.substr(start, text.size() - 1 - start);
    }
    if (outcome.isLog()) {
      unsigned number = outcome.getLog().getFirst();
      for (const auto line : outcome.getLog().getLines()) {
        if (number > log_numbers_[job]) {
          log_numbers_[job] = number;
          seen_.log.push_back(job + " " + std::to_string(static_cast<int>(line.getLevel())) + " " +
                              line.getText().cStr());
        }
        ++number;
      }
    }
  }
  seen_.updates.push_back(update);
  if (ignores_updates) {
    return;
  }
  if (updates_refused != 0) {
    store.reply(asked, updates_refused, {}, "update: refused");
    return;
  }
  store.reply(asked, 207, [&](protocol::Reply::Builder reply) {
    auto list = reply.getBody().initUpdated(static_cast<unsigned>(update.size()));
    for (unsigned i = 0; i < update.size(); ++i) {
      const bool is_bad = update[i].said == "complete = \"" + std::string(kNoJson) + "\"";
      const bool is_lost = lost_.contains(update[i].job);
      const unsigned refused = words_refused_[update[i].report];
      const unsigned code = is_lost ? 409 : is_bad ? 400 : refused != 0 ? refused : 200;
      list[i].setCode(static_cast<std::uint16_t>(code));
      list[i].setError(is_lost ? "lease: not held" : is_bad ? "complete: is not JSON" : "");
      list[i].setStatus(protocol::Status::COMPLETE);
    }
  });
}

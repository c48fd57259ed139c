// What FakeStream says to requests.
#include <algorithm>

#include "fake_stream.h"

namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

bool FakeStream::has_news(std::uint64_t after) const {
  return after < forgotten_ || last_of_alice_ > after ||
         after > (journal_.empty() ? forgotten_ : journal_.back().sequence);
}

FillReply FakeStream::page(std::uint64_t after) const {
  std::vector<Entry> entries;
  for (const Entry& entry : journal_) {
    if (options_.repeats_events && entry.sequence <= after && entry.client == "alice") {
      entries.assign(1, entry);
    }
  }
  const std::uint64_t last = journal_.empty() ? forgotten_ : journal_.back().sequence;
  bool is_whole = true;
  for (const Entry& entry : journal_) {
    if (entry.sequence <= after || entry.client != "alice") {
      continue;
    }
    if (entries.size() >= options_.page_max) {
      is_whole = false;
      break;
    }
    entries.push_back(entry);
  }
  return [=](protocol::Reply::Builder reply) {
    auto out = reply.getBody().initEvents();
    auto list = out.initEvents(static_cast<unsigned>(entries.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setSequence(entries[i].sequence);
      list[i].setKind(entries[i].kind);
      list[i].setJob(entries[i].job);
      list[i].setClient(entries[i].client);
    }
    out.setCursor(is_whole ? last : entries.back().sequence);
    out.setIsEnd(is_whole);
  };
}

void FakeStream::fill_jobs(protocol::JobPage::Builder out, std::uint64_t after) const {
  std::vector<std::pair<std::uint64_t, std::string>> jobs;
  for (const auto& [job, sequence] : jobs_) {
    if (sequence > after) {
      jobs.emplace_back(sequence, job);
    }
  }
  std::sort(jobs.begin(), jobs.end());
  const bool is_whole = jobs.size() <= options_.page_max;
  jobs.resize(std::min(jobs.size(), options_.page_max));
  auto list = out.initJobs(static_cast<unsigned>(jobs.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list[i].setSequence(jobs[i].first);
    list[i].setJob(jobs[i].second);
  }
  out.setCursor(is_whole ? 0 : jobs.back().first);
}

void FakeStream::fill_snapshot(protocol::Snapshot::Builder out, bool with_jobs) const {
  out.setCursor(journal_.empty() ? forgotten_ : journal_.back().sequence);
  out.setOldest(forgotten_ + 1);
  if (with_jobs) {
    fill_jobs(out.initJobs(), 0);
  }
}

void FakeStream::answer_parked(bool all_that_are_due) {
  const auto now = Clock::now();
  std::erase_if(parked_, [&](const Parked& parked) {
    if (!has_news(parked.after) && !(all_that_are_due && now >= parked.until)) {
      return false;
    }
    store_->send(parked.asked, make_reply(parked.id, 200, page(parked.after)));
    return true;
  });
}

void FakeStream::answer(FakeStore& store, const Asked& asked) {
  const std::lock_guard lock(mutex_);
  const auto request = asked.request();
  const auto body = request.getBody();
  if (body.isSubscribe()) {
    ++subscriptions_;
    if (refusal_ != 0) {
      store.reply(asked, refusal_, {}, "refused");
      return;
    }
    store.reply(asked, 200, [&](protocol::Reply::Builder reply) {
      auto out = reply.getBody().initSubscription();
      out.setTopic(topic_);
      const std::string opens = key();
      out.setKey(kj::arrayPtr(reinterpret_cast<const kj::byte*>(opens.data()), opens.size()));
      out.initEndpoints(1).set(0, endpoint_ + "-stream");
      out.setHeartbeatMs(static_cast<std::uint32_t>(options_.promised.count()));
      fill_snapshot(out.initSnapshot(), !body.getSubscribe().getNoSnapshot());
    });
  } else if (body.isEventQuery()) {
    const auto query = body.getEventQuery();
    const std::uint64_t after = query.getAfter();
    const std::uint64_t last = journal_.empty() ? forgotten_ : journal_.back().sequence;
    if (after < forgotten_ || after > last) {
      store.reply(asked, 410, [&](protocol::Reply::Builder reply) {
        fill_snapshot(reply.getBody().initSnapshot(), true);
      });
    } else if (query.getWaitMs() > 0 && !options_.may_hold) {
      store.reply(asked, 429, {}, "waitMs: too many wait");
    } else if (query.getWaitMs() > 0 && !has_news(after)) {
      parked_.push_back({asked, request.getId(), after,
                         Clock::now() + std::chrono::milliseconds(query.getWaitMs())});
    } else {
      store.reply(asked, 200, page(after));
    }
  } else {
    store.reply(asked, 200, [&](protocol::Reply::Builder reply) {
      fill_jobs(reply.getBody().initJobs(), body.getListQuery().getCursor());
    });
  }
}

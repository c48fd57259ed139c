#include "words.h"

#include <algorithm>
#include <set>

#include "../describe/text_form.h"
#include "codec.h"
#include "protocol.capnp.h"

namespace store::sim {
namespace {

// Of jobs that have changed since the reply showed them no texts: which those are then is left
// open.
class ShownTexts : public TextSource {
 public:
  ShownTexts(const Reply& reply, TextSource& texts, const State& state) : texts_(texts) {
    for_each<JobView>(reply, [&](const JobView& view) {
      const Job* job = state.find(view.key);
      if (job == nullptr || job->changed != view.changed) {
        outdated_.insert(view.key);
      }
    });
    for_each<AcceptedView>(reply, [&](const AcceptedView& view) {
      const Job* job = state.find(view.key);
      if (job == nullptr || job->status != Status::kAccepted ||
          job->attempt != view.lease.attempt) {
        outdated_.insert(view.key);
      }
    });
  }

  const Texts& texts(JobKey job) override {
    return outdated_.contains(job) ? no_texts_ : texts_.texts(job);
  }
  const Payload& payload(JobKey job) override {
    return outdated_.contains(job) ? no_payload_ : texts_.payload(job);
  }
  std::vector<Attempt> attempts(JobKey job) override {
    return outdated_.contains(job) ? std::vector<Attempt>() : texts_.attempts(job);
  }
  std::vector<LogLine> log(JobKey job, std::uint32_t after, std::uint32_t last) override {
    return texts_.log(job, after, last);
  }
  FoundEvents events(const EventsReply& query) override { return texts_.events(query); }
  // When what was counted is written is left open.
  jobq::HistoryPage history(const HistoryReply&) override { return {}; }
  std::string code(DatasourceIndex datasource, const std::string& hash) override {
    return texts_.code(datasource, hash);
  }

 private:
  TextSource& texts_;
  std::set<JobKey> outdated_;
  const Texts no_texts_;
  const Payload no_payload_;
};

void sort(auto& items, auto name) {
  std::sort(items.begin(), items.end(),
            [&](const auto& a, const auto& b) { return a.*name < b.*name; });
}

}  // namespace

std::string outcome_of(const Command& command, const Reply& reply) {
  Code worst = std::holds_alternative<GoneReply>(reply) ? Code::kGone : Code::kOk;
  for_each<Refused>(reply, [&](const Refused& refused) { worst = std::max(worst, refused.code); });
  return kind_of(command) + " " + std::to_string(static_cast<int>(worst));
}

std::set<std::string> limits_met(const Reply& reply) {
  std::set<std::string> met;
  for_each<Refused>(reply, [&](const Refused& refused) { met.emplace(refused.limit); });
  met.erase(std::string());
  return met;
}

std::string bytes_of(Reply reply, TextSource& texts, const State& state) {
  for_each<Refused>(reply, [](Refused& refused) { refused = {refused.code, {}, {}}; });
  if (auto* gone = std::get_if<GoneReply>(&reply)) {
    gone->detail.clear();
  } else if (auto* configs = std::get_if<ConfigsReply>(&reply)) {
    sort(configs->configs, &DatasourceConfig::datasource);
  } else if (auto* all = std::get_if<DatasourcesReply>(&reply)) {
    sort(all->datasources, &DatasourceStats::datasource);
    for (DatasourceStats& stats : all->datasources) {
      sort(stats.functions, &jobq::FunctionStats::function);
    }
  } else if (auto* workers = std::get_if<WorkersReply>(&reply)) {
    sort(workers->workers, &jobq::WorkerStatus::worker);
  } else if (auto* explained = std::get_if<Explanation>(&reply)) {
    for (Reason& reason : explained->reasons) {
      reason.text.clear();
    }
  } else if (auto* query = std::get_if<EventsReply>(&reply)) {
    query->scans = 0;
    return describe(*query);  // what is found is compared apart
  }
  ShownTexts shown(reply, texts, state);
  if (auto* subscribe = std::get_if<SubscribeReply>(&reply)) {
    return encode_reply(0, Subscribed{.reply = std::move(*subscribe), .topic = {}, .endpoints = {}},
                        shown);
  }
  return encode_reply(0, reply, shown);
}

std::string in_words(const std::string& bytes) {
  return bytes.starts_with("EventsReply") ? bytes : text_form<protocol::Reply>(bytes);
}

}  // namespace store::sim

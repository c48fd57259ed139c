// Texts as the tests set them. What was handed out is spoilt by the next call, as the interface
// allows.
#pragma once

#include <map>
#include <vector>

#include "texts.h"

namespace store {

class KnownTexts : public TextSource {
 public:
  struct Known {
    Texts texts;
    Payload payload;
    std::vector<Attempt> attempts;
    std::vector<LogLine> log;
  };

  Known& of(Sequence sequence) { return known_[sequence]; }
  FoundEvents& found() { return found_; }  // whatever is asked for
  int calls() const { return calls_; }

  const Texts& texts(JobKey job) override {
    spoil();
    return texts_ = known_.at(job.sequence).texts;
  }
  const Payload& payload(JobKey job) override {
    spoil();
    return payload_ = known_.at(job.sequence).payload;
  }
  std::vector<Attempt> attempts(JobKey job) override {
    spoil();
    return known_.at(job.sequence).attempts;
  }
  std::vector<LogLine> log(JobKey job, std::uint32_t after, std::uint32_t last) override {
    spoil();
    std::vector<LogLine> lines;
    for (const LogLine& line : known_.at(job.sequence).log) {
      if (line.number > after && line.number <= last) {
        lines.push_back(line);
      }
    }
    return lines;
  }
  FoundEvents events(const EventsReply&) override {
    spoil();
    return found_;
  }
  std::string code(DatasourceIndex, const std::string&) override { return "def main(): pass"; }
  jobq::HistoryPage history(const HistoryReply& query) override {
    spoil();
    const Time at(Span(1'700'000'000'000));
    return {
        query.query.step,
        {{at, 1, 2, 3, 4, 5, 6, 7, 8, Span(9), Span(10), Span(11), Span(12), Span(13), Span(14)}}};
  }

 private:
  void spoil() {
    ++calls_;
    texts_ = {.response = "spoilt", .failure = {"spoilt", "spoilt", "spoilt"}, .message = "spoilt"};
    payload_ = {.request = "spoilt", .trace = "spoilt"};
  }

  std::map<Sequence, Known> known_;
  FoundEvents found_;
  Texts texts_;
  Payload payload_;
  int calls_ = 0;
};

}  // namespace store

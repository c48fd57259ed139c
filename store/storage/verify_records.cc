// Records of the checkpoint, one by one.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "sha256.h"
#include "verify_parts.h"

namespace store {
namespace {

// Records that jobs must have: met in the order of the jobs, as the scan meets them.
class Owed {
 public:
  void add(JobKey job, std::uint32_t count) { owed_.push_back({job, count}); }
  // Of a record of the job. Whether it is one of those.
  bool pay(JobKey job) {
    pass(job);
    const bool owes = next_ < owed_.size() && owed_[next_].first == job && owed_[next_].second > 0;
    if (owes) {
      --owed_[next_].second;
    }
    return owes;
  }
  // The job whose record is missing before this one; its sequence is 0 when none is.
  JobKey pass(JobKey job) {
    for (; next_ < owed_.size() && owed_[next_].first < job; ++next_) {
      if (owed_[next_].second > 0 && missing_.sequence == 0) {
        missing_ = owed_[next_].first;
      }
    }
    return missing_;
  }

 private:
  std::vector<std::pair<JobKey, std::uint32_t>> owed_;
  std::size_t next_ = 0;
  JobKey missing_;
};

class Records {
 public:
  explicit Records(const State& state) : state_(state) {}

  std::uint64_t count() const { return count_; }

  void take(std::string_view key, std::string_view value) {
    ++count_;
    if (key.front() == '@' || key.front() == 'm' || key.front() == 't') {
      return;  // storage's own, and of no datasource
    }
    require(key.size() >= 5 && datasource_of_key(key) < state_.datasource_count(),
            "is of no datasource that there is");
    switch (key.front()) {
      case 'v':  // verify_events()
      case 'b':
      case 'g': decode_record<FunctionCounts>(value); return;
      case 'd':
      case 'f':
      case 'k':
      case 'n':
      case 'p':
      case 's':
      case 'w': return;  // they made the state
      case 'q': take_code(datasource_of_key(key), name_of_key(key), value); return;
      case 'e': decode_event_index(last_of_key(key), value); return;
      case 'c': take_rotation(datasource_of_key(key), name_of_key(key), value); return;
      case 'j':
      case 'r': require(key.size() == 13, "has no key of a job"); break;
      case 'h':
      case 'l': require(key.size() == 17, "has no key of a job's part"); break;
      default: require(false, "is of no kind that is known");
    }
    take_part(key, value);
  }

  void finish() {
    for (const auto& [datasource, codes] : state_.codes.all()) {
      for (const auto& [hash, code] : codes) {
        if (!codes_.contains(code_bytes_key(datasource, hash))) {
          fail_record(code_bytes_key(datasource, hash), "is missing: the bytes of code");
        }
      }
    }
    const JobKey end{UINT32_MAX, UINT64_MAX};
    if (const JobKey job = payloads_.pass(end); job.sequence != 0) {
      fail_record(payload_key(job), "is missing: the request of job " + state_.find(job)->id);
    }
    if (const JobKey job = lines_.pass(end); job.sequence != 0) {
      fail_record(log_line_key(job, state_.find(job)->log_lines),
                  "is missing, or one before it: the log of job " + state_.find(job)->id);
    }
  }

 private:
  static void require(bool holds, const char* problem) {
    if (!holds) {
      throw StorageError(problem);
    }
  }

  void take_rotation(DatasourceIndex datasource, std::string_view client, std::string_view value) {
    const auto stored = decode_record<std::vector<Rotation>>(value);
    const auto found = state_.rotations_of(datasource, client);
    require(stored.size() == found.size() && std::equal(stored.begin(), stored.end(), found.begin(),
                                                        [](const Rotation& a, const Rotation& b) {
                                                          return a.level == b.level &&
                                                                 a.stamp == b.stamp &&
                                                                 a.served == b.served;
                                                        }),
            "does not equal the client's jobs that wait");
  }

  void take_code(DatasourceIndex datasource, std::string_view hash, std::string_view value) {
    const CodeState* code = state_.codes.find(datasource, hash);
    require(code != nullptr, "is of no code that there is");
    require(code->bytes == value.size() && jobq::sha256(value) == hash,
            "is not the code that it says");
    codes_.insert(code_bytes_key(datasource, hash));
  }

  // Of a job, or of what belongs to it.
  void take_part(std::string_view key, std::string_view value) {
    const JobKey job_key = job_of_key(key);
    const Job* job = state_.find(job_key);
    if (job == nullptr) {
      throw StorageError("is of no job that there is");
    }
    switch (key.front()) {
      case 'j': take_job(*job, value); return;
      case 'r': {
        // One that was edited as its job ended is in the job's own record, which counts.
        const std::size_t bytes = decode_record<Payload>(value).request.size();
        require(!payloads_.pay(job_key) || bytes == job->request_bytes,
                "is not the request that the job has");
        return;
      }
      case 'h': {
        const auto attempt = decode_record<Attempt>(value);
        require(attempt_key(job_key, attempt.attempt) == key && attempt.attempt >= 1 &&
                    attempt.attempt <= job->attempt,
                "is of an attempt that the job has not had");
        return;
      }
      default: {
        const auto line = decode_record<LogLine>(value);
        require(log_line_key(job_key, line.number) == key && line.number >= 1 &&
                    line.number <= job->log_lines && line.number + kLogLinesKept > job->log_lines,
                "is a line that the job's log has not");
        lines_.pay(job_key);
      }
    }
  }

  void take_job(const Job& job, std::string_view value) {
    const StoredTexts stored = decode_job_texts(value);
    const Sequence last = state_.datasource(job.key.datasource).last_sequence;
    require(job.key.sequence <= job.changed && job.changed <= last,
            "is of an event that there was not");
    if (!stored.payload) {
      payloads_.add(job.key, 1);
    } else {
      require(stored.payload->request.size() == job.request_bytes,
              "has another request than it says");
    }
    require(stored.texts.checkpoint.size() == job.checkpoint_bytes,
            "has another checkpoint than it says");
    if (job.log_lines > 0) {
      lines_.add(job.key, std::min(job.log_lines, kLogLinesKept));
    }
  }

  const State& state_;
  std::uint64_t count_ = 0;
  std::set<std::string> codes_;  // keys of their bytes
  Owed payloads_;
  Owed lines_;
};

}  // namespace

std::uint64_t verify_records(const Storage& storage, const State& state) {
  Records records(state);
  storage.scan_checkpoint("", [&](std::string_view key, std::string_view value) {
    try {
      records.take(key, value);
    } catch (const StorageError& problem) {
      fail_record(key, problem.what());
    }
  });
  records.finish();
  return records.count();
}

}  // namespace store

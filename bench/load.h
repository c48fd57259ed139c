// Jobs that are submitted, accepted and finished over two asynchronous clients, as many messages
// under way as asked for, all on the thread that calls run().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "costs.h"
#include "jobq/async.h"
#include "jobq/driver_requests.h"
#include "store_process.h"

namespace bench {

struct LoadOptions {
  unsigned batch = 1;                     // jobs a message
  unsigned submits = 0;                   // messages under way
  unsigned accepts = 0;                   // workers, each with one accept under way
  std::uint64_t ahead = UINT64_MAX;       // jobs submitted and not finished, at most
  std::uint64_t jobs = UINT64_MAX;        // to submit in all
  unsigned stay_every = 0;                // of each so many jobs, one waits for ever; 0: none does
  std::vector<std::string> clients{"c"};  // whose jobs, by turns
  unsigned keys = 0;                      // of the jobs, by turns; 0: they have none
  unsigned datasources = 1;               // by turns, and all of them asked by turns
  std::string request = "1";
  // Jobs a second; each message is submitted at its time, whatever became of those before. 0: as
  // fast as it goes.
  double rate = 0;
};

class Load {
 public:
  Load(const StoreProcess& store, LoadOptions options);
  ~Load();

  // Until `is_over` says so. Throws what the store refuses.
  void run(const std::function<bool()>& is_over);
  void run(std::chrono::duration<double> time);

  std::uint64_t submitted() const { return submitted_; }
  std::uint64_t finished() const { return finished_; }
  // From when a message was to be submitted until its answer, in ms.
  std::vector<double>& submit_ms() { return submit_ms_; }
  // The same until the driver knows that its jobs are finished.
  std::vector<double>& life_ms() { return life_ms_; }

 private:
  struct Worker {
    std::string name;
    unsigned next = 0;  // the datasource to ask
    bool is_asking = false;
  };

  void submit_what_is_due();
  void submit_one(SteadyClock::time_point due);
  SteadyClock::time_point next_due() const;
  void accept(Worker& worker);
  void finish(const std::string& datasource, const std::vector<jobq::AcceptedJob>& jobs);
  void fail(const std::string& what);
  template <typename Value>
  bool is_taken(const jobq::Answer<Value>& answer);
  std::string datasource(std::uint64_t number) const;

  const LoadOptions options_;
  jobq::AsyncClient client_;
  jobq::AsyncClient driver_;
  std::vector<Worker> workers_;
  SteadyClock::time_point start_;
  bool is_over_ = false;
  std::string failure_;

  std::uint64_t messages_ = 0;
  std::uint64_t started_ = 0;    // jobs sent
  std::uint64_t staying_ = 0;    // of them
  std::uint64_t submitted_ = 0;  // jobs taken
  std::uint64_t finished_ = 0;
  unsigned under_way_ = 0;
  std::vector<double> submit_ms_;
  std::vector<double> life_ms_;
};

}  // namespace bench

#define XXH_STATIC_LINKING_ONLY  // for the size of XXH3_state_t
#include <xxhash.h>

#include "job_table.h"

namespace store {
namespace {

class Digest {
 public:
  Digest() { XXH3_64bits_reset(&state_); }
  void add(std::uint64_t number) { XXH3_64bits_update(&state_, &number, sizeof number); }
  void add(Time time) { add(static_cast<std::uint64_t>(time.time_since_epoch().count())); }
  void add(std::string_view text) {
    add(text.size());
    XXH3_64bits_update(&state_, text.data(), text.size());
  }
  void add(const Hash& hash) { XXH3_64bits_update(&state_, hash.data(), hash.size()); }
  std::uint64_t result() const { return XXH3_64bits_digest(&state_); }

 private:
  XXH3_state_t state_;
};

}  // namespace

std::uint64_t JobTable::digest() const {
  Digest digest;
  for (const auto& datasource : datasources_) {
    digest.add(datasource->name);
    digest.add(datasource->last_sequence);
    datasource->jobs.walk(0, [&](Slot slot) {
      const Job& job = jobs_[slot];
      digest.add(job.id);
      digest.add(clients_[job.client]);
      digest.add(worker_of(job));
      for (const std::uint64_t number :
           {job.key.sequence, job.changed, static_cast<std::uint64_t>(job.status),
            static_cast<std::uint64_t>(job.priority), static_cast<std::uint64_t>(job.attempt),
            static_cast<std::uint64_t>(job.lost_leases),
            static_cast<std::uint64_t>(job.request_bytes), job.request_number,
            static_cast<std::uint64_t>(job.keep_for.count())}) {
        digest.add(number);
      }
      for (const Time time : {job.submitted_at, job.accepted_at, job.deadline, job.finished_at}) {
        digest.add(time);
      }
      digest.add(job.content);
      digest.add(job.outcome);
      return true;
    });
    datasource->ready.walk_rings([&](std::uint8_t priority, NameIndex client, Sequence stamp) {
      digest.add(priority);
      digest.add(clients_[client]);
      digest.add(stamp);
    });
    digest.add(datasource->ready.size());
    for (const auto& [name, worker] : datasource->workers) {
      digest.add(name);
      digest.add(worker.request_number);
      digest.add(worker.heard_at);
    }
  }
  return digest.result();
}

}  // namespace store

// The thread of a worker that cancels come to: it keeps a question at the store which is answered
// as soon as there is one, so that the callback hears of it within milliseconds.
#pragma once

#include "connection.h"
#include "held_jobs.h"
#include "trouble.h"

namespace jobq {

class CancelListener {
 public:
  CancelListener(StoreConnection& store, HeldJobs& held, const WorkerOptions& options,
                 Trouble& trouble)
      : store_(store), held_(held), options_(options), trouble_(trouble) {}

  // Until no more outcomes are to come; a question that is under way then must be interrupted.
  // Ends early when the store refuses to be asked: the renewals tell of cancels, too, but later.
  void run();

 private:
  // False when there is no use in asking again.
  bool listen();

  StoreConnection& store_;
  HeldJobs& held_;
  const WorkerOptions& options_;
  Trouble& trouble_;
  std::uint64_t seen_ = 0;
  bool is_put_off_ = false;
};

}  // namespace jobq

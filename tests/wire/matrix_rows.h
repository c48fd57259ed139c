// The store's paths as the matrix of rights sees them, said by hand from docs/protocol.md and
// docs/protocol-admin.md: whose paths they are, what they are about, and what answers who may ask.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "messages.h"

namespace wire {

// By what a token's path caveat has to cover, which is how callers differ.
enum class Place {
  kOpen,
  kClient,     // /<DSID>/..., and /sub/<DSID>/job
  kCode,       // /jobs/<DSID>/code/..., for clients too
  kDriver,     // /jobs/<DSID>/..., and /sub/<DSID>/jobs
  kCatalogue,  // /cat
  kOperator,   // /admin/<DSID>/...
  kStore,      // the other paths of operators
};

// In which the request names a job.
enum class Names { kNone, kInPath, kInBody };

// kTells: nothing changes by it. kCancels: a job may only be cancelled. kChanges: it is done to the
// job that is named. kDoes: anything else.
enum class Effect { kTells, kCancels, kChanges, kDoes };

// Codes for a job of alice's, of bob's, and one that is unknown. Where the request names none, the
// first counts.
using Codes = std::array<unsigned, 3>;

struct MatrixRow {
  Method method;
  std::string pattern;  // "*" is the datasource, "+" the job, "#" a number
  Place place;
  Names names;
  Effect effect;
  // For a caller who acts as alice, or sees the jobs of all.
  Codes codes;
  // The frame; the job is empty unless the body is to name it.
  std::function<std::string(const Head& head, const std::string& job)> frame;
  // The job has to be final.
  bool wants_final = false;
};

// Stands for 403 or 409 with the body `updated`: an outcome without the job's lease.
inline constexpr unsigned kNoLease = 1;

std::vector<MatrixRow> matrix_rows();

}  // namespace wire

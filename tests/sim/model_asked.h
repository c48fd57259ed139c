// Templates of the model, which model.h includes.
#pragma once

#include "model.h"

namespace store::sim {

template <typename Named>
void Model::require_room_behind(const ModelDatasource* datasource, const std::string& name,
                                const std::string& client, const std::vector<Named>& after,
                                const ModelBy& by) {
  try {
    require_room(datasource, client, by);
  } catch (const Refused& full) {
    if (full.detail == "datasources") {
      (void)awaited_by(name, std::is_same_v<Named, jobq::After> ? client : "", after);
    }
    throw;
  }
}

template <typename Asked>
ModelJob& Model::asked_for(const Asked& asked) {
  ModelDatasource* datasource = find(asked.datasource);
  ModelJob* job = datasource == nullptr ? nullptr : find(*datasource, asked.job);
  if (job == nullptr) {
    throw Refused{Code::kNotFound, "job", {}};
  }
  if constexpr (requires { asked.client; }) {
    if (asked.client && *asked.client != job->facts.client) {
      throw Refused{Code::kForbidden, "client", {}};
    }
  }
  return *job;
}

template <typename Item>
std::vector<Item> Model::told_by(const Page<Item>& page) const {
  // Whatever other lists took of the store's turn, this one looks at so many jobs.
  constexpr std::size_t kScansOfTurnMin = 100;
  const std::size_t scan_max = std::min(page.scan_max, kScansOfTurnMin);
  std::vector<Item> told;
  std::size_t looked_at = 0;
  std::size_t bytes = 0;
  const typename Page<Item>::Listed* more = nullptr;
  for (const auto& any : page.scope) {
    if (page.cursor != 0 && any.sequence > page.cursor) {
      more = &any;
      break;
    }
    looked_at += any.sequence > page.after ? 1 : 0;
    if (any.sequence > page.after && any.is_match) {
      bytes += any.bytes;
      told.push_back(any.item);
    }
  }
  const bool is_full =
      more != nullptr && (told.size() >= page.limit || looked_at >= scan_max ||
                          (!told.empty() && bytes + more->bytes > limits_.accept_bytes_max));
  if (page.cursor != 0 && (page.cursor <= page.after || !is_full)) {
    throw Mismatch("a page after " + std::to_string(page.after) + " ends too early, at " +
                   std::to_string(page.cursor));
  }
  return told;
}

}  // namespace store::sim

// How golden requests configure a datasource, and golden replies show one; without name and mode.
#pragma once

#include "terms.h"

namespace store {

inline DatasourceConfig golden_config() {
  return {.description = "the scanner in the hall",
          .priority = 60,
          .terms = {Span(1), Span(2), Span(3), 4, 5, 6, Backoff{Span(7), Span(8), 100, 9}},
          .lease = Span(10'000),
          .cancel_grace = Span(11'000),
          .waiting_max = 12,
          .waiting_per_client_max = 13,
          .running_max = 14,
          .weights = {{"alice", 2}, {"bob", 100}}};
}

}  // namespace store

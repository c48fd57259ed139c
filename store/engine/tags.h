// Tags of a job: sorted, none twice.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace store {

inline void add_tags(std::vector<std::string>& tags, const std::vector<std::string>& more) {
  if (!more.empty()) {
    tags.insert(tags.end(), more.begin(), more.end());
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  }
}

}  // namespace store

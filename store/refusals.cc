#include "refusals.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "log.h"

namespace store {

void Refusals::count(const Asker& asker, std::span<const Outbound> answers) {
  const auto count_items = [&](const auto& items) {
    for (const auto& item : items) {
      if (const auto* refused = std::get_if<Refused>(&item)) {
        count(asker, *refused);
      }
    }
  };
  for (const Outbound& answer : answers) {
    if (const auto* refused = std::get_if<Refused>(&answer.reply)) {
      count(asker, *refused);
    } else if (const auto* submitted = std::get_if<SubmitReply>(&answer.reply)) {
      count_items(submitted->items);
    } else if (const auto* updated = std::get_if<UpdateReply>(&answer.reply)) {
      count_items(updated->items);
    }
  }
}

void Refusals::count(const Asker& asker, const Refused& refused) {
  const std::string what = refused.limit.empty()
                               ? std::to_string(static_cast<unsigned>(refused.code))
                               : std::string(refused.limit);
  ++counts_[what];
  Kind kind = {what, std::string(asker.token), std::string(asker.address)};
  if (of_interval_.size() >= kKindsMax && !of_interval_.contains(kind)) {
    kind = {what, {}, {}};
  }
  ++of_interval_[std::move(kind)];
}

std::vector<jobq::RefusalCount> Refusals::counts() const {
  std::vector<jobq::RefusalCount> counts;
  for (const auto& [what, count] : counts_) {
    counts.push_back({what, count});
  }
  return counts;
}

std::vector<std::string> Refusals::take_floods(Time now) {
  std::vector<std::string> lines;
  if (now < interval_end_) {
    return lines;
  }
  interval_end_ = now + kInterval;
  std::vector<std::pair<std::uint64_t, Kind>> floods;
  for (const auto& [kind, count] : std::exchange(of_interval_, {})) {
    if (count >= kFloodMin) {
      floods.emplace_back(count, kind);
    }
  }
  std::sort(floods.rbegin(), floods.rend());
  for (const auto& [count, kind] : floods) {
    if (lines.size() == kLinesMax) {
      break;
    }
    const auto& [what, token, address] = kind;
    lines.push_back(std::to_string(count) + " refusals (" + what + ") in " +
                    std::to_string(kInterval / std::chrono::seconds(1)) + " s of " +
                    (!token.empty() ? "the token " + json_string(token)
                     : !address.empty()
                         ? address + ", without a token of this store"
                         : "requests without a token of this store, or of many tokens"));
  }
  return lines;
}

}  // namespace store

// How often attempts may begin: rates of a datasource, of its functions, and of the jobs of each
// key. What has begun is counted as the use of tokens is, under names that no token has, so that it
// is kept, and forgotten once it matters no more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "context.h"

namespace store {

// A rate that holds, and what it is counted under.
struct StartRate {
  std::string name;
  RateLimit limit;
};

// Of the datasource as a whole; nothing where it has none, here and below.
std::optional<StartRate> start_rate(const Datasource& datasource);
std::optional<StartRate> start_rate_of_function(const Datasource& datasource,
                                                std::string_view function);
std::optional<StartRate> start_rate_of_key(const Datasource& datasource, std::string_view key);

// When the next attempt may begin: zero: at once. As long as there is no room to count one more
// key, jobs of others wait a second.
Time opens_at(const Context& context, const std::optional<StartRate>& rate);
// How many have begun of what may.
std::uint64_t begun(const Context& context, const StartRate& rate);
// All that hold for the job.
std::vector<StartRate> start_rates_of(const Context& context, const Job& job);
// An attempt of the job begins. REQUIRES: it may.
void count_start(Context& context, const Job& job);
// Until when nothing may begin of what the ready jobs of the datasource are; zero: something may.
Time next_opening(const Context& context, const Datasource& datasource);

}  // namespace store

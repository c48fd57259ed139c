// What a token allows of the jobs that are submitted with it, and what that costs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "commands.h"
#include "context.h"
#include "room.h"

namespace store {

std::optional<Refused> refused_for_function(const Allowance& allowance,
                                            const std::string& function);
// Whether the asker's token lets the job in, behind others. What no waiting would change is 403 and
// 413, else 429.
std::optional<Refused> refused_by(const Context& context, const Allowance& allowance,
                                  const NewJob& job, std::uint64_t cost, const Ahead& ahead);
// Counts the job against the rates.
void charge(Context& context, const Allowance& allowance, std::uint64_t cost);

}  // namespace store

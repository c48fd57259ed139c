// What follows when tokens hold no more.
#pragma once

#include <functional>
#include <string_view>

#include "context.h"

namespace store {

// Takes back the leases of those tokens, and refuses who waits with one.
void end_tokens(Context& context, const std::function<bool(std::string_view)>& is_over);
// Forgets what is over of what is known about tokens, some of them each time.
void sweep_tokens(Context& context);

// For good: the schedule is to be added with another token.
void pause_for_token(Context& context, const Schedules::Key& key, std::string why);

}  // namespace store

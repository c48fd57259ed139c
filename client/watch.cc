#include "jobq/watch.h"

#include <utility>

#include "watch_join.h"

namespace jobq {

class Watch::Implementation : public WatchJoin {
 public:
  using WatchJoin::WatchJoin;
};

Watch::Watch(Connection connection, WatchScope scope, WatchOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(connection), std::move(scope),
                                                       std::move(options))) {}
Watch::~Watch() = default;
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;

std::optional<WatchNews> Watch::next(Span max_wait) { return implementation_->next(max_wait); }
std::uint64_t Watch::cursor() const { return implementation_->cursor(); }
WatchCounters Watch::counters() const { return implementation_->counters(); }
void Watch::interrupt() { implementation_->interrupt(); }

}  // namespace jobq

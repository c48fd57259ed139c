// /metrics: what the gateway counts, and with an operator's token what the store does.
#pragma once

#include <kj/async.h>

#include <memory>
#include <string>

#include "counters.h"
#include "held_bytes.h"
#include "metrics_text.h"
#include "reply.h"
#include "settings.h"
#include "store_calls.h"

namespace gateway {

class Metrics {
 public:
  struct Parts {
    const Settings& settings;
    StoreCalls& calls;
    const Counters& counters;
    const HeldBytes& held;
  };
  // All must outlive this.
  explicit Metrics(const Parts& parts) : parts_(parts) {}

  // A token that is none, or allows less, is refused as the store refuses it.
  kj::Promise<Reply> answer(const std::string& token);

 private:
  struct Scrape;

  void measure_gateway(MetricsText& metrics) const;
  kj::Promise<void> ask_stats(Scrape& scrape);
  kj::Promise<void> ask_datasources(Scrape& scrape);
  kj::Promise<void> ask_functions(Scrape& scrape, std::size_t place);

  const Parts parts_;
};

}  // namespace gateway

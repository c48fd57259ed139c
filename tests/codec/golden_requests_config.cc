// How datasources are configured, and more that jobs may say.
#include "../describe/describe.h"
#include "golden_requests.h"

namespace store {

std::vector<GoldenRequest> config_calls() {
  return {
      {"request-submit-grants", describe(Submit{"scan",
                                                {NewJob{.job = "j-1",
                                                        .request = "1",
                                                        .client = "alice",
                                                        .grants = R"({"cloud":"secret"})"}}})},
      {"request-config-rates",
       describe(Configure{"scan",
                          {.terms = {.labels = {"gpu", "host=a"}},
                           .start_rate = "100/m",
                           .function_rates = {{"copy", "1000000/d"}, {"ocr", "2/s"}},
                           .key_start_rate = "3/h",
                           .ageing = Span(1000)}})},
      {"request-config-limits",
       describe(Configure{"scan", {.function_limits = {{"copy", 2}, {"ocr", 1'000'000}}}})},
      {"request-config-costs",
       describe(Configure{"scan", {.costs = {{"copy", 2}, {"ocr", 1'000'000}}}})},
  };
}

}  // namespace store

// How datasources are configured, what workers say and are told, code, and more that jobs may say.
#include "../describe/describe.h"
#include "golden_requests.h"
#include "sha256.h"

namespace store {

std::vector<GoldenRequest> config_calls() {
  const std::string code = jobq::sha256("def main(): pass\n");
  return {
      {"request-new-code", describe(AddCode{"scan", code, "python3", "def main(): pass\n"})},
      {"request-code", describe(ReadCode{"scan", code})},
      {"request-code-list", describe(ListCode{"scan", {.after = code, .limit = 7}})},
      {"request-code-remove", describe(RemoveCode{"scan", code})},
      {"request-submit-code", describe(Submit{"scan",
                                              {NewJob{.job = "j-1",
                                                      .request = R"({"args":[1,2],"kwargs":{}})",
                                                      .client = "alice",
                                                      .code = code,
                                                      .method = "count"}}})},
      {"request-submit-grants", describe(Submit{"scan",
                                                {NewJob{.job = "j-1",
                                                        .request = "1",
                                                        .client = "alice",
                                                        .grants = R"({"cloud":"secret"})"}}})},
      {"request-accept-about",
       describe(Accept{.datasource = "scan",
                       .worker = "host:4711",
                       .request_number = 12,
                       .functions = {},
                       .least_priority = 80,
                       .about = {"host-1", 4711, Time(Span(1'700'000'000'000)), "scanner 2.1", 4},
                       .order = jobq::WorkerOrder::kDrain})},
      {"request-renew-order", describe(Renew{.datasource = "scan",
                                             .leases = {},
                                             .worker = "host:4711",
                                             .order = jobq::WorkerOrder::kHalt})},
      {"request-halt-worker",
       describe(OrderWorkers{"scan", "host:4711", jobq::WorkerOrder::kHalt})},
      {"request-drain-store", describe(OrderWorkers{"", "", jobq::WorkerOrder::kDrain})},
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

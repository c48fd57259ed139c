#include "job_calls.h"

#include "messages.h"

namespace jobq {
namespace {

std::string path_of(const JobAddress& address, const std::string& operation = {}) {
  return address.base + "/job/" + address.job + "/" + operation;
}

void fill(protocol::JobQuery::Builder out, const JobAddress& address) {
  out.setJob(wire::text(address.job));
  out.setClient(wire::text(address.client));
}

}  // namespace

JobStatus ask_status(StoreConnection& store, const JobAddress& address, const StatusQuery& query,
                     Span patience) {
  return ask_for<JobStatus>(
      store, {.method = Method::GET, .path = path_of(address), .held = query.held},
      [&](RequestBody body) {
        auto out = body.initJobQuery();
        fill(out, address);
        out.setWaitMs(wire::narrowed<std::uint32_t>(wire::ms(query.held)));
        out.setSeen(query.seen);
        out.setUntilFinal(query.until_final);
        out.setWithAttempts(query.options.with_attempts);
        out.setWithRequest(query.options.with_request);
      },
      patience);
}

JobStatus ask_cancel(StoreConnection& store, const JobAddress& address) {
  return ask_for<JobStatus>(store, {.method = Method::POST, .path = path_of(address, "cancel")},
                            [&](RequestBody body) { fill(body.initJobQuery(), address); });
}

LogPage ask_log(StoreConnection& store, const JobAddress& address, const LogQuery& query) {
  return ask_for<LogPage>(store, {.method = Method::GET, .path = path_of(address, "log")},
                          [&](RequestBody body) {
                            auto out = body.initLogQuery();
                            out.setClient(wire::text(address.client));
                            wire::write(query, out);
                          });
}

Explanation ask_explain(StoreConnection& store, const JobAddress& address) {
  return ask_for<Explanation>(store, {.method = Method::GET, .path = path_of(address, "explain")},
                              [&](RequestBody body) { fill(body.initJobQuery(), address); });
}

JobPage ask_list(StoreConnection& store, const std::string& path, const ListQuery& query,
                 Span patience) {
  return ask_for<JobPage>(
      store, {.method = Method::GET, .path = path},
      [&](RequestBody body) { wire::write(query, body.initListQuery()); }, patience);
}

std::uint64_t ask_count(StoreConnection& store, const std::string& path, ListQuery query) {
  std::uint64_t count = 0;
  do {
    const auto counted = ask_for<JobCount>(
        store, {.method = Method::GET, .path = path},
        [&](RequestBody body) { wire::write(query, body.initListQuery()); });
    count += counted.count;
    query.cursor = counted.cursor;
  } while (query.cursor != 0);
  return count;
}

}  // namespace jobq

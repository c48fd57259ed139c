#include "jobq/admin.h"

#include "connection.h"
#include "datasource_calls.h"
#include "jobq/limits.h"
#include "messages.h"
#include "store_calls.h"

namespace jobq {
namespace {

std::string path_of(const std::string& datasource, const std::string& operation) {
  return "/admin/" + datasource + "/" + operation;
}

std::string path_of(const std::string& datasource, const std::string& job,
                    const std::string& operation) {
  return "/admin/" + datasource + "/job/" + job + "/" + operation;
}

JobStatus to_restarted(protocol::Reply::Reader reply) {
  const auto list = items_of(reply, Body::SUBMITTED).getSubmitted();
  require_size(list.size(), 1);
  auto result = to<SubmitResult>(list[0]);
  if (result.code != 200) {
    throw Refused(result.code, result.error, result.retry_after);
  }
  return std::move(result.status);
}

constexpr unsigned kTokensAtOnce = limits::kListLimitMax;

RootKeyIds ask_keys(StoreConnection& store, Method method, const std::string& operation) {
  RootKeyIds ids;
  store.ask({.method = method, .path = "/admin/keys" + operation}, nothing,
            [&](protocol::Reply::Reader reply) {
              for (const auto key : body_of(reply, Body::KEYS).getKeys()) {
                ids.push_back(to_string(key.getId()));
              }
            });
  return ids;
}

}  // namespace

class Admin::Implementation {
 public:
  explicit Implementation(Connection connection) : store(std::move(connection)) {}

  StoreConnection store;
};

Admin::Admin(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
Admin::~Admin() = default;
Admin::Admin(Admin&&) noexcept = default;
Admin& Admin::operator=(Admin&&) noexcept = default;

DatasourceConfig Admin::pause(const std::string& datasource) {
  return ask_mode(implementation_->store, path_of(datasource, "pause"));
}

DatasourceConfig Admin::resume(const std::string& datasource) {
  return ask_mode(implementation_->store, path_of(datasource, "resume"));
}

DatasourceConfig Admin::drain(const std::string& datasource) {
  return ask_mode(implementation_->store, path_of(datasource, "drain"));
}

DatasourceConfig Admin::config(const std::string& datasource) {
  return ask_config(implementation_->store, path_of(datasource, "config"));
}

DatasourceConfig Admin::configure(const DatasourceConfig& config) {
  return ask_configure(implementation_->store, path_of(config.datasource, "config"), config);
}

DatasourceStats Admin::stats(const std::string& datasource) {
  return ask_stats(implementation_->store, path_of(datasource, "stats"));
}

std::vector<DatasourceStats> Admin::stats() {
  return ask_all_stats(implementation_->store, "/admin/datasources");
}

std::vector<WorkerStatus> Admin::workers(const std::string& datasource) {
  return ask_workers(implementation_->store, path_of(datasource, "workers"));
}

void Admin::remove(const std::string& datasource, const std::string& job) {
  implementation_->store.ask({.method = Method::POST, .path = path_of(datasource, job, "remove")},
                             nothing,
                             [](protocol::Reply::Reader reply) { body_of(reply, Body::JOB); });
}

JobStatus Admin::restart(const std::string& datasource, const std::string& job,
                         const std::string& new_job) {
  JobStatus status;
  implementation_->store.ask(
      {.method = Method::POST, .path = path_of(datasource, job, "restart")},
      [&](RequestBody body) { body.initRestart().setJob(wire::text(new_job)); },
      [&](protocol::Reply::Reader reply) { status = to_restarted(reply); });
  return status;
}

JobStatus Admin::edit(const std::string& datasource, const std::string& job, const Edit& edit) {
  return ask_for<JobStatus>(implementation_->store,
                            {.method = Method::POST, .path = path_of(datasource, job, "edit")},
                            [&](RequestBody body) { wire::write(edit, body.initEdit()); });
}

JobPage Admin::redrive(const std::string& datasource, const RedriveQuery& query) {
  JobPage page;
  implementation_->store.ask(
      {.method = Method::POST, .path = path_of(datasource, "redrive")},
      [&](RequestBody body) { wire::write(query, body.initRedrive()); },
      [&](protocol::Reply::Reader reply) {
        page = to<JobPage>(body_of(reply, Body::REDRIVEN).getRedriven());
      });
  return page;
}

std::vector<TokenUse> Admin::tokens() {
  std::vector<TokenUse> all;
  for (bool is_end = false; !is_end;) {
    implementation_->store.ask(
        {.method = Method::GET, .path = "/admin/tokens"},
        [&](RequestBody body) {
          auto out = body.initTokenQuery();
          out.setAfter(wire::text(all.empty() ? "" : all.back().id));
          out.setLimit(kTokensAtOnce);
        },
        [&](protocol::Reply::Reader reply) {
          const auto page = body_of(reply, Body::TOKENS).getTokens();
          for (const auto token : page.getTokens()) {
            all.push_back(to<TokenUse>(token));
          }
          is_end = page.getIsEnd() || page.getTokens().size() == 0;
        });
  }
  return all;
}

TokenUse Admin::revoke(const std::string& token_id, Time until) {
  TokenUse use;
  implementation_->store.ask(
      {.method = Method::POST, .path = "/admin/tokens/" + token_id + "/revoke"},
      [&](RequestBody body) { body.initRevoke().setUntil(wire::ms(until)); },
      [&](protocol::Reply::Reader reply) {
        const auto tokens = body_of(reply, Body::TOKENS).getTokens().getTokens();
        require_size(tokens.size(), 1);
        use = to<TokenUse>(tokens[0]);
      });
  return use;
}

RootKeyIds Admin::root_keys() { return ask_keys(implementation_->store, Method::GET, {}); }
RootKeyIds Admin::new_root_key() { return ask_keys(implementation_->store, Method::POST, {}); }
RootKeyIds Admin::retire_root_key(const std::string& id) {
  return ask_keys(implementation_->store, Method::POST, "/" + id + "/retire");
}

StoreStats Admin::store_stats() { return ask_store_stats(implementation_->store); }

}  // namespace jobq

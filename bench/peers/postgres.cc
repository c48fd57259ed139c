// PostgreSQL: a table, FOR UPDATE SKIP LOCKED, one transaction for each message. With
// synchronous_commit on, a COMMIT returns after the fsync of the log.
#include <libpq-fe.h>
#include <poll.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "../steady_time.h"
#include "peer.h"

namespace bench {
namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

class PostgresQueue : public PeerQueue {
 public:
  explicit PostgresQueue(const Peer& peer)
      : request_(peer.request),
        connection_(PQconnectdb(("host=" + peer.address + " port=" + std::to_string(peer.port) +
                                 " user=postgres dbname=postgres")
                                    .c_str()),
                    PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
    run("SET client_min_messages = error");
    run("SELECT pg_advisory_lock(1)");  // CREATE IF NOT EXISTS of several at once fails
    run("CREATE TABLE IF NOT EXISTS jobs (id bigserial PRIMARY KEY, state smallint NOT NULL "
        "DEFAULT 0, client text NOT NULL, request text NOT NULL, response text)");
    run("CREATE INDEX IF NOT EXISTS waiting ON jobs (id) WHERE state = 0");
    run("SELECT pg_advisory_unlock(1)");
    prepare("submit",
            "INSERT INTO jobs (client, request) SELECT 'c', $1 FROM "
            "generate_series(1, $2::int)");
    prepare("take",
            "UPDATE jobs SET state = 1 WHERE id = ANY(ARRAY(SELECT id FROM jobs WHERE state = 0 "
            "ORDER BY id FOR UPDATE SKIP LOCKED LIMIT $1::int)) RETURNING id, request");
    prepare("finish",
            "UPDATE jobs SET state = 2, response = '{\"ok\":true}' WHERE id = "
            "ANY($1::bigint[])");
  }

  void submit(unsigned jobs, unsigned batch) override {
    for (unsigned done = 0; done < jobs; done += batch) {
      execute("submit", {request_, std::to_string(batch)});
    }
  }

  unsigned work(unsigned, unsigned batch) override {
    const Result taken = execute("take", {std::to_string(batch)});
    const int count = PQntuples(taken.get());
    if (count == 0) {
      ::poll(nullptr, 0, 5);
      return 0;
    }
    std::string ids = "{";
    for (int i = 0; i < count; ++i) {
      ids += (i == 0 ? "" : ",") + std::string(PQgetvalue(taken.get(), i, 0));
    }
    execute("finish", {ids + "}"});
    return static_cast<unsigned>(count);
  }

  double submit_and_wait() override {
    listen("ended");
    const auto start = SteadyClock::now();
    run("BEGIN");
    execute("submit", {request_, "1"});
    run("NOTIFY submitted");
    run("COMMIT");
    wait_for_notice();
    return 1e3 * seconds_since(start);
  }

  void work_and_tell() override {
    listen("submitted");
    const Result taken = execute("take", {"1"});
    if (PQntuples(taken.get()) == 0) {
      wait_for_notice();
      return;
    }
    run("BEGIN");
    execute("finish", {"{" + std::string(PQgetvalue(taken.get(), 0, 0)) + "}"});
    run("NOTIFY ended");
    run("COMMIT");
  }

 private:
  Result checked(PGresult* result) const {
    Result owned(result, PQclear);
    const auto status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
    return owned;
  }
  void run(const char* sql) { checked(PQexec(connection_.get(), sql)); }
  void prepare(const char* name, const char* sql) {
    checked(PQprepare(connection_.get(), name, sql, 0, nullptr));
  }
  Result execute(const char* name, const std::vector<std::string>& values) {
    std::vector<const char*> texts;
    for (const std::string& value : values) {
      texts.push_back(value.c_str());
    }
    return checked(PQexecPrepared(connection_.get(), name, static_cast<int>(texts.size()),
                                  texts.data(), nullptr, nullptr, 0));
  }

  void listen(const std::string& channel) {
    if (!is_listening_) {
      run(("LISTEN " + channel).c_str());
      is_listening_ = true;
    }
  }
  void wait_for_notice() {
    for (int tries = 0; tries < 100; ++tries) {
      PQconsumeInput(connection_.get());
      bool is_any = false;
      while (PGnotify* notice = PQnotifies(connection_.get())) {
        PQfreemem(notice);
        is_any = true;
      }
      if (is_any) {
        return;
      }
      pollfd item{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
      ::poll(&item, 1, 100);
    }
  }

  const std::string request_;
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
  bool is_listening_ = false;
};

}  // namespace

std::unique_ptr<PeerQueue> connect_postgres(const Peer& peer) {
  return std::make_unique<PostgresQueue>(peer);
}

}  // namespace bench

// Who x method and path x whose job: the expected code of every cell, by real sockets. The rules
// are those of docs/protocol.md, section 4, said once more for tokens of many kinds.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "local_store.h"
#include "matrix_rows.h"
#include "operations.h"
#include "peer.h"

namespace wire {
namespace {

using enum Place;

// One token. In caveats "*" is the cell's datasource and "+" alice's job of the cell.
struct Caller {
  std::string name;
  std::vector<std::string> caveats;
  // The places that its path caveat covers.
  std::set<Place> places = {};
  // The code everywhere but on open paths, if the token is good for nothing.
  unsigned always = 0;

  bool limits_jobs() const {
    return std::any_of(caveats.begin(), caveats.end(), [](const std::string& caveat) {
      return caveat.find(" <= ") != std::string::npos;
    });
  }
  bool has(const std::string& caveat) const {
    return std::find(caveats.begin(), caveats.end(), caveat) != caveats.end();
  }
};

const std::set<Place> kEverywhere = {kOpen, kClient, kCode, kDriver, kCatalogue, kOperator, kStore};
const std::set<Place> kClients = {kClient};
const std::set<Place> kDrivers = {kCode, kDriver};
const std::set<Place> kOperators = {kOperator, kStore};

constexpr const char* kOfClient = "path = /*/*";
constexpr const char* kOfDriver = "path = /jobs/*/*";
constexpr const char* kCalls = "calls = GET /*/job/l*";
// Of the job that Matrix has a worker accept.
constexpr const char* kActing = "acting = acts/1.1";

// A pattern that ends in a star has it twice: the last one is the caveat's own.
const std::vector<Caller> kCallers = {
    // Good for nothing. The tokens of the first four are made by token_of().
    {"no token", {}, {}, 401},
    {"garbage", {}, {}, 401},
    {"of another store", {}, {}, 401},
    {"with a damaged signature", {}, {}, 401},
    {"expired", {"time < 2020-01-01T00:00:00Z"}, {}, 403},
    {"for another store's name", {"target = another"}, {}, 403},
    {"with an unknown caveat", {"colour = blue"}, {}, 403},
    {"with a malformed caveat", {"time < soon"}, {}, 403},
    {"of two clients", {"client = alice", "client = bob"}, {}, 403},
    {"bound to a CURVE key", {"curve = rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"}, {}, 403},
    {"for a lease that is over", {"acting = acts/1.2"}, {}, 403},
    {"for a lease of no datasource", {"acting = nowhere/1.1"}, {}, 403},
    {"of another datasource's driver", {"path = /jobs/other/*"}, {}, 403},
    {"of another datasource's client", {"path = /other/*", "client = alice"}, {}, 403},
    {"of another datasource's operator", {"path = /admin/other/*"}, {}, 403},

    // Clients.
    {"alice", {kOfClient, "client = alice"}, kClients},
    {"bob", {kOfClient, "client = bob"}, kClients},
    {"alice, reading", {kOfClient, "client = alice", "method = GET"}, kClients},
    {"alice, of one job", {kOfClient, "client = alice", "job = +"}, kClients},
    {"alice, to look", {kOfClient, "client = alice", "status-only"}, kClients},
    {"alice, to look at one job",
     {"job = +", "status-only", kOfClient, "client = alice"},
     kClients},
    {"alice, at whatever path", {"client = alice"}, kEverywhere},
    {"alice, in the name of a job that runs", {kOfClient, "client = alice", kActing}, kClients},
    {"any client", {kOfClient}, kClients},
    {"any client, until 9999",
     {kOfClient, "time < 9999-12-31T23:59:59Z", "target = jobqd"},
     kClients},

    {"alice, of calls", {"calls = /*/*, GET /jobs/other/code/list", "client = alice"}, kClients},
    {"alice, of code alone", {"calls = /jobs/*/code/*", "client = alice"}, {kCode}},

    // Drivers and operators.
    {"the driver", {kOfDriver}, kDrivers},
    {"the driver, pinned", {kOfDriver, "client = alice"}, kDrivers},
    {"the driver, reading", {kOfDriver, "method = GET"}, kDrivers},
    {"the driver, to look", {kOfDriver, "status-only"}, kDrivers},
    {"the driver, of one job", {kOfDriver, "job = +"}, kDrivers},
    {"the operator", {"path = /admin/*"}, kOperators},
    {"the datasource's operator", {"path = /admin/*/*"}, {kOperator}},
    {"the operator, to look", {"path = /admin/*", "status-only"}, kOperators},
    {"the operator, of one job", {"path = /admin/*", "job = +"}, kOperators},

    // All paths.
    {"anybody", {}, kEverywhere},
    {"anybody, to look", {"status-only"}, kEverywhere},
    {"anybody, of one job", {"job = +"}, kEverywhere},
    {"anybody, of one lease", {"lease = 9000000.1"}, kEverywhere},
    {"anybody, in the name of a job that runs", {kActing}, kEverywhere},
    {"anybody, of one call", {kCalls}, {kClient}},
    {"anybody, up to a priority", {"priority <= 100"}, kEverywhere},
    {"anybody, up to a size", {"bytes <= 1000"}, kEverywhere},
    {"anybody, up to a backlog", {"waiting <= 1000"}, kEverywhere},
    {"anybody, up to a rate", {"rate <= 1000/s"}, kEverywhere},
};

enum Whose : std::size_t { kAlices, kBobs, kNobodys };
constexpr std::array<const char*, 3> kWhose = {"alice's", "bob's", "an unknown"};

struct Cell {
  const Caller& who;
  const MatrixRow& row;
  Whose whose;
};

// What a worker does with a lease that it has.
bool is_of_leases(const MatrixRow& row) {
  static const std::set<std::string> kPatterns = {"/jobs/*/renew", "/jobs/*/update",
                                                  "/jobs/*/job/+"};
  return row.method == Method::POST && kPatterns.contains(row.pattern);
}

// What kCalls covers.
bool is_called(const MatrixRow& row) {
  return row.method == Method::GET && row.pattern == "/*/job/list";
}

// What goes on for longer than a lease.
bool watches(const MatrixRow& row) {
  return row.method == Method::POST &&
         (row.pattern.ends_with("/events") || row.pattern.starts_with("/sub/"));
}

// What may be done within limits of jobs: nothing of the store's, of tokens or of keys; of a
// datasource nothing but to look (an export is more than a look), to edit a job, and to mind
// schedules, which makes none.
bool keeps_limits(const MatrixRow& row) {
  const bool configures =
      row.method == Method::POST &&
      (row.place == kCatalogue || row.pattern.ends_with("/config") ||
       row.pattern.find("/functions") != std::string_view::npos ||
       row.pattern.ends_with("/code/+/remove") || row.pattern.ends_with("/state"));
  const bool operates =
      row.place == kOperator && (row.effect != Effect::kTells || row.pattern.ends_with("/export"));
  return row.pattern.ends_with("/job/+/edit") || row.pattern.starts_with("/admin/*/schedules/") ||
         (row.place != kStore && !configures && !operates) || row.pattern == "/admin/datasources";
}

// The code that the token alone gets; 0: what the store holds decides.
unsigned refusal(const Cell& cell) {
  const auto& [who, row, whose] = cell;
  if (row.place == kOpen) {
    return 0;
  }
  if (who.always != 0) {
    return who.always;
  }
  const bool shows_all = row.place != kClient && row.place != kCode;
  const bool is_of_the_job =
      row.names != Names::kNone && row.effect != Effect::kDoes && whose == kAlices;
  // It is one client's, and driver and operator paths are shut to it.
  const bool is_pinned = who.has("client = alice") || who.has("client = bob");
  const bool may = who.places.contains(row.place) && !(is_pinned && shows_all) &&
                   (!who.has("method = GET") || row.method == Method::GET) &&
                   (!who.has("status-only") || row.effect == Effect::kTells) &&
                   (!who.has("job = +") || is_of_the_job) &&
                   (!who.has("lease = 9000000.1") || is_of_leases(row)) &&
                   (!who.has(kCalls) || is_called(row)) && (!who.has(kActing) || !watches(row)) &&
                   (!who.limits_jobs() || keeps_limits(row));
  return may ? 0 : 403;
}

unsigned expected(const Cell& cell) {
  if (const unsigned code = refusal(cell); code != 0) {
    return code;
  }
  // What is alice's is another's for bob, and the other way round.
  const bool is_swapped = cell.who.has("client = bob") && cell.whose != kNobodys;
  return cell.row.codes[is_swapped ? 1 - cell.whose : cell.whose];
}

std::string replaced(std::string text, char what, const std::string& by) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, 1, by);
}

class Matrix {
 public:
  Matrix();

  Answer ask(const Cell& cell, const std::string& datasource);
  // Denied by the token, as the row's own answer, or neither of them.
  static bool is_as_expected(const Cell& cell, const Answer& answer);

 private:
  std::string token_of(const Caller& who, const std::string& datasource,
                       const std::string& job) const;

  LocalStore store_;
  LocalStore other_;
  Peer peer_{store_.request_endpoint()};
  std::string anybody_ = store_.mint({});
  std::uint64_t cells_ = 0;
};

Matrix::Matrix() {
  const Head submits{.id = 1, .method = Method::POST, .path = "/acts/job/", .token = anybody_};
  REQUIRE(peer_.ask(submit_frame(submits, {{.job = "acts"}})).code() == 200);
  const Head accepts{
      .id = 2, .method = Method::POST, .path = "/jobs/acts/accept", .token = anybody_};
  REQUIRE(peer_.ask(accept_frame(accepts, {.lease_ms = 1'800'000})).code() == 200);
}

std::string Matrix::token_of(const Caller& who, const std::string& datasource,
                             const std::string& job) const {
  if (who.name == "no token") {
    return {};
  }
  if (who.name == "garbage") {
    return "MDAxM2xvY2F0aW9uIGpvYnFk";
  }
  if (who.name == "of another store") {
    return other_.mint({});
  }
  if (who.name == "with a damaged signature") {
    std::string token = store_.mint({});
    char& last = token[token.size() - 6];
    last = last == 'A' ? 'B' : 'A';
    return token;
  }
  std::vector<std::string> caveats;
  for (const std::string& caveat : who.caveats) {
    const bool is_for_datasource = std::count(caveat.begin(), caveat.end(), '*') == 2;
    caveats.push_back(is_for_datasource              ? replaced(caveat, '*', datasource)
                      : caveat.starts_with("job = ") ? replaced(caveat, '+', job)
                                                     : caveat);
  }
  return store_.mint(caveats);
}

// With jobs that nothing has happened to yet.
Answer Matrix::ask(const Cell& cell, const std::string& datasource) {
  const auto& [who, row, whose] = cell;
  const std::string number = std::to_string(++cells_);
  const std::array<std::string, 3> jobs = {"a" + number, "b" + number, "u" + number};
  const auto anybody = [&](Method method, const std::string& path) {
    return Head{.id = 0, .method = method, .path = path, .token = anybody_};
  };
  std::size_t before = 1;
  peer_.send(submit_frame(anybody(Method::POST, "/" + datasource + "/job/"),
                          {{.job = jobs[0]}, {.job = jobs[1], .client = "bob"}}));
  for (std::size_t i = 0; i < 2 && row.wants_final; ++i, ++before) {
    peer_.send(
        bare_frame(anybody(Method::POST, "/jobs/" + datasource + "/job/" + jobs[i] + "/cancel")));
  }
  std::string path = replaced(row.pattern, '*', datasource);
  path = replaced(replaced(path, '+', jobs[whose]), '#', "1");
  peer_.send(row.frame({.id = cells_,
                        .method = row.method,
                        .path = path,
                        .token = token_of(who, datasource, jobs[kAlices])},
                       row.names == Names::kNone ? "" : jobs[whose]));
  for (; before > 0; --before) {
    REQUIRE(peer_.receive().code() == 200);
  }
  Answer answer = peer_.receive();
  REQUIRE(answer.id() == cells_);
  // Or the next cell's jobs would not be let in.
  if (row.pattern.ends_with("/drain")) {
    const Head resume = anybody(Method::POST, "/admin/" + datasource + "/resume");
    REQUIRE(peer_.ask(bare_frame(resume)).code() == 200);
  }
  return answer;
}

bool Matrix::is_as_expected(const Cell& cell, const Answer& answer) {
  const unsigned code = expected(cell);
  if (refusal(cell) != 0) {
    return answer.code() == code && answer.body().isNone() && answer.error().starts_with("token:");
  }
  if (code == kNoLease) {
    return (answer.code() == 403 || answer.code() == 409) && answer.body().isUpdated();
  }
  return answer.code() == code;
}

}  // namespace

TEST_CASE("the matrix of rights has every path of the store") {
  std::set<std::string> rows;
  for (const MatrixRow& row : matrix_rows()) {
    rows.insert((row.method == Method::GET ? "GET " : "POST ") + row.pattern);
  }
  std::set<std::string> paths;
  for (const store::PathRow& path : store::path_rows()) {
    paths.insert(std::string(to_string(path.method)) + ' ' + std::string(path.pattern));
  }
  CHECK(rows == paths);
}

TEST_CASE("who may do what to whose job") {
  Matrix matrix;
  const std::vector<MatrixRow> rows = matrix_rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MatrixRow& row = rows[i];
    const std::string datasource = "d" + std::to_string(i);
    for (const Caller& who : kCallers) {
      for (const Whose whose : {kAlices, kBobs, kNobodys}) {
        if (whose != kAlices && row.names == Names::kNone) {
          continue;
        }
        const Cell cell{who, row, whose};
        const Answer answer = matrix.ask(cell, datasource);
        INFO(who.name << ": " << (row.method == Method::GET ? "GET " : "POST ") << row.pattern
                      << (row.names == Names::kNone     ? ", no job"
                          : row.names == Names::kInBody ? ", in the body "
                                                        : ", ")
                      << (row.names == Names::kNone ? "" : kWhose[whose]) << ": " << expected(cell)
                      << " is expected; it is " << answer.code() << " " << answer.error());
        CHECK(Matrix::is_as_expected(cell, answer));
      }
    }
  }
}

}  // namespace wire

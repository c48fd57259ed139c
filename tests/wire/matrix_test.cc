// Who x method and path x whose job: the expected code of every cell, by real sockets. The rules
// are those of docs/protocol.md, section 4, said once more for tokens of many kinds.
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
  bool is_bob = false;
  // It is one client's, and driver and operator paths are shut to it.
  bool is_pinned = false;
  bool only_gets = false;
  bool only_tells = false;
  bool only_one_job = false;
};

const std::set<Place> kEverywhere = {kOpen, kClient, kDriver, kCatalogue, kOperator, kStore};
const std::set<Place> kClients = {kClient};
const std::set<Place> kDrivers = {kDriver};
const std::set<Place> kOperators = {kOperator, kStore};

constexpr const char* kOfClient = "path = /*/*";
constexpr const char* kOfDriver = "path = /jobs/*/*";

// A pattern that ends in a star has it twice: the last one is the caveat's own.
const std::vector<Caller> kCallers = {
    // Good for nothing. The tokens of the first four are made by token_of().
    {.name = "no token", .caveats = {}, .always = 401},
    {.name = "garbage", .caveats = {}, .always = 401},
    {.name = "of another store", .caveats = {}, .always = 401},
    {.name = "with a damaged signature", .caveats = {}, .always = 401},
    {.name = "expired", .caveats = {"time < 2020-01-01T00:00:00Z"}, .always = 403},
    {.name = "for another store's name", .caveats = {"target = another"}, .always = 403},
    {.name = "with an unknown caveat", .caveats = {"colour = blue"}, .always = 403},
    {.name = "with a malformed caveat", .caveats = {"time < soon"}, .always = 403},
    {.name = "of two clients", .caveats = {"client = alice", "client = bob"}, .always = 403},
    {.name = "bound to a CURVE key",
     .caveats = {"curve = rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"},
     .always = 403},
    {.name = "of another datasource's driver", .caveats = {"path = /jobs/other/*"}, .always = 403},
    {.name = "of another datasource's client",
     .caveats = {"path = /other/*", "client = alice"},
     .always = 403},
    {.name = "of another datasource's operator",
     .caveats = {"path = /admin/other/*"},
     .always = 403},

    // Clients.
    {.name = "alice",
     .caveats = {kOfClient, "client = alice"},
     .places = kClients,
     .is_pinned = true},
    {.name = "bob",
     .caveats = {kOfClient, "client = bob"},
     .places = kClients,
     .is_bob = true,
     .is_pinned = true},
    {.name = "alice, reading",
     .caveats = {kOfClient, "client = alice", "method = GET"},
     .places = kClients,
     .is_pinned = true,
     .only_gets = true},
    {.name = "alice, of one job",
     .caveats = {kOfClient, "client = alice", "job = +"},
     .places = kClients,
     .is_pinned = true,
     .only_one_job = true},
    {.name = "alice, to look",
     .caveats = {kOfClient, "client = alice", "status-only"},
     .places = kClients,
     .is_pinned = true,
     .only_tells = true},
    {.name = "alice, to look at one job",
     .caveats = {"job = +", "status-only", kOfClient, "client = alice"},
     .places = kClients,
     .is_pinned = true,
     .only_tells = true,
     .only_one_job = true},
    {.name = "alice, at whatever path",
     .caveats = {"client = alice"},
     .places = kEverywhere,
     .is_pinned = true},
    {.name = "any client", .caveats = {kOfClient}, .places = kClients},
    {.name = "any client, until 9999",
     .caveats = {kOfClient, "time < 9999-12-31T23:59:59Z", "target = jobqd"},
     .places = kClients},

    // Drivers and operators.
    {.name = "the driver", .caveats = {kOfDriver}, .places = kDrivers},
    {.name = "the driver, pinned",
     .caveats = {kOfDriver, "client = alice"},
     .places = kDrivers,
     .is_pinned = true},
    {.name = "the driver, reading",
     .caveats = {kOfDriver, "method = GET"},
     .places = kDrivers,
     .only_gets = true},
    {.name = "the driver, to look",
     .caveats = {kOfDriver, "status-only"},
     .places = kDrivers,
     .only_tells = true},
    {.name = "the driver, of one job",
     .caveats = {kOfDriver, "job = +"},
     .places = kDrivers,
     .only_one_job = true},
    {.name = "the operator", .caveats = {"path = /admin/*"}, .places = kOperators},
    {.name = "the datasource's operator", .caveats = {"path = /admin/*/*"}, .places = {kOperator}},
    {.name = "the operator, to look",
     .caveats = {"path = /admin/*", "status-only"},
     .places = kOperators,
     .only_tells = true},
    {.name = "the operator, of one job",
     .caveats = {"path = /admin/*", "job = +"},
     .places = kOperators,
     .only_one_job = true},

    // All paths.
    {.name = "anybody", .caveats = {}, .places = kEverywhere},
    {.name = "anybody, to look",
     .caveats = {"status-only"},
     .places = kEverywhere,
     .only_tells = true},
    {.name = "anybody, of one job",
     .caveats = {"job = +"},
     .places = kEverywhere,
     .only_one_job = true},
};

enum Whose : std::size_t { kAlices, kBobs, kNobodys };
constexpr std::array<const char*, 3> kWhose = {"alice's", "bob's", "an unknown"};

struct Cell {
  const Caller& who;
  const MatrixRow& row;
  Whose whose;
};

// The code that the token alone gets; 0: what the store holds decides.
unsigned refusal(const Cell& cell) {
  const auto& [who, row, whose] = cell;
  if (row.place == kOpen) {
    return 0;
  }
  if (who.always != 0) {
    return who.always;
  }
  const bool shows_all = row.place != kClient;
  const bool is_of_the_job =
      row.names != Names::kNone && row.effect != Effect::kDoes && whose == kAlices;
  const bool may = who.places.contains(row.place) && !(who.is_pinned && shows_all) &&
                   (!who.only_gets || row.method == Method::GET) &&
                   (!who.only_tells || row.effect == Effect::kTells) &&
                   (!who.only_one_job || is_of_the_job);
  return may ? 0 : 403;
}

unsigned expected(const Cell& cell) {
  if (const unsigned code = refusal(cell); code != 0) {
    return code;
  }
  // What is alice's is another's for bob, and the other way round.
  const bool is_swapped = cell.who.is_bob && cell.whose != kNobodys;
  return cell.row.codes[is_swapped ? 1 - cell.whose : cell.whose];
}

std::string replaced(std::string text, char what, const std::string& by) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, 1, by);
}

class Matrix {
 public:
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

TEST_CASE("the matrix of rights has every path of the store", "[matrix]") {
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

TEST_CASE("who may do what to whose job", "[matrix]") {
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

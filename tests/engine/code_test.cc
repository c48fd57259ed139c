// Code that jobs name: who has it, how long it stays, and who gets its jobs.
#include "engine_fixture.h"

namespace store {
namespace {

const std::string kOne(64, '1');
const std::string kTwo(64, '2');

class CodeEngine : public ReplayedEngine {
 public:
  jobq::CodeStatus add(const std::string& hash, std::size_t bytes = 10,
                       const std::string& runtime = "python3") {
    return ask<jobq::CodeStatus>(AddCode{"scan", hash, runtime, std::string(bytes, 'x')});
  }
  Ids codes(std::string after = {}, unsigned limit = 100) {
    Ids hashes;
    for (const auto& code :
         ask<jobq::CodePage>(ListCode{"scan", {std::move(after), limit}}).codes) {
      hashes.push_back(code.hash);
    }
    return hashes;
  }
  jobq::CodeStatus told(const std::string& hash) {
    return ask<CodeReply>(ReadCode{"scan", hash}).status;
  }
  Refused refused_command(Command command) {
    return unchanged([&] { return std::get<Refused>(*apply(std::move(command))); });
  }
  Refused refused_submit(SubmitOptions options) {
    return unchanged([&] { return std::get<Refused>(try_submit(std::move(options))); });
  }
  // The answer comes with the next tick, as that of all that is removed.
  Reply remove(const std::string& hash) {
    const std::uint64_t request = park(RemoveCode{"scan", hash});
    tick();
    return *reply_to(request);
  }
  void put_function(const std::string& name, const std::string& code) {
    ask<jobq::FunctionStatus>(PutFunction{"scan", {.name = name, .code = code, .method = "total"}});
  }
  std::vector<AcceptedView> accept_with(std::vector<std::string> labels) {
    Accept command = accept_command();
    command.labels = std::move(labels);
    return ask<AcceptReply>(std::move(command)).jobs;
  }
};

}  // namespace

TEST_CASE_METHOD(CodeEngine, "code is told as it was added, and added twice it is the same",
                 "[code]") {
  const Time added_at = now;
  const auto added = add(kOne, 12);
  CHECK(added.bytes == 12);
  CHECK(added.runtime == "python3");
  CHECK(added.uses == 0);
  CHECK(added.added_at == added_at);
  advance(5s);
  token = "k1.other";
  const auto again = add(kOne, 12);
  CHECK(again.added_at == added_at);
  CHECK(again.used_at == now);
  CHECK(told(kOne).used_at == now);
  CHECK(refused_command(AddCode{"scan", kOne, "node", "x"}).detail ==
        "runtime: this code is there already, for 'python3'");
  CHECK(refused_command(ReadCode{"scan", kTwo}).code == Code::kNotFound);
  CHECK(refused_command(ReadCode{"print", kOne}).code == Code::kNotFound);
  add(kTwo);
  CHECK(codes() == Ids{kOne, kTwo});
  CHECK(codes(kOne) == Ids{kTwo});
  CHECK(codes({}, 1) == Ids{kOne});
}

TEST_CASE_METHOD(CodeEngine, "code that nothing names is dropped an hour after its last use",
                 "[code]") {
  add(kOne);
  advance(59min);
  add(kOne);
  advance(59min);
  CHECK(codes() == Ids{kOne});
  CHECK(engine.next_deadline() == now + 1min);
  advance(1min);
  CHECK(codes().empty());
  CHECK(last<CodeRemoved>().job.sequence == 0);
}

TEST_CASE_METHOD(CodeEngine, "code stays as long as a job names it, also one that has ended",
                 "[code]") {
  add(kOne);
  submit({.job = "a", .keep_for = 3h, .code = kOne, .method = "main"});
  CHECK(told(kOne).uses == 1);
  advance(2h);
  CHECK(codes() == Ids{kOne});
  complete(accept_with({"run-code:python3"}).at(0).lease);
  advance(2h);
  CHECK(codes() == Ids{kOne});
  advance(1h);
  CHECK(find("a") == nullptr);
  CHECK(codes().empty());
}

TEST_CASE_METHOD(CodeEngine, "code is removed when no job names it", "[code]") {
  add(kOne);
  submit({.job = "a", .code = kOne, .method = "main"});
  CHECK(std::get<Refused>(remove(kOne)).detail ==
        "code: 1 jobs and functions that the store has name it");
  cancel("a");
  advance(1h);
  add(kOne);
  CHECK(std::get<jobq::CodeStatus>(remove(kOne)).hash == kOne);
  CHECK(codes().empty());
  CHECK(std::get<Refused>(remove(kOne)).code == Code::kNotFound);
}

TEST_CASE_METHOD(CodeEngine, "a job of code goes to workers that run it, and tells what it runs",
                 "[code]") {
  add(kOne);
  submit({.job = "a", .code = kOne, .method = "count"});
  CHECK(accept(1, "plain").empty());
  CHECK(accept_with({"run-code:node"}).empty());
  const auto accepted = accept_with({"gpu", "run-code:python3"});
  REQUIRE(accepted.size() == 1);
  CHECK(accepted[0].code == kOne);
  CHECK(accepted[0].method == "count");
  CHECK(view("a").code == kOne);
  CHECK(view("a").method == "count");
  CHECK(view("a").terms->labels == Ids{"run-code:python3"});
}

TEST_CASE_METHOD(CodeEngine, "a job keeps the labels that it has besides", "[code]") {
  add(kOne);
  submit({.job = "a", .labels = {"gpu", "zip"}, .code = kOne, .method = "main"});
  CHECK(view("a").terms->labels == Ids{"gpu", "run-code:python3", "zip"});
  // One that says it itself has it once.
  submit({.job = "b", .labels = {"run-code:python3"}, .code = kOne, .method = "main"});
  CHECK(view("b").terms->labels == Ids{"run-code:python3"});
  std::vector<std::string> labels(limits.labels_max);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    labels[i] = "l" + std::to_string(10 + i);
  }
  const Refused refused = refused_submit({.labels = labels, .code = kOne, .method = "main"});
  CHECK(refused.code == Code::kTooLarge);
  CHECK(refused.detail == "labels: 17 with run-code:python3, at most 16");
}

TEST_CASE_METHOD(CodeEngine, "a job of code that is not there is refused", "[code]") {
  add(kOne);
  CHECK(refused_submit({.code = kTwo, .method = "main"}).code == Code::kNotFound);
  CHECK(refused_submit({.datasource = "print", .code = kOne, .method = "main"}).detail ==
        "code: unknown; it is to be added before its jobs");
}

TEST_CASE_METHOD(CodeEngine, "another code or method is other content", "[code]") {
  add(kOne);
  add(kTwo);
  submit({.job = "a", .code = kOne, .method = "main"});
  submit({.job = "a", .code = kOne, .method = "main"});
  CHECK(refused_submit({.job = "a", .code = kTwo, .method = "main"}).code == Code::kConflict);
  CHECK(refused_submit({.job = "a", .code = kOne, .method = "other"}).code == Code::kConflict);
  CHECK(refused_submit({.job = "a"}).code == Code::kConflict);
}

TEST_CASE_METHOD(CodeEngine, "a unique job takes a new request for its own code alone", "[code]") {
  add(kOne);
  submit({.job = "a", .unique = "u", .code = kOne, .method = "main"});
  const SubmitOptions replaces{.unique = "u", .if_unique = jobq::IfUnique::kReplace};
  SubmitOptions same = replaces;
  same.code = kOne;
  same.method = "main";
  CHECK(submit(same) == "a");
  CHECK(refused_submit(replaces).detail == "unique: the job a has this name, and runs other code");
}

TEST_CASE_METHOD(CodeEngine, "a job that is restarted runs the same code", "[code]") {
  add(kOne);
  submit({.job = "a", .code = kOne, .method = "main"});
  cancel("a");
  ask<SubmitReply>(Restart{"scan", "a", "b"});
  CHECK(view("b").code == kOne);
  CHECK(told(kOne).uses == 2);
  CHECK(accept_with({"run-code:python3"}).at(0).method == "main");
}

TEST_CASE_METHOD(CodeEngine, "a job of an export runs code that was added before", "[code]") {
  add(kOne);
  submit({.job = "a", .code = kOne, .method = "main"});
  jobq::JobStatus job = view("a");
  job.content = std::string(32, '0');
  job.job = "b";
  const auto import = [&](const char* datasource) {
    return ask<SubmitReply>(Import{datasource, {job}}).items.at(0);
  };
  CHECK(std::get<SubmitReply::Result>(import("scan")).job.code == kOne);
  CHECK(told(kOne).uses == 2);
  job.job = "c";
  CHECK(std::get<Refused>(import("print")).code == Code::kNotFound);
}

TEST_CASE_METHOD(CodeEngine, "a function's jobs run its code, as it was when they were submitted",
                 "[code]") {
  add(kOne);
  add(kTwo, 10, "node");
  put_function("count", kOne);
  CHECK(told(kOne).uses == 1);
  submit({.job = "a", .function = "count"});
  CHECK(view("a").code == kOne);
  CHECK(view("a").method == "total");
  CHECK(view("a").terms->labels == Ids{"run-code:python3"});
  CHECK(told(kOne).uses == 2);
  // Its own is nearer.
  submit({.job = "b", .function = "count", .code = kTwo, .method = "main"});
  CHECK(view("b").code == kTwo);
  put_function("count", kTwo);
  CHECK(told(kOne).uses == 1);
  CHECK(told(kTwo).uses == 2);
  submit({.job = "c", .function = "count"});
  CHECK(view("a").code == kOne);
  CHECK(view("c").code == kTwo);
  submit({.job = "a", .function = "count"});  // is known, whatever its function says by now
  ask<jobq::FunctionStatus>(RemoveFunction{"scan", "count"});
  CHECK(told(kTwo).uses == 2);
  submit({.job = "d", .function = "count"});
  CHECK(view("d").code.empty());
}

TEST_CASE_METHOD(CodeEngine, "code stays as long as a function names it", "[code]") {
  CHECK(std::get<Refused>(*apply(PutFunction{"scan", {.name = "count", .code = kOne}})).detail ==
        "code: unknown; it is to be added before its functions");
  add(kOne);
  put_function("count", kOne);
  advance(2h);
  CHECK(codes() == Ids{kOne});
  CHECK(std::get<Refused>(remove(kOne)).code == Code::kConflict);
  ask<jobq::FunctionStatus>(RemoveFunction{"scan", "count"});
  tick();
  CHECK(codes().empty());
}

TEST_CASE_METHOD(CodeEngine, "a datasource is dropped with functions that name its code",
                 "[code]") {
  add(kOne);
  put_function("count", kOne);
  const std::uint64_t request = park(DropDatasource{"scan"});
  tick();
  CHECK_FALSE(std::holds_alternative<Refused>(*reply_to(request)));
  CHECK(engine.state().codes.all().empty());
}

TEST_CASE_METHOD(CodeEngine, "who asks for a runtime's jobs gets those of code, of any function",
                 "[code]") {
  add(kOne);
  put_function("count", kOne);
  submit({.job = "plain", .function = "ocr"});
  submit({.job = "a", .function = "count"});
  Accept command = accept_command();
  command.functions = {"run-code:node", "run-code:python3"};
  command.labels = {"run-code:python3"};
  const auto accepted = ask<AcceptReply>(Accept(command)).jobs;
  REQUIRE(accepted.size() == 1);
  CHECK(accepted[0].lease.job == "a");
  CHECK(accepted[0].code == kOne);
  // A token for some functions gets jobs of those alone.
  submit({.job = "b", .function = "count"});
  command.request_number += 1;
  Origin origin{0, "peer", true, next_request++, token, caveats};
  origin.functions = {"run-code:*"};
  engine.apply(now, chance(), origin, Accept(command), effects);
  CHECK(std::get<AcceptReply>(*reply_to(origin.request_id)).jobs.empty());
  command.request_number += 1;
  CHECK(ask<AcceptReply>(std::move(command)).jobs.at(0).lease.job == "b");
}

TEST_CASE_METHOD(CodeEngine, "a unique job of a function takes a new request for its code alone",
                 "[code]") {
  add(kOne);
  add(kTwo);
  put_function("count", kOne);
  const SubmitOptions replaces{
      .function = "count", .unique = "u", .if_unique = jobq::IfUnique::kReplace};
  submit({.job = "a", .function = "count", .unique = "u"});
  CHECK(submit(replaces) == "a");
  put_function("count", kTwo);
  CHECK(refused_submit(replaces).detail == "unique: the job a has this name, and runs other code");
}

TEST_CASE_METHOD(CodeEngine, "tokens and the store have so much code, of so many bytes", "[code]") {
  limits.codes_per_token_max = 2;
  limits.codes_max = 3;
  token = "k1.a";
  add(kOne);
  add(kTwo);
  const auto add_of = [](char digit, std::size_t bytes) {
    return AddCode{"scan", std::string(64, digit), "node", std::string(bytes, 'x')};
  };
  CHECK(refused_command(add_of('3', 1)).detail ==
        "code: codesPerTokenMax = 2 are there of this token already");
  token = "k1.b";
  ask<jobq::CodeStatus>(add_of('3', 1));
  CHECK(refused_command(add_of('4', 1)).detail == "code: codesMax = 3 are there already");
  CHECK(refused_command(add_of('4', 1)).code == Code::kFull);
  add(kTwo);  // is there
  limits.codes_max = limits.codes_per_token_max = 10;
  limits.codes_bytes_per_token_max = 10;
  CHECK(refused_command(add_of('4', 10)).limit == "codesBytesPerTokenMax");
  ask<jobq::CodeStatus>(add_of('4', 9));
  limits.codes_bytes_max = 30;
  token = "k1.c";
  CHECK(refused_command(add_of('5', 1)).limit == "codesBytesMax");
  remove(kOne);
  ask<jobq::CodeStatus>(add_of('5', 10));
}

TEST_CASE_METHOD(CodeEngine, "a datasource is dropped with its code", "[code]") {
  add(kOne);
  const std::uint64_t request = park(DropDatasource{"scan"});
  tick();
  CHECK_FALSE(std::holds_alternative<Refused>(*reply_to(request)));
  CHECK(engine.state().codes.all().empty());
  CHECK(engine.state().codes.shares().all().bytes == 0);
}

TEST_CASE_METHOD(CodeEngine, "what a job of code takes is given back with it", "[code]") {
  add(kOne);
  submit({.job = "other", .keep_for = 1h});
  const auto before = engine.state().brought.all().bytes;
  submit({.job = "a", .keep_for = 1s, .labels = {}, .code = kOne, .method = "main"});
  CHECK(engine.state().brought.all().bytes > before);
  cancel("a");
  advance(1s);
  CHECK(find("a") == nullptr);
  CHECK(engine.state().brought.all().bytes == before);
}

}  // namespace store

// Code, and jobs that name it.
#include "arguments.h"
#include "decode.h"
#include "sha256.h"
#include "text_rules.h"

namespace store {
namespace {

constexpr std::string_view kNoHash = "must be a SHA-256: 64 hexadecimal digits in lower case";

// The hash of the path.
std::string hash_of(Checks& checks) {
  checks.refuse_unless(jobq::is_sha256(checks.route.job), "code", kNoHash);
  return std::string(checks.route.job);
}

}  // namespace

Command add_code(Checks& checks, protocol::NewCode::Reader body) {
  const auto content = body.getContent();
  AddCode command{.datasource = std::string(checks.route.datasource),
                  .hash = hash_of(checks),
                  .runtime = std::string(jobq::wire::view(body.getRuntime())),
                  .content = {}};
  const std::string wrong =
      jobq::wrong_with_id(command.runtime, checks.limits.code_runtime_bytes_max);
  checks.refuse_unless(wrong.empty(), "runtime", wrong);
  checks.refuse_unless(content.size() > 0, "content", "must not be empty");
  checks.count("content", content.size(), checks.limits.code_bytes_max);
  if (!checks.wrong()) {
    command.content = {reinterpret_cast<const char*>(content.begin()), content.size()};
    checks.refuse_unless(jobq::sha256(command.content) == command.hash, "content",
                         "has another SHA-256 than the path says");
  }
  return command;
}

Command read_code(Checks& checks) {
  return ReadCode{std::string(checks.route.datasource), hash_of(checks)};
}

Command list_code(Checks& checks, protocol::CodeQuery::Reader body) {
  ListCode command{.datasource = std::string(checks.route.datasource)};
  command.query.after = jobq::wire::view(body.getAfter());
  checks.refuse_unless(command.query.after.empty() || jobq::is_sha256(command.query.after), "after",
                       kNoHash);
  std::size_t limit = body.getLimit();
  checks.limit(limit);
  command.query.limit = static_cast<unsigned>(limit);
  return command;
}

Command remove_code(Checks& checks) {
  return RemoveCode{std::string(checks.route.datasource), hash_of(checks)};
}

void check_code(Checks& checks, const FieldPath& code_at, const std::string& code,
                const FieldPath& method_at, std::string& method) {
  if (code.empty()) {
    checks.refuse_unless(method.empty(), method_at, "goes with code only");
    return;
  }
  checks.refuse_unless(jobq::is_sha256(code), code_at, kNoHash);
  checks.optional_name(method_at, method);
  method = method.empty() ? "main" : method;
}

void check_code_of_job(Checks& checks, const FieldPath& at, const std::string& request,
                       const std::string& code, std::string& method) {
  check_code(checks, at.field("code"), code, at.field("method"), method);
  if (!code.empty() && !checks.wrong()) {
    if (const auto wrong = wrong_with_arguments(request)) {
      const std::string field = "request" + wrong->substr(0, wrong->find(':'));
      checks.refuse(at.field(field.c_str()), std::string_view(*wrong).substr(wrong->find(':') + 2));
    }
  }
}

}  // namespace store

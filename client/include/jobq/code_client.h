// Code of a datasource, which jobs name by its hash (docs/code.md). Adding it, reading it and
// naming it need a token for /jobs/<DSID>/code/...; drivers have one. Errors and threads as with
// jobq::Client (client.h). Every call may be repeated.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "jobq/code.h"
#include "jobq/connection.h"
#include "jobq/request.h"

namespace jobq {

// By which jobs name it: the SHA-256 of the bytes, 64 hexadecimal digits.
std::string hash_of_code(std::string_view content);

class CodeClient {
 public:
  explicit CodeClient(Connection connection);
  ~CodeClient();

  // What is there already stays as it is, and counts as used now.
  CodeStatus add(const std::string& datasource, const std::string& runtime, std::string content);
  // Throws Refused (404) where there is none. Bytes that have another hash are no answer.
  Code read(const std::string& datasource, const std::string& hash);
  // A page, by hash.
  CodePage list(const std::string& datasource, const CodeQuery& query = {});
  // For drivers: what no job names any more.
  CodeStatus remove(const std::string& datasource, const std::string& hash);

  // The last two for operators.
  CodePage list_as_operator(const std::string& datasource, const CodeQuery& query = {});
  CodeStatus remove_as_operator(const std::string& datasource, const std::string& hash);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// The same for jobq::AsyncClient (async.h).
namespace code_requests {

Request<CodeStatus> add(const std::string& datasource, const std::string& runtime,
                        std::string content);
Request<Code> read(const std::string& datasource, const std::string& hash);
Request<CodePage> list(const std::string& datasource, const CodeQuery& query = {});
Request<CodeStatus> remove(const std::string& datasource, const std::string& hash);
Request<CodePage> list_as_operator(const std::string& datasource, const CodeQuery& query = {});
Request<CodeStatus> remove_as_operator(const std::string& datasource, const std::string& hash);

}  // namespace code_requests
}  // namespace jobq

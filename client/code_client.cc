#include "jobq/code_client.h"

#include <sodium.h>

#include <array>
#include <utility>

#include "connection.h"
#include "messages.h"

namespace jobq {
namespace {

std::string path_of(const std::string& datasource, const std::string& rest, bool as_operator) {
  return (as_operator ? "/admin/" : "/jobs/") + datasource_part(datasource) + "/code/" + rest;
}

Question bare(Method method, std::string path) {
  return {.method = method, .path = std::move(path)};
}

Request<CodePage> list(const std::string& datasource, const CodeQuery& query, bool as_operator) {
  return request<CodePage>(
      {.method = Method::GET,
       .path = path_of(datasource, "list", as_operator),
       .fill = [query](RequestBody body) { wire::write(query, body.initCodeQuery()); }});
}

Request<CodeStatus> remove(const std::string& datasource, const std::string& hash,
                           bool as_operator) {
  return request<CodeStatus>(
      bare(Method::POST, path_of(datasource, job_part(hash) + "/remove", as_operator)));
}

}  // namespace

std::string hash_of_code(std::string_view content) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(content.data()),
                     content.size());
  std::string text(2 * digest.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  text.pop_back();
  return text;
}

namespace code_requests {

Request<CodeStatus> add(const std::string& datasource, const std::string& runtime,
                        std::string content) {
  std::string path = path_of(datasource, hash_of_code(content), false);
  const auto fill = [runtime, content = std::move(content)](RequestBody body) {
    auto code = body.initNewCode();
    code.setRuntime(wire::text(runtime));
    code.setContent({reinterpret_cast<const kj::byte*>(content.data()), content.size()});
  };
  return request<CodeStatus>({.method = Method::POST, .path = std::move(path), .fill = fill});
}

Request<Code> read(const std::string& datasource, const std::string& hash) {
  return request<
      Code>(bare(Method::GET, path_of(datasource, job_part(hash), false)), [hash](
                                                                               protocol::Reply::
                                                                                   Reader reply) {
    const auto in = body_of(reply, Body::CODE).getCode();
    const auto content = in.getContent();
    Code code{to<CodeStatus>(in), {reinterpret_cast<const char*>(content.begin()), content.size()}};
    if (hash_of_code(code.content) != hash) {
      throw DamagedReply("code: has another hash than was asked for");
    }
    return code;
  });
}

Request<CodePage> list(const std::string& datasource, const CodeQuery& query) {
  return jobq::list(datasource, query, false);
}
Request<CodeStatus> remove(const std::string& datasource, const std::string& hash) {
  return jobq::remove(datasource, hash, false);
}
Request<CodePage> list_as_operator(const std::string& datasource, const CodeQuery& query) {
  return jobq::list(datasource, query, true);
}
Request<CodeStatus> remove_as_operator(const std::string& datasource, const std::string& hash) {
  return jobq::remove(datasource, hash, true);
}

}  // namespace code_requests

class CodeClient::Implementation {
 public:
  explicit Implementation(Connection connection) : store(std::move(connection)) {}

  StoreConnection store;
};

CodeClient::CodeClient(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
CodeClient::~CodeClient() = default;

CodeStatus CodeClient::add(const std::string& datasource, const std::string& runtime,
                           std::string content) {
  return implementation_->store.ask(code_requests::add(datasource, runtime, std::move(content)));
}
Code CodeClient::read(const std::string& datasource, const std::string& hash) {
  return implementation_->store.ask(code_requests::read(datasource, hash));
}
CodePage CodeClient::list(const std::string& datasource, const CodeQuery& query) {
  return implementation_->store.ask(code_requests::list(datasource, query));
}
CodeStatus CodeClient::remove(const std::string& datasource, const std::string& hash) {
  return implementation_->store.ask(code_requests::remove(datasource, hash));
}
CodePage CodeClient::list_as_operator(const std::string& datasource, const CodeQuery& query) {
  return implementation_->store.ask(code_requests::list_as_operator(datasource, query));
}
CodeStatus CodeClient::remove_as_operator(const std::string& datasource, const std::string& hash) {
  return implementation_->store.ask(code_requests::remove_as_operator(datasource, hash));
}

}  // namespace jobq

#include "reply.h"

#include <algorithm>
#include <ctime>

#include "problem.h"

namespace gateway {
namespace {

constexpr std::size_t kWriteBytes = std::size_t{256} << 10;

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

kj::HttpHeaders headers_of(const kj::HttpHeaderTable& table, const Reply& reply) {
  kj::HttpHeaders headers(table);
  const auto add = [&](const std::string& name, const std::string& value) {
    headers.add(kj::heapString(name.data(), name.size()),
                kj::heapString(value.data(), value.size()));
  };
  add("Date", http_date());
  if (reply.code != 204 && reply.code != 304) add("Content-Type", reply.type);
  add("X-Content-Type-Options", "nosniff");
  bool says_cache = false;
  for (const auto& [name, value] : reply.headers) {
    says_cache = says_cache || name == "Cache-Control";
    add(name, value);
  }
  if (!says_cache) add("Cache-Control", "no-store");
  return headers;
}

}  // namespace

Reply refusal(unsigned code, const std::string& detail, const std::string& field,
              jobq::Span retry_after, const std::string& more) {
  Reply reply{.code = code, .type = kProblem, .body = problem_json(code, detail, field, more)};
  if (code == 401) reply.with("WWW-Authenticate", "Bearer");
  if (code == 429 || code == 503) {
    const auto seconds = std::max<jobq::Span::rep>((retry_after.count() + 999) / 1000, 1);
    reply.with("Retry-After", std::to_string(seconds));
  }
  return reply;
}

kj::Promise<void> Sender::send(kj::HttpService::Response& response, Reply reply) {
  const auto headers = headers_of(table_, reply);
  auto stream = response.send(reply.code, words_of_code(reply.code), headers,
                              std::uint64_t{reply.body.size()});
  auto written = write(*stream, std::move(reply.body));
  return written.attach(kj::mv(stream));
}

kj::Own<kj::AsyncOutputStream> Sender::begin(kj::HttpService::Response& response,
                                             const Reply& reply) {
  return response.send(reply.code, words_of_code(reply.code), headers_of(table_, reply), nullptr);
}

kj::Promise<void> Sender::write(kj::AsyncOutputStream& stream, std::string bytes) {
  if (bytes.empty()) return kj::READY_NOW;
  auto held = kj::heap<std::string>(std::move(bytes));
  auto written = write_from(stream, *held, 0);
  return written.attach(kj::mv(held));
}

kj::Promise<void> Sender::write_from(kj::AsyncOutputStream& stream, const std::string& bytes,
                                     std::size_t begin) {
  const std::size_t size = std::min(bytes.size() - begin, kWriteBytes);
  auto written = timer_.timeoutAfter(patience_, stream.write(bytes.data() + begin, size));
  if (begin + size == bytes.size()) return written;
  return written.then(
      [this, &stream, &bytes, end = begin + size] { return write_from(stream, bytes, end); });
}

}  // namespace gateway

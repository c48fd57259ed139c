#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

#include "failure.h"
#include "webhook_address.h"
#include "webhook_allow.h"
#include "webhook_post.h"
#include "webhook_signature.h"
#include "webhook_turns.h"

using namespace tools;
using namespace std::chrono_literals;

namespace {

JudgedAddress judged(const std::string& text) {
  sockaddr_storage storage{};
  if (text.find(':') == std::string::npos) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    REQUIRE(::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    REQUIRE(::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1);
  }
  return judge_address(reinterpret_cast<const sockaddr&>(storage));
}

AllowList list_of(const std::vector<std::string>& texts,
                  const std::vector<std::string>& may_be_private = {}) {
  AllowList list;
  for (const std::string& text : texts) list.add("--allow", text, false);
  for (const std::string& text : may_be_private) list.add("--allow-private", text, true);
  return list;
}

bool allows(const AllowList& list, const std::string& url) {
  return list.find(parse_url(url)).is_allowed;
}

jobq::AcceptedJob webhook_job(const std::string& request, const std::string& function = {}) {
  jobq::AcceptedJob job;
  job.request = request;
  job.function = function;
  return job;
}

WebhookPost post_of(const jobq::AcceptedJob& job) {
  return std::get<WebhookPost>(webhook_post_of(job));
}

std::string wrong_with(const std::string& request) {
  const auto found = webhook_post_of(webhook_job(request));
  const auto* error = std::get_if<jobq::JobError>(&found);
  return error == nullptr ? "" : error->code + ": " + error->message;
}

const Url kUrl = parse_url("https://example.org/done/with/a/secret");

}  // namespace

TEST_CASE("webhook: an address is public, private or special, whatever it is written within") {
  for (const char* text :
       {"93.184.216.34", "8.8.8.8", "172.32.0.1", "172.15.255.255", "11.0.0.0", "126.255.255.255",
        "128.0.0.1", "100.128.0.0", "192.167.0.1", "169.253.0.1", "223.255.255.255",
        "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"}) {
    INFO(text);
    CHECK(judged(text).kind == AddressKind::kPublic);
  }
  for (const char* text :
       {"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1",
        "127.255.255.255", "100.64.0.1", "198.19.0.1", "::1", "fc00::1", "fdff::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::192.168.0.1", "2002:a00:1::1"}) {
    INFO(text);
    CHECK(judged(text).kind == AddressKind::kPrivate);
  }
  for (const char* text : {"0.0.0.0",         "0.1.2.3",         "169.254.1.1",
                           "169.254.169.254", "224.0.0.1",       "239.1.1.1",
                           "240.0.0.1",       "255.255.255.255", "192.0.2.1",
                           "100.100.100.200", "168.63.129.16",   "::",
                           "fe80::1",         "febf::1",         "fec0::1",
                           "ff02::1",         "fd00:ec2::254",   "::ffff:169.254.169.254",
                           "::ffff:0.0.0.0",  "::7f00:1",        "2001::1",
                           "2001:db8::1",     "100::1",          "64:ff9b:1::1",
                           "4000::1"}) {
    INFO(text);
    CHECK(judged(text).kind == AddressKind::kSpecial);
  }
  CHECK(std::string(judged("::ffff:169.254.169.254").what) == "an address of a cloud's metadata");
  sockaddr other{};
  other.sa_family = AF_UNIX;
  CHECK(judge_address(other).kind == AddressKind::kSpecial);
}

TEST_CASE("webhook: a URL is what libcurl makes of it, of http and https alone") {
  CHECK(kUrl.place() == "example.org");
  CHECK(parse_url("HTTPS://Example.ORG/Done").host == "example.org");
  CHECK(parse_url("http://example.org").port == 80);
  CHECK(parse_url("https://example.org:8443/").place() == "example.org:8443");
  CHECK(parse_url("http://[::1]:80/").place() == "http://[::1]");
  CHECK(parse_url("http://127.1/").host == "127.0.0.1");
  CHECK(parse_url("http://0x7f000001/").host == "127.0.0.1");
  CHECK(parse_url("http://2130706433/").host == "127.0.0.1");
  for (const char* text : {"ftp://example.org/", "file:///etc/passwd", "example.org", "https://",
                           "https://me@example.org/", "https://me:secret@example.org/",
                           "https://example.org:0/", "https://example.org:65536/",
                           "https://exa mple.org/", "https://example.org/\r\nHost: other",
                           "https://\xc3\xa9.example.org/", "gopher://example.org", ""}) {
    INFO(text);
    CHECK_THROWS_AS(parse_url(text), BadUrl);
  }
}

TEST_CASE("webhook: a host is allowed with its scheme and port, or all below one") {
  const AllowList list =
      list_of({"example.org", "*.example.net", "Api.example.com:8443", "http://plain.example"});
  CHECK(allows(list, "https://example.org/a?b=c"));
  CHECK(allows(list, "https://EXAMPLE.org:443/"));
  CHECK(allows(list, "https://a.example.net/"));
  CHECK(allows(list, "https://b.a.example.net/"));
  CHECK(allows(list, "https://api.example.com:8443/"));
  CHECK(allows(list, "http://plain.example/"));
  for (const char* url :
       {"http://example.org/", "https://example.org:444/", "https://www.example.org/",
        "https://example.org./", "https://example.net/", "https://evilexample.net/",
        "https://example.net.evil.org/", "https://api.example.com/", "https://plain.example/",
        "http://plain.example:8080/", "https://example.org.evil.net/", "https://10.0.0.1/"}) {
    INFO(url);
    CHECK_FALSE(allows(list, url));
  }
  CHECK_FALSE(allows(list_of({}), "https://example.org/"));
  CHECK(allows(list_of({"*"}), "https://anybody.example/"));
  CHECK_FALSE(allows(list_of({"*"}), "http://anybody.example/"));
  CHECK_FALSE(allows(list_of({"*"}), "https://anybody.example:8443/"));
}

TEST_CASE("webhook: what is no host is not taken into the list") {
  for (const char* text :
       {"", "https://", "ftp://example.org", "example.org/path", "a*.example.org", "*example.org",
        "me@example.org", "example.org:0", "*.10.0.0.1", "example.org?x", "*.", "two words"}) {
    INFO(text);
    CHECK_THROWS_AS(list_of({text}), UsageError);
  }
  CHECK_THROWS_WITH(list_of({}, {"*"}), Catch::Contains("--allow-private: '*' allows every"));
}

TEST_CASE("webhook: a private address needs its marker or to be listed itself") {
  const auto may = [](const AllowList& list, const std::string& url, AddressKind kind) {
    return list.find(parse_url(url)).permits(kind);
  };
  const AllowList list = list_of({"example.org", "*.example.org", "http://127.0.0.1:8080",
                                  "http://[::1]", "http://169.254.1.1"},
                                 {"db.example.org"});
  CHECK(may(list, "https://example.org/", AddressKind::kPublic));
  CHECK_FALSE(may(list, "https://example.org/", AddressKind::kPrivate));
  CHECK_FALSE(may(list, "https://example.org/", AddressKind::kSpecial));
  CHECK(may(list, "https://db.example.org/", AddressKind::kPrivate));
  CHECK_FALSE(may(list, "https://db.example.org/", AddressKind::kSpecial));
  CHECK_FALSE(may(list, "https://other.example.org/", AddressKind::kPrivate));
  CHECK(may(list, "http://127.0.0.1:8080/", AddressKind::kPrivate));
  CHECK(may(list, "http://127.1:8080/", AddressKind::kPrivate));
  CHECK(may(list, "http://[0:0::1]/", AddressKind::kPrivate));
  CHECK(may(list, "http://169.254.1.1/", AddressKind::kSpecial));
  CHECK_FALSE(may(list_of({"*"}), "https://10.0.0.1/", AddressKind::kPrivate));
  CHECK_FALSE(may(list, "https://not.listed.net/", AddressKind::kPublic));
}

TEST_CASE("webhook: posts are signed as Standard Webhooks has it") {
  // The example of its libraries, and what openssl's HMAC makes of it.
  const WebhookSigner signer("f", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
  CHECK(signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  const WebhookSigner text("f", "a text of twenty-four by");
  CHECK(text.sign("j1", 0, "1") == "v1,s7WFbu/jZ6bMlQPXBfL4SNioeWx6KkA3aNxPfcHcMKc=");
  const WebhookSigner both("f",
                           "a text of twenty-four by\n\n whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  CHECK(both.sign("j1", 0, "1") == text.sign("j1", 0, "1") + " " + signer.sign("j1", 0, "1"));
}

TEST_CASE("webhook: a file of secrets is refused without a word of what is in it") {
  const auto wrong = [](const std::string& text) -> std::string {
    try {
      const WebhookSigner signer("s.key", text);
    } catch (const UsageError& error) {
      return error.what();
    }
    return {};
  };
  CHECK(wrong("\n \n") == "s.key: has 0 secrets; 1 to 8 are needed, each in a line");
  CHECK(wrong("short") == "s.key: line 1: a secret has 24 to 64 bytes, this one 5");
  CHECK(wrong("\n" + std::string(65, 'x')) ==
        "s.key: line 2: a secret has 24 to 64 bytes, this one 65");
  CHECK(wrong("whsec_?") == "s.key: line 1: no base64 after whsec_");
  CHECK(wrong("whsec_MfKQ9r8G") == "s.key: line 1: a secret has 24 to 64 bytes, this one 6");
}

TEST_CASE("webhook: the function is the URL and the request the body, as it was written") {
  const WebhookPost post = post_of(webhook_job(R"({"page": 1.0e+2})", "https://example.org/done"));
  CHECK(post.url.text == "https://example.org/done");
  CHECK(post.body == R"({"page": 1.0e+2})");
  CHECK(post.headers.empty());
  // Also where that looks like the other form.
  CHECK(post_of(webhook_job(R"({"url": "https://other.org"})", "https://example.org/")).url.host ==
        "example.org");
  const auto other = webhook_post_of(webhook_job("1", "ftp://example.org/"));
  CHECK(std::get<jobq::JobError>(other).message == "url: must begin with https:// or http://");
}

TEST_CASE("webhook: a request names URL, body and headers") {
  jobq::AcceptedJob job = webhook_job(
      R"({"url": "https://example.org/?a=b", "body": [1.50], "headers": {"X-A": "b"}})", "notify");
  job.grants = R"({"headers": {"Authorization": "Bearer t"}, "more": 1})";
  const WebhookPost post = post_of(job);
  CHECK(post.url.text == "https://example.org/?a=b");
  CHECK(post.body == "[1.50]");
  REQUIRE(post.headers.size() == 2);
  CHECK(post.headers[0] == std::pair<std::string, std::string>("X-A", "b"));
  CHECK(post.headers[1] == std::pair<std::string, std::string>("Authorization", "Bearer t"));
}

TEST_CASE("webhook: without a body it is what the jobs answered that it waited for") {
  jobq::AcceptedJob job = webhook_job(R"({"url": "https://example.org/"})");
  jobq::AwaitedJob& after = job.after.emplace_back();
  after.job = "a";
  after.status = jobq::Status::kComplete;
  after.response = "1.0";
  CHECK(post_of(job).body == R"([{"job":"a","status":"complete","response":1.0}])");
}

TEST_CASE("webhook: what is no request is said, with the field") {
  CHECK(wrong_with("7") ==
        R"(bad-request: the request must be {"url": ..., "body": ...}, or the function the URL)");
  CHECK(wrong_with(R"({"body": 1})") == "bad-request: url: is missing");
  CHECK(wrong_with(R"({"url": 7, "body": 1})") == "bad-request: url: must be a text");
  CHECK(wrong_with(R"({"url": "https://example.org"})") ==
        "bad-request: body: is missing, and the job waited for no others");
  CHECK(wrong_with(R"({"url": "https://example.org", "body": 1, "method": "GET"})") ==
        "bad-request: the request has url, body and headers, and nothing else");
  const auto header = [](const std::string& headers) {
    return wrong_with(R"({"url": "https://example.org", "body": 1, "headers": )" + headers + "}");
  };
  CHECK(header("[]") == "bad-request: headers: must be an object of names and texts");
  CHECK(header(R"({"Webhook-Id": "x"})") == "bad-request: headers: webhook-id cannot be set");
  CHECK(header(R"({"HOST": "x"})") == "bad-request: headers: host cannot be set");
  CHECK(header(R"({"Content-Length": "1"})") ==
        "bad-request: headers: content-length cannot be set");
  CHECK(header(R"({"X": "a\r\nHost: b"})") ==
        "bad-request: headers: x: must be a text of visible ASCII");
  CHECK(header(R"({"X\r\nY": "a"})") ==
        "bad-request: headers: a name has letters, digits, - and _ alone");
  CHECK(header(R"({"X": 1})") == "bad-request: headers: x: must be a text of visible ASCII");
  CHECK(header(R"({"X": ")" + std::string(4096, 'a') + R"("})") ==
        "bad-request: headers: x: more than 4096 bytes");
}

TEST_CASE("webhook: what a receiver answers decides") {
  const auto outcome = [](unsigned status, jobq::Span retry_after = {}) {
    return webhook_outcome(kUrl, WebhookAnswer{status, "no\xff", retry_after});
  };
  CHECK(std::get<jobq::Done>(outcome(204)).response == R"({"status":204,"body":"no�"})");
  CHECK(std::get<jobq::JobError>(outcome(410)).code == "http-410");
  for (const unsigned status : {302U, 400U, 401U, 404U, 500U, 599U}) {
    INFO(status);
    CHECK(std::get<jobq::Retry>(outcome(status, 7s)).delay == jobq::Span{});
  }
  CHECK(std::get<jobq::Retry>(outcome(302)).error.message ==
        "example.org answers 302: a redirect, which is not followed");
  for (const unsigned status : {408U, 429U, 503U}) {
    INFO(status);
    CHECK(std::get<jobq::Retry>(outcome(status, 7s)).delay == 7s);
    CHECK(std::get<jobq::Retry>(outcome(status, 1000h)).delay == 24h);
  }
  const std::string large(kAnswerBytesMax, '\xff');
  const auto cut = std::get<jobq::Done>(webhook_outcome(kUrl, WebhookAnswer{200, large, {}}));
  CHECK(cut.response.size() <= kAnswerBytesMax + 30);
}

TEST_CASE("webhook: why nothing was posted names the host, and not the path") {
  const auto forbid = std::get<jobq::Forbid>(webhook_not_allowed(kUrl));
  CHECK(forbid.error.code == "host-not-allowed");
  CHECK(forbid.error.message ==
        "example.org is no host that may be posted to: its driver was not started with --allow "
        "example.org");
  using Failure = WebhookFailure;
  const auto address = webhook_outcome(kUrl, Failure{Failure::Kind::kNotPermitted, "why"});
  CHECK(std::get<jobq::Forbid>(address).error.message == "example.org: why");
  const auto late = webhook_outcome(kUrl, Failure{Failure::Kind::kTimeout, "late"});
  CHECK(std::get<jobq::Retry>(late).error.code == "timeout");
  const auto away = webhook_outcome(kUrl, Failure{Failure::Kind::kUnreachable, "away"});
  CHECK(std::get<jobq::Retry>(away).error.code == "unreachable");
}

TEST_CASE("webhook: posts to a host take turns, and a slow one does not have all threads") {
  WebhookTurns turns(2, 1);
  const auto never = [] { return false; };
  auto first = turns.take("a", never);
  auto second = std::make_unique<
      std::variant<WebhookTurns::Turn, WebhookTurns::Later, WebhookTurns::Interrupted>>(
      turns.take("a", never));
  CHECK(std::holds_alternative<WebhookTurns::Turn>(*second));
  CHECK(std::holds_alternative<WebhookTurns::Turn>(turns.take("b", never)));
  CHECK(std::holds_alternative<WebhookTurns::Interrupted>(turns.take("a", [] { return true; })));

  std::atomic<bool> has_looked = false;
  std::atomic<bool> has_turn = false;
  std::thread waiting([&] {
    const auto third = turns.take("a", [&] {
      has_looked = true;
      return false;
    });
    has_turn = std::holds_alternative<WebhookTurns::Turn>(third);
  });
  while (!has_looked) std::this_thread::yield();
  CHECK_FALSE(has_turn);
  // Nobody else may wait.
  CHECK(std::get<WebhookTurns::Later>(turns.take("a", never)).delay == 1s);
  CHECK(std::get<WebhookTurns::Later>(turns.take("a", never)).delay == 1s);
  CHECK(std::get<WebhookTurns::Later>(turns.take("a", never)).delay == 2s);
  CHECK(std::holds_alternative<WebhookTurns::Turn>(turns.take("b", never)));
  second.reset();
  waiting.join();
  CHECK(has_turn);
}

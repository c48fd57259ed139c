#include "webhook_transfer.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <stdexcept>

namespace tools {
namespace {

constexpr int kPollMs = 1000;  // should the interrupt's descriptor miss something
constexpr jobq::Span kConnectMax = std::chrono::seconds(10);

// CURL and CURLM are both void.
struct EndEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct EndMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeHeaders {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, FreeHeaders>;

void append(Headers& headers, const std::string& line) {
  curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)headers.release();
  headers.reset(longer);
}

class Transfer {
 public:
  Transfer(const WebhookPost& post, const Permission& permission, const TransferOptions& options);
  ~Transfer() { curl_multi_remove_handle(multi_.get(), easy_.get()); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  WebhookEnd run(const TransferWatch& watch);

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    // Each of them is a promise of the documentation: better no post than one without it.
    if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
  }
  void set_headers(const WebhookPost& post);
  void set_limits(const WebhookPost& post, const TransferOptions& options);
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t take_body(const char* bytes, std::size_t size, std::size_t count, void* self);
  WebhookEnd end(CURLcode code);

  const Permission permission_;
  std::unique_ptr<CURL, EndEasy> easy_{curl_easy_init()};
  std::unique_ptr<CURLM, EndMulti> multi_{curl_multi_init()};
  Headers headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  WebhookAnswer answer_;
  bool is_cut_ = false;            // the body was longer
  bool has_socket_ = false;        // to an address that is permitted
  const char* refused_ = nullptr;  // what another address is
};

Transfer::Transfer(const WebhookPost& post, const Permission& permission,
                   const TransferOptions& options)
    : permission_(permission) {
  if (!easy_ || !multi_) throw std::bad_alloc();
  set_limits(post, options);
  set_headers(post);
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::take_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_URL, post.url.text.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  set(CURLOPT_POSTFIELDS, post.body.data());  // not copied: the post outlives this
  if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) throw std::bad_alloc();
}

void Transfer::set_limits(const WebhookPost& post, const TransferOptions& options) {
  set(CURLOPT_PROTOCOLS_STR, post.url.is_tls ? "https" : "http");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) {
    set(CURLOPT_CAINFO, options.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // these alone
  }
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // an interrupt does not wait for a look-up of the name
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(options.timeout, kConnectMax).count()));
}

void Transfer::set_headers(const WebhookPost& post) {
  append(headers_, "Content-Type: application/json");
  append(headers_, "Expect:");  // the body is not held back until the receiver asks for it
  for (const auto& [name, value] : post.headers) {
    append(headers_, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  set(CURLOPT_USERAGENT, "store-jobqueue/" JOBQ_VERSION);
  set(CURLOPT_HTTPHEADER, headers_.get());
}

curl_socket_t Transfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  const JudgedAddress judged = judge_address(address->addr);
  if (!transfer.permission_.permits(judged.kind)) {
    transfer.refused_ = judged.what;
    return CURL_SOCKET_BAD;
  }
  transfer.has_socket_ = true;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t Transfer::take_body(const char* bytes, std::size_t size, std::size_t count,
                                void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  std::string& body = transfer.answer_.body;
  const std::size_t given = size * count;
  const std::size_t room = kAnswerBytesMax - body.size();
  body.append(bytes, std::min(given, room));
  transfer.is_cut_ = given > room;
  return transfer.is_cut_ ? 0 : given;  // the rest is not waited for
}

WebhookEnd Transfer::run(const TransferWatch& watch) {
  int running = 1;
  while (true) {
    if (watch.is_interrupted()) return WebhookInterrupted{};
    CURLMcode code = curl_multi_perform(multi_.get(), &running);
    if (code == CURLM_OK && running == 0) break;
    curl_waitfd interrupt{.fd = watch.fd, .events = CURL_WAIT_POLLIN, .revents = 0};
    if (code == CURLM_OK) {
      code = curl_multi_poll(multi_.get(), &interrupt, watch.fd < 0 ? 0 : 1, kPollMs, nullptr);
    }
    if (code != CURLM_OK) throw std::runtime_error(curl_multi_strerror(code));
  }
  int left = 0;
  const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left);
  return end(message == nullptr ? CURLE_FAILED_INIT : message->data.result);
}

WebhookEnd Transfer::end(CURLcode code) {
  using Kind = WebhookFailure::Kind;
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && is_cut_)) {
    long status = 0;
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &seconds);
    answer_.status = static_cast<unsigned>(std::max(status, 0L));
    answer_.retry_after = std::chrono::seconds(std::clamp<curl_off_t>(seconds, 0, 1'000'000'000));
    return std::move(answer_);
  }
  if (refused_ != nullptr && !has_socket_) {
    return WebhookFailure{Kind::kNotPermitted,
                          fmt::format("leads to {}, which is not allowed", refused_)};
  }
  const std::string said = error_[0] == '\0' ? curl_easy_strerror(code) : error_.data();
  return WebhookFailure{code == CURLE_OPERATION_TIMEDOUT ? Kind::kTimeout : Kind::kUnreachable,
                        said};
}

}  // namespace

WebhookEnd transfer(const WebhookPost& post, const Permission& permission,
                    const TransferOptions& options, const TransferWatch& watch) {
  return Transfer(post, permission, options).run(watch);
}

void start_transfers() {
  const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
}

}  // namespace tools

#include "webhook_allow.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "failure.h"
#include "text_rules.h"

namespace tools {
namespace {

constexpr unsigned kPortMax = 65535;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using CurlUrl = std::unique_ptr<CURLU, FreeUrl>;

// Empty when there is none.
std::string part_of(const CurlUrl& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, void (*)(void*)> owned(text, curl_free);
  return text;
}

bool is_visible(char c) { return c > ' ' && c <= '~'; }

unsigned default_port(bool is_tls) { return is_tls ? 443 : 80; }

constexpr std::string_view kAnyBelow = "*.";
// Stands for a star while a URL is parsed, in which none may be.
constexpr std::string_view kAnyHost = "any-host.invalid";

}  // namespace

std::string small_letters(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return text;
}

std::string Url::place() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string text = is_tls ? "" : "http://";
  text += is_v6 ? "[" + host + "]" : host;
  return port == default_port(is_tls) ? text : fmt::format("{}:{}", text, port);
}

Url parse_url(const std::string& text) {
  if (!std::all_of(text.begin(), text.end(), is_visible)) {
    throw BadUrl("url: has white space or characters that are not ASCII");
  }
  const CurlUrl parsed(curl_url());
  if (!parsed) throw std::bad_alloc();
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(),
                   CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER | CURLU_PATH_AS_IS);
  if (code == CURLUE_USER_NOT_ALLOWED) {
    throw BadUrl("url: must be without a user's name; a header may have what the receiver wants");
  }
  if (code != CURLUE_OK) throw BadUrl(fmt::format("url: {}", curl_url_strerror(code)));
  const std::string scheme = small_letters(part_of(parsed, CURLUPART_SCHEME));
  if (scheme != "https" && scheme != "http") {
    throw BadUrl("url: must begin with https:// or http://");
  }
  Url url{.text = part_of(parsed, CURLUPART_URL), .is_tls = scheme == "https"};
  url.host = small_letters(part_of(parsed, CURLUPART_HOST));
  if (url.host.starts_with('[') && url.host.ends_with(']')) {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  const auto port =
      jobq::parse_number(part_of(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT), kPortMax);
  if (url.host.empty() || !port || *port == 0) throw BadUrl("url: has no host, or no port");
  url.port = static_cast<unsigned>(*port);
  return url;
}

bool Permission::permits(AddressKind kind) const {
  if (!is_allowed) return false;
  switch (kind) {
    case AddressKind::kPublic: return true;
    case AddressKind::kPrivate: return may_be_private || is_literal;
    case AddressKind::kSpecial: return is_literal;
  }
  return false;
}

void AllowList::add(const std::string& option, const std::string& text, bool may_be_private) {
  const auto wrong = [&](const std::string& what) {
    throw UsageError(fmt::format("{}: '{}' {}; write HOST, HOST:PORT, *.HOST or http://HOST",
                                 option, text, what));
  };
  const std::size_t after_scheme = text.find("://");
  const bool has_scheme = after_scheme != std::string::npos;
  const std::string scheme = has_scheme ? text.substr(0, after_scheme + 3) : "https://";
  std::string place = has_scheme ? text.substr(after_scheme + 3) : text;
  if (place.find_first_of("/?#@") != std::string::npos) wrong("is more than a host");
  const bool is_any = place == "*" || place.starts_with("*:");
  const bool is_any_below = place.starts_with(kAnyBelow);
  if (is_any) place.replace(0, 1, kAnyHost);
  if (is_any_below) place.erase(0, kAnyBelow.size());
  if (place.find('*') != std::string::npos) wrong("has a star that does not stand for all before");
  Entry entry{.pattern = {}, .may_be_private = may_be_private};
  try {
    entry.pattern = parse_url(scheme + place);
  } catch (const BadUrl& error) {
    wrong("is none: " + std::string(error.what()));
  }
  if (is_any && may_be_private) wrong("allows every private address: name the hosts");
  if (is_any_below && is_literal_address(entry.pattern.host)) wrong("is no name");
  if (is_any) entry.pattern.host = "*";
  if (is_any_below) entry.pattern.host.insert(0, kAnyBelow);
  entries_.push_back(std::move(entry));
}

bool AllowList::fits(const Entry& entry, const Url& url) {
  if (entry.pattern.is_tls != url.is_tls || entry.pattern.port != url.port) return false;
  const std::string_view pattern = entry.pattern.host;
  if (pattern == "*") return true;
  if (!pattern.starts_with(kAnyBelow)) return pattern == url.host;
  const std::string_view ending = pattern.substr(1);  // with its dot
  return url.host.size() > ending.size() && std::string_view(url.host).ends_with(ending);
}

Permission AllowList::find(const Url& url) const {
  Permission permission;
  for (const Entry& entry : entries_) {
    if (!fits(entry, url)) continue;
    permission.is_allowed = true;
    permission.may_be_private = permission.may_be_private || entry.may_be_private;
    permission.is_literal =
        permission.is_literal || (entry.pattern.host == url.host && is_literal_address(url.host));
  }
  return permission;
}

}  // namespace tools

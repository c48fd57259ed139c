// Where jobs' requests may be posted to: URLs, and the list of hosts that an operator allows.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "webhook_address.h"

namespace tools {

// What is wrong with a URL. It does not quote the URL's path, which may be a secret.
class BadUrl : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Url {
  std::string text{};  // as it was parsed, so that nothing else is made of it later
  bool is_tls = true;
  std::string host{};  // in small letters; an IPv6 address without brackets
  unsigned port = 443;

  // "example.org", "example.org:8443", "http://example.org": as --allow takes it.
  [[nodiscard]] std::string place() const;
};

// http and https alone, without a user's name. Throws BadUrl.
[[nodiscard]] Url parse_url(const std::string& text);
// As hosts and headers are compared: of ASCII alone.
[[nodiscard]] std::string small_letters(std::string text);

// What the list says of one URL.
struct Permission {
  bool is_allowed = false;
  bool may_be_private = false;  // by --allow-private
  bool is_literal = false;      // the list has the address itself

  [[nodiscard]] bool permits(AddressKind kind) const;
};

class AllowList {
 public:
  // "example.org", "example.org:8443", "*.example.org", "http://example.org", "[::1]:80", "*": any.
  // Without a port that of the scheme alone. Throws UsageError that names `option`.
  void add(const std::string& option, const std::string& text, bool may_be_private);

  [[nodiscard]] bool is_empty() const { return entries_.empty(); }
  [[nodiscard]] Permission find(const Url& url) const;

 private:
  struct Entry {
    Url pattern;  // its host may begin with "*."
    bool may_be_private = false;
  };
  static bool fits(const Entry& entry, const Url& url);

  std::vector<Entry> entries_;
};

}  // namespace tools

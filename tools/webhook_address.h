// What kind of address a name led to. Judged is what is connected to, not what a look-up said
// before, so that a name which changes its mind in between gains nothing.
#pragma once

#include <sys/socket.h>

#include <string>

namespace tools {

enum class AddressKind {
  kPublic,
  kPrivate,  // of this machine or of networks around it: loopback, RFC 1918, unique local, ...
  kSpecial,  // nobody's server by a name: link-local, where clouds tell secrets, multicast,
             // reserved
};

struct JudgedAddress {
  AddressKind kind = AddressKind::kSpecial;
  const char* what = "an unknown address";  // "a loopback address"
};

// IPv4 addresses within IPv6 ones (mapped, NAT64, 6to4) are judged as themselves. What is of no
// known public range is special.
[[nodiscard]] JudgedAddress judge_address(const sockaddr& address);

// "127.0.0.1", "::1": an address, and no name.
[[nodiscard]] bool is_literal_address(const std::string& host);

}  // namespace tools

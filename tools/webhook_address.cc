#include "webhook_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace tools {
namespace {

using Bytes = std::array<unsigned char, 16>;

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24U | b << 16U | c << 8U | d;
}

struct RangeV4 {
  std::uint32_t start;
  unsigned bits;
  JudgedAddress judged;
};

constexpr JudgedAddress kMetadata{AddressKind::kSpecial, "an address of a cloud's metadata"};
constexpr JudgedAddress kLinkLocal{AddressKind::kSpecial, "a link-local address"};
constexpr JudgedAddress kMulticast{AddressKind::kSpecial, "a multicast address"};
constexpr JudgedAddress kReserved{AddressKind::kSpecial, "a reserved address"};
constexpr JudgedAddress kLoopback{AddressKind::kPrivate, "a loopback address"};
constexpr JudgedAddress kPrivate{AddressKind::kPrivate, "a private address"};
constexpr JudgedAddress kPublic{AddressKind::kPublic, "a public address"};

// By IANA's registry of special-purpose addresses, and what clouds use. The first that fits counts.
constexpr RangeV4 kRangesV4[] = {
    {v4(169, 254, 169, 254), 32, kMetadata}, {v4(100, 100, 100, 200), 32, kMetadata},
    {v4(168, 63, 129, 16), 32, kMetadata},   {v4(169, 254, 0, 0), 16, kLinkLocal},
    {v4(127, 0, 0, 0), 8, kLoopback},        {v4(10, 0, 0, 0), 8, kPrivate},
    {v4(172, 16, 0, 0), 12, kPrivate},       {v4(192, 168, 0, 0), 16, kPrivate},
    {v4(100, 64, 0, 0), 10, kPrivate},       {v4(198, 18, 0, 0), 15, kPrivate},
    {v4(224, 0, 0, 0), 4, kMulticast},       {v4(0, 0, 0, 0), 8, kReserved},
    {v4(192, 0, 0, 0), 24, kReserved},       {v4(192, 0, 2, 0), 24, kReserved},
    {v4(192, 88, 99, 0), 24, kReserved},     {v4(198, 51, 100, 0), 24, kReserved},
    {v4(203, 0, 113, 0), 24, kReserved},     {v4(240, 0, 0, 0), 4, kReserved},
};

JudgedAddress judge(std::uint32_t address) {
  const auto* found = std::find_if(
      std::begin(kRangesV4), std::end(kRangesV4),
      [&](const RangeV4& range) { return (address ^ range.start) >> (32 - range.bits) == 0; });
  return found == std::end(kRangesV4) ? kPublic : found->judged;
}

bool begins(const Bytes& address, std::initializer_list<unsigned char> with) {
  return std::equal(with.begin(), with.end(), address.begin());
}

JudgedAddress judge_v4_at(const Bytes& address, std::size_t at) {
  return judge(v4(address[at], address[at + 1], address[at + 2], address[at + 3]));
}

JudgedAddress judge(const Bytes& address) {
  constexpr Bytes kOne{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (address == kOne) return kLoopback;
  if (begins(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return judge_v4_at(address, 12);
  if (begins(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return judge_v4_at(address, 12);
  }
  if (begins(address, {0x20, 0x02})) return judge_v4_at(address, 2);
  if (begins(address, {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54})) {
    return kMetadata;
  }
  if ((address[0] & 0xfeU) == 0xfc) return {AddressKind::kPrivate, "a unique local address"};
  if (address[0] == 0xfe && (address[1] & 0xc0U) == 0x80) return kLinkLocal;
  if (address[0] == 0xff) return kMulticast;
  // 2001::/23 is of protocols (Teredo, ORCHID, ...), 2001:db8::/32 of documents.
  const bool is_of_protocols = begins(address, {0x20, 0x01}) && address[2] < 2;
  const bool is_of_documents = begins(address, {0x20, 0x01, 0x0d, 0xb8});
  const bool is_global = (address[0] & 0xe0U) == 0x20;
  return is_global && !is_of_protocols && !is_of_documents ? kPublic : kReserved;
}

}  // namespace

// The address may be of any kind behind its first part, so it is copied out and not cast.
JudgedAddress judge_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return judge(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    Bytes bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return judge(bytes);
  }
  return {};
}

bool is_literal_address(const std::string& host) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace tools

#include "arbiter.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base64.h"
#include "keys.h"
#include "predicate.h"
#include "secret.h"

namespace auth {
namespace {

constexpr std::size_t kParts = 2;

std::string first_path(const Macaroon& token) {
  for (const Caveat& caveat : token.caveats()) {
    const Predicate predicate = Predicate::parse(caveat.predicate);
    if (!caveat.third_party && predicate.kind == Predicate::Kind::kPath) {
      return std::string(predicate.value());
    }
  }
  return {};
}

std::string first_parts(const std::string& path) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < kParts && end != std::string::npos; ++i) {
    end = path.find('/', end + 1);
  }
  return path.substr(0, end);
}

// "kv-scan" of "/kv/scan".
std::string label_of(std::string_view path) {
  std::string label(path.substr(path.starts_with('/') ? 1 : 0, kLabelBytesMax));
  std::replace_if(
      label.begin(), label.end(),
      [](char c) {
        return !is_label({&c, 1});
      },
      '-');
  return label;
}

}  // namespace

std::string identity_of(const Macaroon& token) {
  if (!token.identifier().empty()) return std::string(token.identifier());
  const std::string path = first_parts(first_path(token));
  init_sodium();
  std::array<char, kNonceBytes> hash;
  crypto_generichash(raw(hash.data()), hash.size(), raw(path), path.size(), nullptr, 0);
  const std::string label = label_of(path);
  return std::string(kArbiterKeyId) + '.' + base64({hash.data(), hash.size()}) +
         (label.empty() ? "" : '.' + label);
}

}  // namespace auth

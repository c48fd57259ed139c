#include "keys.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "arbiter.h"
#include "base64.h"
#include "check_line.h"
#include "z85.h"

namespace auth {
namespace {

constexpr const char* kRootFile = "root.keys";
constexpr const char* kCurveSecretFile = "curve.secret";
constexpr const char* kCurvePublicFile = "curve.public";
constexpr mode_t kSecretMode = 0600;
constexpr mode_t kPublicMode = 0644;

bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  // What cannot be examined counts as there: reading it then says why.
  return std::filesystem::exists(path, error) || error;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }

template <typename Fits>
bool is_name(std::string_view name, std::size_t bytes_max, Fits fits) {
  return !name.empty() && name.size() <= bytes_max && std::all_of(name.begin(), name.end(), fits);
}

bool is_key_id(std::string_view id) {
  return is_name(id, kKeyIdBytesMax, [](char c) { return is_small(c) || is_digit(c); });
}

// One spelling only, so that it is written again to compare.
bool is_nonce(std::string_view nonce) {
  const std::optional<std::string> bytes = from_base64(nonce);
  return bytes && bytes->size() == kNonceBytes && base64(*bytes) == nonce;
}

std::string hex_line(std::string_view id, const Secret& key) {
  std::array<char, 2 * kKeyBytes + 1> hex;
  sodium_bin2hex(hex.data(), hex.size(), raw(key.bytes()), key.bytes().size());
  std::string line;
  line.reserve(id.size() + hex.size() + 1);  // so that no copy of the key is left behind
  line.append(id).append(" ").append(hex.data()).append("\n");
  wipe(hex.data(), hex.size());
  return line;
}

std::string curve_public_of(const Secret& secret_key) {
  std::array<char, kKeyBytes> bytes;
  crypto_scalarmult_base(raw(bytes.data()), raw(secret_key.bytes()));
  return z85_encode({bytes.data(), bytes.size()});
}

// Any 32 bytes are a CURVE secret key.
std::string curve_line(const Secret& secret_key) {
  const WipedText text{z85_encode(secret_key.bytes())};
  std::string line;
  line.reserve(text.text.size() + 1);  // so that no copy of the key is left behind
  return line.append(text.text).append("\n");
}

}  // namespace

bool is_label(std::string_view label) {
  return is_name(label, kLabelBytesMax, [](char c) {
    return is_small(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

std::optional<Identifier> Identifier::parse(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::size_t end = std::min(text.find('.', dot + 1), text.size());
  const bool has_label = end < text.size();
  const Identifier parts{text.substr(0, dot), text.substr(has_label ? end + 1 : end)};
  const bool is_good = is_key_id(parts.key_id) && is_nonce(text.substr(dot + 1, end - dot - 1)) &&
                       (!has_label || is_label(parts.label));
  return is_good ? std::optional(parts) : std::nullopt;
}

RootKeys::Named RootKeys::parse_line(std::string_view line, const std::string& where) {
  const std::size_t space = line.find(' ');
  std::array<char, kKeyBytes> key;
  std::size_t size = 0;
  if (space == std::string_view::npos || !is_key_id(line.substr(0, space)) ||
      line.size() - space - 1 != 2 * kKeyBytes ||
      sodium_hex2bin(raw(key.data()), key.size(), line.data() + space + 1, 2 * kKeyBytes, nullptr,
                     &size, nullptr) != 0 ||
      size != kKeyBytes) {
    throw KeyFileError(where + ": not a key id, a space and 64 hex digits");
  }
  Named named{std::string(line.substr(0, space)), Secret({key.data(), key.size()})};
  wipe(key.data(), key.size());
  return named;
}

RootKeys RootKeys::load(const std::filesystem::path& dir) {
  const std::filesystem::path path = dir / kRootFile;
  const Secret content = read_secret(path);
  std::string_view rest = content.bytes();
  const std::optional<bool> check = take_check_line({}, rest);
  if (check && !*check) {
    throw KeyFileError(path.string() +
                       ": is damaged: it is not what its first line says; restore it, or remove " +
                       "that line if the keys are known to be right");
  }
  std::vector<Named> keys;
  std::size_t line_number = check ? 1 : 0;
  while (!rest.empty()) {
    const std::string where = path.string() + ": line " + std::to_string(++line_number);
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    Named named = parse_line(rest.substr(0, end), where);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    for (const Named& other : keys) {
      if (other.id == named.id)
        throw KeyFileError(where + ": key id " + named.id + " occurs twice");
    }
    if (keys.size() == kRootKeysMax) {
      throw KeyFileError(where + ": more than " + std::to_string(kRootKeysMax) + " keys");
    }
    keys.push_back(std::move(named));
  }
  if (keys.empty()) throw KeyFileError(path.string() + ": holds no key");
  return RootKeys(std::move(keys));
}

RootKeys RootKeys::load_or_create(const std::filesystem::path& dir) {
  const SecretDirectory directory(dir);
  if (!is_there(dir / kRootFile)) {
    const WipedText line{hex_line("k1", Secret::random(kKeyBytes))};
    const WipedText file{with_check_line({}, line.text)};
    directory.write(kRootFile, file.text, kSecretMode);
  }
  return load(dir);
}

void RootKeys::write(const std::filesystem::path& dir, const std::vector<Named>& keys) {
  WipedText text{std::string()};
  text.text.reserve(keys.size() * (kKeyIdBytesMax + 2 * kKeyBytes + 2));
  for (const Named& named : keys) {
    const WipedText line{hex_line(named.id, named.key)};
    text.text += line.text;
  }
  const WipedText file{with_check_line({}, text.text)};
  SecretDirectory(dir).write(kRootFile, file.text, kSecretMode);
}

RootKeys RootKeys::add(const std::filesystem::path& dir) {
  RootKeys keys = load(dir);
  if (keys.size() >= kRootKeysMax) {
    throw KeyFileError("there are " + std::to_string(kRootKeysMax) + " root keys, retire one");
  }
  // The newest is never retired, so that no number is used twice.
  unsigned long last = 0;
  for (const Named& named : keys.keys_) {
    const bool is_numbered = named.id.starts_with('k') && named.id.size() > 1 &&
                             named.id.size() < 10 &&
                             named.id.find_first_not_of("0123456789", 1) == std::string::npos;
    last = std::max(last, is_numbered ? std::stoul(named.id.substr(1)) : 0);
  }
  keys.keys_.push_back({"k" + std::to_string(last + 1), Secret::random(kKeyBytes)});
  write(dir, keys.keys_);
  return keys;
}

RootKeys RootKeys::retire(const std::filesystem::path& dir, std::string_view id) {
  RootKeys keys = load(dir);
  if (keys.keys_.back().id == id) {
    throw KeyFileError("root key " + std::string(id) + " is the newest: make a new one first");
  }
  if (std::erase_if(keys.keys_, [&](const Named& named) { return named.id == id; }) == 0) {
    throw KeyFileError("there is no root key " + std::string(id));
  }
  write(dir, keys.keys_);
  return keys;
}

std::vector<std::string> RootKeys::ids() const {
  std::vector<std::string> ids;
  for (const Named& named : keys_) ids.push_back(named.id);
  return ids;
}

std::vector<std::string> RootKeys::prints() const {
  std::vector<std::string> prints;
  for (const Named& named : keys_) {
    std::array<char, kKeyBytes> hash;
    crypto_generichash(raw(hash.data()), hash.size(), raw(named.key.bytes()),
                       named.key.bytes().size(), nullptr, 0);
    prints.push_back(base64({hash.data(), kNonceBytes}));
  }
  return prints;
}

std::optional<std::string_view> RootKeys::find(std::string_view identifier) const {
  if (identifier.empty()) return arbiter_;
  const std::optional<Identifier> parts = Identifier::parse(identifier);
  if (parts && parts->key_id == kArbiterKeyId && arbiter_) return arbiter_;
  for (const Named& named : keys_) {
    if (parts && named.id == parts->key_id) return named.key.bytes();
  }
  return std::nullopt;
}

std::string RootKeys::mint_identifier(std::string_view label) const {
  std::array<char, kNonceBytes> nonce;
  randombytes_buf(nonce.data(), nonce.size());
  std::string identifier = keys_.back().id + "." + base64({nonce.data(), nonce.size()});
  return label.empty() ? identifier : identifier.append(".").append(label);
}

std::optional<CurveKeys> CurveKeys::parse(std::string_view secret_key) {
  std::optional<std::string> bytes = z85_decode(secret_key);
  if (!bytes || bytes->size() != kKeyBytes) return std::nullopt;
  const WipedText decoded{*std::move(bytes)};
  Secret secret(decoded.text);
  std::string public_key = curve_public_of(secret);
  return CurveKeys(std::move(secret), std::move(public_key));
}

CurveKeys CurveKeys::load(const std::filesystem::path& dir) {
  const std::filesystem::path path = dir / kCurveSecretFile;
  const WipedText text{read_secret_file(path)};
  std::optional<CurveKeys> keys = parse(text.text);
  if (!keys) throw KeyFileError(path.string() + ": not 40 characters of Z85");
  const std::filesystem::path public_path = dir / kCurvePublicFile;
  if (is_there(public_path) && read_public_file(public_path) != keys->public_key() + "\n") {
    throw KeyFileError(public_path.string() + ": is not the public key of " + path.string() +
                       "; remove it to have it written again");
  }
  return *std::move(keys);
}

CurveKeys CurveKeys::load_or_create(const std::filesystem::path& dir) {
  const SecretDirectory directory(dir);
  if (!is_there(dir / kCurveSecretFile)) {
    const WipedText line{curve_line(Secret::random(kKeyBytes))};
    // The one of a secret key that is gone would not fit the new one.
    std::error_code ignored;
    std::filesystem::remove(dir / kCurvePublicFile, ignored);
    directory.write(kCurveSecretFile, line.text, kSecretMode);
  }
  CurveKeys keys = load(dir);
  if (!is_there(dir / kCurvePublicFile)) {
    directory.write(kCurvePublicFile, keys.public_key() + "\n", kPublicMode);
  }
  return keys;
}

void CurveKeys::write(const std::filesystem::path& dir) const {
  const SecretDirectory directory(dir);
  const WipedText line{curve_line(secret_)};
  if (!is_there(dir / kCurveSecretFile) ||
      read_secret(dir / kCurveSecretFile).bytes() != line.text) {
    std::error_code ignored;
    std::filesystem::remove(dir / kCurvePublicFile, ignored);  // of another one
    directory.write(kCurveSecretFile, line.text, kSecretMode);
  }
  directory.write(kCurvePublicFile, public_ + "\n", kPublicMode);
}

std::string write_new_curve_key(const std::filesystem::path& file) {
  const Secret secret_key = Secret::random(kKeyBytes);
  const WipedText line{curve_line(secret_key)};
  write_new_secret(file, line.text);
  return curve_public_of(secret_key);
}

}  // namespace auth

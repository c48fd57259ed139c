// The keys a data directory holds, all in files that only the store's user may read:
//
//   root.keys     0600  a check line (check_line.h), which older stores did not write; then one
//                       root key per line, oldest first: <key id> <64 hex digits>
//   curve.secret  0600  CURVE25519 secret key of the server, Z85
//   curve.public  0644  its public key, Z85: what clients have to know
//
// Tokens of a root key stay good until its line is removed. Every function that touches files
// throws KeyFileError. Loaded keys do not change, so they may be read from several threads.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "secret.h"
#include "secret_file.h"

namespace auth {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kKeyIdBytesMax = 16;
inline constexpr std::size_t kNonceBytes = 16;
inline constexpr std::size_t kRootKeysMax = 64;
inline constexpr std::size_t kLabelBytesMax = 32;

// 1-32 of [A-Za-z0-9_-].
[[nodiscard]] bool is_label(std::string_view label);

// A token's identifier: "<key id>.<nonce>" or "<key id>.<nonce>.<label>". The key it was minted
// with; 16 random bytes as 22 characters of URL-safe base64; a name for people, who would not know
// it again otherwise. A key id is 1-16 of [a-z0-9]. Views into the text.
struct Identifier {
  std::string_view key_id;
  std::string_view label;  // empty: none

  // Empty when it is malformed.
  static std::optional<Identifier> parse(std::string_view text);
};

// Signs tokens.
class RootKeys {
 public:
  // The keys in `dir`; a file that is missing is an error.
  static RootKeys load(const std::filesystem::path& dir);

  // The same, after making the directory and a first key `k1` where they are missing.
  static RootKeys load_or_create(const std::filesystem::path& dir);

  // Adds a key, which is the newest then; or takes away an older one. On return the file says so.
  // Both throw KeyFileError and change nothing: when there are as many keys as there may be; when
  // the key is not there or is the newest.
  static RootKeys add(const std::filesystem::path& dir);
  static RootKeys retire(const std::filesystem::path& dir, std::string_view id);

  // Finds the key of databox's arbiter too (arbiter.h), which is in none of the files: of an empty
  // identifier, and of those that are made for it. `secret` must outlive this object.
  void trust_arbiter(std::string_view secret) { arbiter_ = secret; }

  // Oldest first; without the arbiter's, as all that follows but find().
  [[nodiscard]] std::vector<std::string> ids() const;

  // By which each key is known again; says nothing of the key. Oldest first.
  [[nodiscard]] std::vector<std::string> prints() const;

  // The key that an identifier names, as raw bytes that live as long as this object; empty when
  // the identifier is malformed or its key is not here.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view identifier) const;

  // A fresh identifier of the newest key. Every call gives another one. REQUIRES: `label` is one,
  // or empty.
  [[nodiscard]] std::string mint_identifier(std::string_view label = {}) const;

  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  struct Named {
    std::string id;
    Secret key;
  };

  explicit RootKeys(std::vector<Named> keys) : keys_(std::move(keys)) {}
  static void write(const std::filesystem::path& dir, const std::vector<Named>& keys);
  static Named parse_line(std::string_view line, const std::string& where);

  std::vector<Named> keys_;  // newest last, never empty
  std::optional<std::string_view> arbiter_;
};

// The server's key pair of ZeroMQ CURVE.
class CurveKeys {
 public:
  // Of a secret key in Z85. Empty if it is none.
  static std::optional<CurveKeys> parse(std::string_view secret_key);

  // Reads curve.secret and derives the public key; a curve.public that says otherwise is an error.
  static CurveKeys load(const std::filesystem::path& dir);

  // The same, after making what is missing; a lost curve.public is written again.
  static CurveKeys load_or_create(const std::filesystem::path& dir);

  // Makes this pair the one of `dir`, which is there; it may be already.
  void write(const std::filesystem::path& dir) const;

  [[nodiscard]] const Secret& secret_key() const { return secret_; }       // 32 raw bytes
  [[nodiscard]] const std::string& public_key() const { return public_; }  // Z85

 private:
  CurveKeys(Secret secret_key, std::string public_key)
      : secret_(std::move(secret_key)), public_(std::move(public_key)) {}

  Secret secret_;
  std::string public_;
};

// A new pair for a client: writes the secret key to `file`, which must not exist, as Z85 and with
// mode 0600, and returns the public key.
[[nodiscard]] std::string write_new_curve_key(const std::filesystem::path& file);

}  // namespace auth

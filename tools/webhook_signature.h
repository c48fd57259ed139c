// Signatures of posts as the Standard Webhooks specification has them (version 1.0.0, symmetric):
// github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "secret.h"

namespace tools {

class WebhookSigner {
 public:
  // One secret in each line: "whsec_" and base64, or any text, of 24 to 64 bytes. While one is
  // replaced there are two, and a receiver takes the post that either has signed. Throws UsageError
  // that names `file`, and quotes nothing of it.
  WebhookSigner(const std::string& file, std::string_view text);

  // "v1,<base64 of the HMAC-SHA256 of id.timestamp.body>", for each secret, with a space between.
  [[nodiscard]] std::string sign(std::string_view id, std::int64_t timestamp,
                                 std::string_view body) const;

 private:
  std::vector<auth::Secret> secrets_;
};

}  // namespace tools

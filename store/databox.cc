#include "databox.h"

#include <utility>

#include "arbiter_secret.h"
#include "secret_file.h"
#include "text_rules.h"

namespace store {
namespace {

// A file that root has made for all to read may be wherever a container manager puts it.
auth::Secret read_line(const std::string& file) {
  const auth::WipedText content{auth::read_trusted_file(file)};
  const std::string_view line = jobq::trimmed(content.text);
  if (line.empty()) {
    throw auth::KeyFileError(file + ": is empty");
  }
  return auth::Secret(line);
}

}  // namespace

DataboxSecrets read_databox_secrets(const std::string& directory) {
  const std::string secret_file = directory + "/ZMQ_SECRET_KEY";
  const std::string public_file = directory + "/ZMQ_PUBLIC_KEY";
  auto curve = auth::CurveKeys::parse(read_line(secret_file).bytes());
  if (!curve) {
    throw auth::KeyFileError(secret_file + ": not 40 characters of Z85");
  }
  if (read_line(public_file).bytes() != curve->public_key()) {
    throw auth::KeyFileError(public_file + ": is not the public key of " + secret_file);
  }
  return {*std::move(curve), read_line(directory + "/ARBITER_TOKEN")};
}

bool trust_arbiter(const Config& config, const DataboxSecrets& secrets, int stop_fd,
                   Rights& rights) {
  auto secret = arbiter_secret({.data = config.data,
                                .endpoint = config.databox_arbiter,
                                .server_key = secrets.curve.public_key(),
                                .name = config.name,
                                .token = secrets.arbiter_token.bytes()},
                               stop_fd);
  if (secret) {
    rights.trust_arbiter(std::move(secret->text), secret->is_new);
  }
  return secret.has_value();
}

}  // namespace store

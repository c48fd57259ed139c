// Files of keys, which people write and disks damage: a file is taken as it is meant or refused.
#include <algorithm>
#include <string>

#include "../temporary_directory.h"
#include "key_list.h"
#include "keys.h"
#include "targets.h"

namespace fuzzing {
namespace {

constexpr const char* kCurveSecret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

bool root_keys(const TemporaryDirectory& directory, std::string_view content) {
  directory.write("root.keys", std::string(content));
  const auth::RootKeys keys = auth::RootKeys::load(directory.path());
  expect(keys.size() >= 1 && keys.size() <= auth::kRootKeysMax, "there are as many as may be");
  expect(keys.find(keys.mint_identifier()).has_value(), "the newest key signs");
  for (const std::string& id : keys.ids()) {
    expect(content.find(id) != std::string_view::npos, "a key is of the file");
  }
  return true;
}

bool curve_keys(const TemporaryDirectory& directory, std::string_view secret,
                std::string_view open) {
  directory.write("curve.secret", std::string(secret));
  directory.write("curve.public", std::string(open));
  const auth::CurveKeys keys = auth::CurveKeys::load(directory.path());
  expect(keys.secret_key().bytes().size() == auth::kKeyBytes, "a secret key is whole");
  expect(open.find(keys.public_key()) != std::string_view::npos, "the public key is of the file");
  return true;
}

bool key_list(const TemporaryDirectory& directory, std::string_view content) {
  directory.write("drivers", std::string(content));
  const store::KeyList list(directory.path() / "drivers");
  expect(list.size() <= store::kListedKeysMax, "a list is within its limit");
  return list.size() > 0;
}

}  // namespace

bool key_file(std::string_view bytes) {
  static const TemporaryDirectory directory;
  if (bytes.empty()) {
    return false;
  }
  const std::string_view content = bytes.substr(1);
  try {
    switch (bytes.front() & 3) {
      case 0: return root_keys(directory, content);
      case 1: return curve_keys(directory, kCurveSecret, content);
      case 2: {
        const std::size_t half = std::min(content.find('\n'), content.size());
        return curve_keys(directory, content.substr(0, half),
                          content.substr(std::min(half + 1, content.size())));
      }
      default: return key_list(directory, content);
    }
  } catch (const auth::KeyFileError& refusal) {
    expect(*refusal.what() != '\0', "a refusal has a reason");
  } catch (const store::KeyListError& refusal) {
    expect(*refusal.what() != '\0', "a refusal has a reason");
  }
  return false;
}

}  // namespace fuzzing

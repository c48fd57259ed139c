// Files of keys, which people write and disks damage: a file is taken as it is meant or refused.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "key_list.h"
#include "keys.h"
#include "targets.h"

namespace fuzzing {
namespace {

// Of this process, gone with it.
class Directory {
 public:
  Directory() {
    std::string path = std::filesystem::temp_directory_path() / "fuzz-keys-XXXXXX";
    expect(::mkdtemp(path.data()) != nullptr, "there is room for a directory");
    path_ = path;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const char* name, std::string_view content) const {
    const std::filesystem::path file = path_ / name;
    std::ofstream(file, std::ios::binary) << content;
    expect(::chmod(file.c_str(), 0600) == 0, "the file is there");
    return file;
  }

 private:
  std::filesystem::path path_;
};

constexpr const char* kCurveSecret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

bool root_keys(const Directory& directory, std::string_view content) {
  directory.write("root.keys", content);
  const auth::RootKeys keys = auth::RootKeys::load(directory.path());
  expect(keys.size() >= 1 && keys.size() <= auth::kRootKeysMax, "there are as many as may be");
  expect(keys.find(keys.mint_identifier()).has_value(), "the newest key signs");
  for (const std::string& id : keys.ids()) {
    expect(content.find(id) != std::string_view::npos, "a key is of the file");
  }
  return true;
}

bool curve_keys(const Directory& directory, std::string_view secret, std::string_view open) {
  directory.write("curve.secret", secret);
  directory.write("curve.public", open);
  const auth::CurveKeys keys = auth::CurveKeys::load(directory.path());
  expect(keys.secret_key().bytes().size() == auth::kKeyBytes, "a secret key is whole");
  expect(open.find(keys.public_key()) != std::string_view::npos, "the public key is of the file");
  return true;
}

bool key_list(const Directory& directory, std::string_view content) {
  const store::KeyList list(directory.write("drivers", content));
  expect(list.size() <= store::kListedKeysMax, "a list is within its limit");
  return list.size() > 0;
}

}  // namespace

bool key_file(std::string_view bytes) {
  static const Directory directory;
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

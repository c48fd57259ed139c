#include "verify_directory.h"

#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string_view>

#include "alive.h"
#include "data_directory.h"
#include "keys.h"
#include "rocks_storage.h"
#include "verify.h"

namespace store {
namespace {

void tell(const std::string& line) { std::cout << line << std::endl; }

// An assertion of RocksDB's, which has been printed.
void end_damaged(int) {
  constexpr std::string_view kText = "DAMAGED: a start would end here\n";
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, kText.data(), kText.size());
  ::_exit(1);
}

void verify_keys(const DataDirectory& directory, const std::string& path) {
  for (const auto& [file, option] :
       {std::pair("root.keys", "--new-root-key"), std::pair("curve.secret", "--new-curve-key")}) {
    directory.check_key_file(file, false, option);
  }
  const auth::RootKeys roots = auth::RootKeys::load(path);
  directory.check_roots(roots.prints(), false);
  directory.check_curve(auth::CurveKeys::load(path).public_key(), false);
  tell("keys        " + std::to_string(roots.size()) + " root keys and curve.secret belong here");
}

// A loss of power damages it too, and a start does without.
void verify_clock(const std::string& path) {
  if (AliveFile::is_damaged(path + "/clock")) {
    tell("clock       " + path + "/clock is damaged: a start will go by the machine's clock");
  }
}

void verify_data(const DataDirectory& directory) {
  RocksStorage storage(directory.database(), {.look = true, .store = directory.parts().store});
  storage.check_files();
  tell("database    " + storage.store() + " belongs here; checksums of all files are right");
  verify(storage, tell);
}

}  // namespace

int verify_directory(const std::string& path) {
  std::signal(SIGABRT, end_damaged);
  try {
    const DataDirectory directory(path, DataDirectory::Opening::kLook);
    verify_keys(directory, path);
    verify_clock(path);
    try {
      verify_data(directory);
    } catch (const StorageError& damage) {
      throw StorageError(directory.database() + ": " + damage.what());
    }
  } catch (const DirectoryUnfit& unfit) {
    std::cerr << "jobqd: " << unfit.what() << '\n';
    return 2;
  } catch (const std::exception& damage) {
    tell(std::string("DAMAGED: ") + damage.what());
    return 1;
  }
  tell(path + ": sound");
  return 0;
}

}  // namespace store

#include "backups.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <iostream>
#include <utility>

#include "data_directory.h"
#include "descriptor.h"
#include "journal_mark.h"
#include "secret_file.h"
#include "verify_directory.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles = ".files";
// Parts of a data directory beside its database, which come before it: a mark must not know turns
// that the database has not.
constexpr std::array kParts = {"db.mark", "format", "root.keys", "curve.secret", "curve.public"};

void copy_parts(const fs::path& from, const fs::path& to) {
  for (const char* const part : kParts) {
    if (part != std::string_view("curve.public") || fs::exists(from / part)) {
      fs::copy_file(from / part, to / part);
      sync_path(to / part);
    }
  }
}

// On disk under its new name on return.
void rename_whole(const fs::path& from, const fs::path& to) {
  sync_path(from);
  fs::rename(from, to);
  sync_path(to.parent_path().empty() ? fs::path(".") : to.parent_path());
}

}  // namespace

// As long as it lives, the destructor of Backups can end the engine's work.
class Backups::Stoppable {
 public:
  Stoppable(Backups& backups, RocksBackup& engine) : backups_(backups) {
    const jobq::MutexLock lock(backups_.engine_mutex_);
    if (backups_.is_stopped_) {
      throw StorageError("the store is shutting down");
    }
    backups_.engine_ = &engine;
  }
  ~Stoppable() {
    const jobq::MutexLock lock(backups_.engine_mutex_);
    backups_.engine_ = nullptr;
  }
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;

 private:
  Backups& backups_;
};

Backups::Backups(const RocksStorage* storage, Options options)
    : storage_(storage), options_(std::move(options)) {
  if (!options_.directory.empty()) {
    const auth::SecretDirectory directory(options_.directory);  // it has keys in it
  }
}

Backups::~Backups() {
  {
    const jobq::MutexLock lock(engine_mutex_);
    is_stopped_ = true;
    if (engine_ != nullptr) {
      engine_->stop();
    }
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::optional<Refused> Backups::begin(const Origin& origin, std::string_view name) {
  if (options_.directory.empty()) {
    return Refused{Code::kNotFound, "backup: this store makes none; jobqd --backups DIR allows it"};
  }
  if (name.starts_with('.')) {
    return Refused{Code::kBadRequest, "backup: a name must not begin with a dot"};
  }
  if (is_making()) {
    if (name_ != name) {
      return Refused{Code::kConflict, "backup: " + name_ + " is being made; ask again after it"};
    }
    if (origins_.size() >= kAskersMax) {
      return Refused{Code::kTooMany,
                     "backup: " + std::to_string(kAskersMax) + " ask for it already",
                     std::chrono::seconds(1)};
    }
    origins_.push_back(origin);
    return std::nullopt;
  }
  if (fs::exists(fs::path(options_.directory) / name)) {
    return Refused{Code::kConflict, "backup: " + std::string(name) + " exists; name another one"};
  }
  name_ = name;
  origins_ = {origin};
  is_done_ = false;
  thread_ = std::thread([this] {
    outcome_ = make();
    is_done_ = true;
  });
  return std::nullopt;
}

void Backups::take_answers(std::vector<Outbound>& replies, std::vector<ServerAnswer>& answers) {
  if (!is_making() || !is_done_) {
    return;
  }
  thread_.join();
  for (Origin& origin : std::exchange(origins_, {})) {
    if (const auto* refused = std::get_if<Refused>(&*outcome_)) {
      replies.push_back({std::move(origin), *refused});
    } else {
      answers.push_back({std::move(origin), std::get<jobq::Backup>(*outcome_)});
    }
  }
}

Backups::Outcome Backups::make() {
  const std::string draft = options_.directory + "/." + name_ + ".new";
  try {
    return make_in(draft);
  } catch (const NoRoom& full) {
    spdlog::warn("backup {}: {}", name_, full.what());
    return Refused{Code::kFull, "backup: the disk of --backups has not the room"};
  } catch (const std::exception& failure) {
    spdlog::error("backup {}: {}", name_, failure.what());
    std::error_code ignored;
    fs::remove_all(draft, ignored);
    return Refused{Code::kFull, "backup: it cannot be written; see the store's log"};
  }
}

jobq::Backup Backups::make_in(const std::string& draft) {
  const fs::path directory = options_.directory;
  const auth::Descriptor lock(
      ::open((directory / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.is_open() || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    throw StorageError(directory.string() + "/.lock: another store makes a backup");
  }
  RocksBackup engine(directory / kFiles,
                     [&](const std::string& name) { return fs::exists(directory / name); });
  const Stoppable stoppable(*this, engine);
  fs::remove_all(draft);
  fs::create_directory(draft);
  copy_parts(options_.data, draft);
  jobq::Backup backup{.name = name_};
  backup.turn = JournalMark(draft + "/db.mark", JournalMark::Access::kRead).point().turn;
  const RocksBackup::Made made = engine.make(*storage_, name_, options_.reserve);
  backup.bytes = made.bytes;
  backup.new_bytes = made.new_bytes;
  rename_whole(draft, directory / name_);
  spdlog::info("backup {}: {} bytes, {} of them new", name_, backup.bytes, backup.new_bytes);
  return backup;
}

int restore_backup(const std::string& backup, const std::string& data) {
  const fs::path from = (fs::path(backup) / "").parent_path();
  const fs::path to = (fs::path(data) / "").parent_path();
  const fs::path draft = to.string() + ".restoring";
  try {
    if (fs::exists(to)) {
      throw DirectoryUnfit(to.string() + ": is there already; name a new directory");
    }
    if (!fs::exists(from / "format")) {
      throw DirectoryUnfit(from.string() + ": is no backup: it has no file named format");
    }
    fs::remove_all(draft);  // of a restore that was cut short
    fs::create_directory(draft);
    const fs::path files = fs::absolute(from).parent_path() / kFiles;
    RocksBackup::restore(files, from.filename(), draft / "db");
    copy_parts(from, draft);
    if (const int code = verify_directory(draft); code != 0) {
      fs::remove_all(draft);
      return code;
    }
    rename_whole(draft, to);
  } catch (const DirectoryUnfit& unfit) {
    std::cerr << "jobqd: " << unfit.what() << '\n';
    return 2;
  } catch (const std::exception& damage) {
    std::error_code ignored;
    fs::remove_all(draft, ignored);
    std::cout << "DAMAGED: " << damage.what() << std::endl;
    return 1;
  }
  std::cout << to.string() << ": restored" << std::endl;
  return 0;
}

}  // namespace store

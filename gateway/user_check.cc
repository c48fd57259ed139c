#include "user_check.h"

#include <kj/debug.h>
#include <sodium.h>
#include <sys/stat.h>

#include <deque>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include "mutex.h"
#include "refusal.h"
#include "secret.h"
#include "secret_file.h"

namespace gateway {
namespace {

constexpr kj::Duration kKnownFor = 5 * kj::MINUTES;
constexpr std::size_t kUnderWayMax = 32;  // each takes a tenth of a second
constexpr std::size_t kPasswordBytesMax = 1024;

std::string random_bytes(std::size_t size) {
  return std::string(auth::Secret::random(size).bytes());
}

}  // namespace

// One password after the other.
class UserCheck::Thread {
 public:
  Thread() : thread_([this] { run(); }) {}
  ~Thread() {
    {
      jobq::MutexLock lock(mutex_);
      is_over_ = true;
      work_.clear();
    }
    changed_.notify_one();
    thread_.join();
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  kj::Promise<bool> check(const std::string& hash, const std::string& password) {
    auto told = kj::newPromiseAndCrossThreadFulfiller<bool>();
    {
      jobq::MutexLock lock(mutex_);
      work_.push_back({hash, auth::Secret(password), kj::mv(told.fulfiller)});
    }
    changed_.notify_one();
    return kj::mv(told.promise);
  }

 private:
  struct Work {
    std::string hash;
    auth::Secret password;
    kj::Own<kj::CrossThreadPromiseFulfiller<bool>> told;
  };

  std::optional<Work> next() {
    jobq::MutexLock lock(mutex_);
    while (work_.empty() && !is_over_) changed_.wait(lock);
    if (is_over_) return std::nullopt;
    Work work = std::move(work_.front());
    work_.pop_front();
    return work;
  }

  void run() {
    while (auto work = next()) {
      if (!work->told->isWaiting()) continue;  // whoever asked has gone
      work->told->fulfill(tools::is_password(work->hash, work->password.bytes()));
    }
  }

  jobq::Mutex mutex_;
  jobq::Condition changed_;
  std::deque<Work> work_ GUARDED_BY(mutex_);
  bool is_over_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

UserCheck::UserCheck(const std::string& file, kj::Timer& timer)
    : file_(file),
      timer_(timer),
      key_(random_bytes(crypto_generichash_KEYBYTES)),
      nobody_(tools::hash_of_password(random_bytes(crypto_generichash_KEYBYTES))),
      state_(state_of_file()),
      thread_(std::make_unique<Thread>()) {
  for (auto& [name, user] : tools::read_users(file_)) {
    users_.emplace(name, std::make_shared<const tools::User>(user));
  }
}

UserCheck::~UserCheck() = default;

UserCheck::State UserCheck::state_of_file() const {
  struct stat info {};
  if (::stat(file_.c_str(), &info) != 0) return {};
  return {.changed_ns = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec,
          .size = info.st_size,
          .inode = info.st_ino};
}

void UserCheck::read_again() {
  const State state = state_of_file();
  if (state == state_) return;
  state_ = state;
  try {
    std::map<std::string, Found, std::less<>> users;
    for (auto& [name, user] : tools::read_users(file_)) {
      users.emplace(name, std::make_shared<const tools::User>(user));
    }
    users_ = std::move(users);
    known_.clear();
  } catch (const auth::KeyFileError& error) {
    std::cerr << "jobq-http: the users stay as they were: " << error.what() << std::endl;
  }
}

UserCheck::Found UserCheck::find(const std::string& name) const {
  const auto found = users_.find(name);
  return found == users_.end() ? nullptr : found->second;
}

UserCheck::Found UserCheck::named(const std::string& name) {
  read_again();
  Found user = find(name);
  return user && user->password.empty() ? user : nullptr;
}

// What is kept says nothing of the password to who has no key.
std::string UserCheck::proof_of(const std::string& hash, const std::string& password) const {
  std::string proof(crypto_generichash_BYTES, '\0');
  const std::string text = hash + '\0' + password;
  crypto_generichash(reinterpret_cast<unsigned char*>(proof.data()), proof.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     reinterpret_cast<const unsigned char*>(key_.data()), key_.size());
  return proof;
}

kj::Promise<UserCheck::Found> UserCheck::check(const std::string& name,
                                               const std::string& password) {
  read_again();
  if (password.size() > kPasswordBytesMax) throw Refusal(400, "Authorization", "is too long");
  const Found user = find(name);
  const bool has_password = user && !user->password.empty();
  const std::string hash = has_password ? user->password : nobody_;
  std::string proof = proof_of(hash, password);
  const auto known = known_.find(name);
  if (has_password && known != known_.end() && timer_.now() < known->second.until &&
      sodium_memcmp(known->second.proof.data(), proof.data(), proof.size()) == 0) {
    return user;
  }
  if (under_way_ >= kUnderWayMax) {
    throw Refusal(503, "gateway", "too many passwords are being checked");
  }
  ++under_way_;
  return thread_->check(hash, password)
      .then([this, name, user, has_password, proof = std::move(proof)](bool is_right) -> Found {
        if (!is_right || !has_password) return nullptr;
        // The file may have another user of that name by now.
        if (find(name) == user)
          known_.insert_or_assign(name, Known{proof, timer_.now() + kKnownFor});
        return user;
      })
      .attach(kj::defer([this] { --under_way_; }));
}

}  // namespace gateway

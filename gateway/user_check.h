// Who a name and a password stand for, by a file that `jobq users` writes. It is looked at again
// once it has changed. To check a password is slow on purpose: a thread does it, one after the
// other, and who was right is known for a while.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <map>
#include <memory>
#include <string>

#include "jobq/types.h"
#include "user_file.h"

namespace gateway {

class UserCheck {
 public:
  // Null: there is no such user, or it is another password. Whoever has one keeps it, whatever
  // becomes of the file.
  using Found = std::shared_ptr<const tools::User>;

  // Throws auth::KeyFileError when the file cannot be used. A later one that cannot be is left
  // aside, and said so.
  UserCheck(const std::string& file, kj::Timer& timer);
  ~UserCheck();

  // An unknown user takes as long as a wrong password. Throws Refusal (503) where too many are
  // under way.
  kj::Promise<Found> check(const std::string& name, const std::string& password);
  // A user without a password, by the name alone.
  Found named(const std::string& name);

 private:
  class Thread;
  struct Known {
    std::string proof{};  // of hash and password, with a key that no one else has
    kj::TimePoint until;
  };
  struct State {  // of the file, as it was read
    std::int64_t changed_ns = 0;
    std::int64_t size = 0;
    std::uint64_t inode = 0;
    bool operator==(const State&) const = default;
  };

  State state_of_file() const;
  void read_again();
  Found find(const std::string& name) const;
  std::string proof_of(const std::string& hash, const std::string& password) const;

  const std::string file_;
  kj::Timer& timer_;
  const std::string key_;
  const std::string nobody_;  // a hash that no password fits
  State state_{};
  std::map<std::string, Found, std::less<>> users_{};
  std::map<std::string, Known, std::less<>> known_{};  // by name; of users that there are
  std::size_t under_way_ = 0;
  std::unique_ptr<Thread> thread_;
};

}  // namespace gateway

// Names that programs of other protocols come with, and the tokens that stand for them: a file that
// only its owner may read, with a user on each line, as JSON. `jobq users` writes it, jobq-http
// reads it. docs/compatibility.md says what for.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

// Tokens for the paths of one datasource, each as `jobq mint` prints it; empty: none.
struct UserRights {
  std::string datasource{};
  std::string client{};
  std::string driver{};
  std::string operators{};
  std::string look{};  // a driver's, to show that there are jobs of others, and no more
  bool operator==(const UserRights&) const = default;
};

struct User {
  std::string name{};
  std::string password{};  // as hash_of_password() makes it; empty: the name alone is believed
  std::vector<UserRights> rights{};
  bool operator==(const User&) const = default;

  // Null: none.
  [[nodiscard]] const UserRights* rights_for(std::string_view datasource) const;
};

// Empty: nothing.
[[nodiscard]] std::string wrong_with_user(const User& user);

using Users = std::map<std::string, User, std::less<>>;

// Throws auth::KeyFileError, also when somebody else may read the file, and where a line is none.
[[nodiscard]] Users read_users(const std::string& path);
// In place of the file that is there. Throws auth::KeyFileError.
void write_users(const std::string& path, const Users& users);

// "$argon2id$...", with salt and cost. Takes a tenth of a second and 64 MiB, as does to check one.
[[nodiscard]] std::string hash_of_password(std::string_view password);
// `hash`: as the above makes it.
[[nodiscard]] bool is_password(const std::string& hash, std::string_view password);

}  // namespace tools

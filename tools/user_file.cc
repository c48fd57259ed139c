#include "user_file.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <filesystem>
#include <new>

#include "fields.h"
#include "json_values.h"
#include "secret.h"
#include "secret_file.h"
#include "text_rules.h"

namespace tools {

FIELDS(UserRights) {
  FIELD(datasource, Datasource);
  FIELD(client, Client);
  FIELD(driver, Driver);
  FIELD(operators, Operator);
  FIELD(look, Look);
}
FIELDS(User) {
  FIELD(name, Name);
  FIELD(password, Password);
  FIELD(rights, Rights);
}

namespace {

constexpr std::size_t kFileBytesMax = std::size_t{8} << 20;
constexpr std::string_view kHashBegin = "$argon2id$";

}  // namespace

const UserRights* User::rights_for(std::string_view datasource) const {
  const auto found = std::find_if(rights.begin(), rights.end(), [&](const UserRights& one) {
    return one.datasource == datasource;
  });
  return found == rights.end() ? nullptr : &*found;
}

std::string wrong_with_user(const User& user) {
  std::string wrong = jobq::wrong_with_name(user.name, jobq::limits::kIdBytesMax);
  if (!wrong.empty()) return "name: " + wrong;
  if (user.name.find(':') != user.name.npos) return "name: has a colon";
  if (!user.password.empty() && !user.password.starts_with(kHashBegin)) {
    return "password: is no hash of argon2id";
  }
  for (const UserRights& rights : user.rights) {
    wrong = jobq::wrong_with_datasource_id(rights.datasource);
    if (!wrong.empty()) return "rights: datasource: " + wrong;
    if (user.rights_for(rights.datasource) != &rights) {
      return "rights: " + rights.datasource + ": stands there twice";
    }
  }
  return {};
}

Users read_users(const std::string& path) {
  const auth::WipedText file{auth::read_secret_file(path, kFileBytesMax)};
  Users users;
  std::size_t number = 0;
  for (std::string_view rest = file.text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = jobq::trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.empty()) continue;
    User user;
    std::string wrong = jobq::json_problem(line) ? "is not JSON" : "";
    try {
      if (wrong.empty()) jobq::read_json(line, user);
      if (wrong.empty()) wrong = wrong_with_user(user);
    } catch (const jobq::WrongField& error) {
      wrong = error.what();
    }
    if (wrong.empty() && users.contains(user.name)) wrong = "name: stands there twice";
    if (!wrong.empty()) {
      throw auth::KeyFileError(fmt::format("{}: line {}: {}", path, number, wrong));
    }
    users.emplace(user.name, std::move(user));
  }
  return users;
}

void write_users(const std::string& path, const Users& users) {
  namespace fs = std::filesystem;
  auth::WipedText text;
  for (const auto& [name, user] : users) {
    jobq::append_json(text.text, user);
    text.text += '\n';
  }
  const std::string fresh = path + ".new";
  std::error_code error;
  fs::remove(fresh, error);
  auth::write_new_secret(fresh, text.text);
  fs::rename(fresh, path, error);
  if (error) throw auth::KeyFileError(path + ": cannot be replaced: " + error.message());
}

std::string hash_of_password(std::string_view password) {
  auth::init_sodium();
  char hash[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_argon2id_str(hash, password.data(), password.size(),
                                 crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                                 crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE) != 0) {
    throw std::bad_alloc();
  }
  return hash;
}

bool is_password(const std::string& hash, std::string_view password) {
  auth::init_sodium();
  return crypto_pwhash_argon2id_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace tools

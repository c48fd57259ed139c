// jobq users: names and passwords of other protocols, which jobq-http maps to tokens. Files alone:
// the store is not asked.
#include <fmt/format.h>

#include <filesystem>

#include "json_text.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "secret.h"
#include "secret_file.h"
#include "token_options.h"
#include "user_file.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr std::size_t kPasswordBytesMax = 1024;

struct UserOptions {
  std::string file;
  std::string name;

  void declare(Options& options) {
    options.text("FILE", file, "File with the users, which nobody else may read");
    options.text("NAME", name, "The user");
  }
  // There need not be a file yet.
  Users read() const { return std::filesystem::exists(file) ? read_users(file) : Users(); }
};

// "client, driver", of what there is a token for.
std::string kinds_of(const UserRights& rights) {
  std::string kinds;
  for (const auto& [kind, token] : {std::pair("client", &rights.client),
                                    {"driver", &rights.driver},
                                    {"operator", &rights.operators},
                                    {"look", &rights.look}}) {
    if (!token->empty()) kinds += (kinds.empty() ? "" : ", ") + std::string(kind);
  }
  return kinds;
}

struct Add : UserOptions {
  static constexpr Words kWords{
      "add", "Tokens", "Add a user to a file, or change what one may do",
      "  jobq users add users alice --password-file - --datasource scan --client-token-file "
      "a.token\n"
      "  jobq users add users service1 --datasource scan --driver-token-file scan.token\n\n"
      "A user without a password is believed by the name alone: only for where all who reach\n"
      "jobq-http may do what that user may. A running jobq-http reads the file again."};

  std::string password_file;
  std::string datasource;
  std::string client_file;
  std::string driver_file;
  std::string operator_file;
  std::string look_file;

  void declare(Options& options) {
    UserOptions::declare(options);
    options.text("--password-file FILE", password_file,
                 "File with the password; -: standard input; default: as it is");
    auto* of = options.datasource("--datasource DSID", datasource,
                                  "What the tokens are for; those that it has are replaced");
    for (auto* token :
         {options.text("--client-token-file FILE", client_file, "To submit jobs and see them"),
          options.text("--driver-token-file FILE", driver_file,
                       "To take and finish jobs, and see everybody's"),
          options.text("--operator-token-file FILE", operator_file,
                       "To restart, remove and edit jobs"),
          options.text("--look-token-file FILE", look_file,
                       "To see in core4's queue that there are jobs of others, without what they "
                       "are: of `jobq mint --driver-of DSID --status-only`")}) {
      Options::need(token, of);
    }
  }

  static std::string token_of(const std::string& file) {
    if (file.empty()) return {};
    const std::string token(trimmed(read_input(file, auth::kSecretFileBytesMax)));
    static_cast<void>(unless_wrong(auth::Bundle::parse(token), file + ": "));
    return token;
  }

  int run(const ConnectionOptions& common) const {
    Users users = read();
    User& user = users[name];
    user.name = name;
    if (!password_file.empty()) {
      const auth::WipedText text{read_input(password_file, kPasswordBytesMax)};
      const std::string_view line =
          std::string_view(text.text).substr(0, text.text.find_first_of("\r\n"));
      if (line.empty()) throw UsageError("--password-file: there is no password");
      user.password = hash_of_password(line);
    }
    if (!datasource.empty()) {
      std::erase_if(user.rights,
                    [&](const UserRights& one) { return one.datasource == datasource; });
      const UserRights rights{datasource, token_of(client_file), token_of(driver_file),
                              token_of(operator_file), token_of(look_file)};
      if (!kinds_of(rights).empty()) user.rights.push_back(rights);
    }
    const std::string wrong = wrong_with_user(user);
    if (!wrong.empty()) throw UsageError(printable(wrong));
    write_users(file, users);
    if (user.password.empty()) {
      say("jobq: note: without a password whoever says to be {} is believed\n", printable(name));
    }
    return show(common, Json{{"name", name}}, [&] { return printable(name) + "\n"; });
  }
};

struct Remove : UserOptions {
  static constexpr Words kWords{"remove", "Tokens", "Take a user out of a file",
                                "  jobq users remove users alice\n\n"
                                "Tokens that were copied elsewhere stay good: `jobq revoke`."};

  int run(const ConnectionOptions& common) const {
    Users users = read();
    if (users.erase(name) == 0) throw UsageError("NAME: there is no such user");
    write_users(file, users);
    return show(common, Json{{"name", name}, {"removed", true}}, [] { return "removed\n"; });
  }
};

struct List {
  static constexpr Words kWords{"list", "Tokens", "List the users of a file, and what they may do",
                                "  jobq users list users"};

  std::string file;

  void declare(Options& options) { options.text("FILE", file, "File with the users"); }

  int run(const ConnectionOptions& common) const {
    std::vector<Json> all;
    Table table({{"NAME"}, {"PASSWORD"}, {"DATASOURCE"}, {"TOKENS"}});
    for (const auto& [name, user] : read_users(file)) {
      Json one = {{"name", name}, {"hasPassword", !user.password.empty()}};
      one["rights"] = Json::array();
      std::string datasources;
      std::string tokens;
      for (const UserRights& rights : user.rights) {
        one["rights"].push_back({{"datasource", rights.datasource}, {"tokens", kinds_of(rights)}});
        datasources += (datasources.empty() ? "" : "; ") + rights.datasource;
        tokens += (tokens.empty() ? "" : "; ") + kinds_of(rights);
      }
      all.push_back(one);
      table.add({{name}, {user.password.empty() ? "none" : "yes"}, {datasources}, {tokens}});
    }
    return show_all(common, all, [&] { return table.render(display_of(stdout)); });
  }
};

}  // namespace

void add_users(Program& program) {
  CLI::App* users = program.add_parent(
      {"users", "Tokens", "Names and passwords that jobq-http maps to tokens: add, list, remove",
       "  jobq users add users alice --password-file - --datasource scan --client-token-file "
       "a.token\n"
       "  jobq users list users"},
      program.app);
  program.add<Add, List, Remove>(*users);
}

}  // namespace tools

#include "keys.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "../temporary_directory.h"
#include "authorizer.h"
#include "secret_file.h"
#include "z85.h"

using namespace auth;

namespace {

const std::string kHexKey(64, '5');
const std::string kNonce = "AAAAAAAAAAAAAAAAAAAAAA";

unsigned mode_of(const std::filesystem::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

void set_mode(const std::filesystem::path& path, mode_t mode) {
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

template <typename Call>
std::string key_file_error(Call call) {
  try {
    call();
  } catch (const KeyFileError& error) {
    return error.what();
  }
  FAIL("no KeyFileError");
  return {};
}

std::size_t file_count(const std::filesystem::path& dir) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir)) ++count;
  return count;
}

struct Umask {
  explicit Umask(mode_t mask) : before(::umask(mask)) {}
  ~Umask() { ::umask(before); }
  mode_t before;
};

}  // namespace

TEST_CASE("Z85 agrees with the example of its specification", "[z85]") {
  const std::string bytes = "\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B";
  CHECK(z85_encode(bytes) == "HelloWorld");
  CHECK(z85_decode("HelloWorld") == bytes);
  CHECK(z85_encode(std::string(32, '\xff')).size() == 40);
  CHECK(z85_decode(z85_encode(std::string(32, '\xff'))) == std::string(32, '\xff'));
  CHECK(z85_decode(std::string(40, '0')) == std::string(32, '\0'));
}

TEST_CASE("Z85 refuses what stands for no bytes", "[z85]") {
  CHECK_THROWS_AS(z85_encode("abc"), std::invalid_argument);
  CHECK_FALSE(z85_decode("Hello1"));
  CHECK_FALSE(z85_decode("Hell~"));
  CHECK_FALSE(z85_decode("Hell "));
  CHECK(z85_decode("%nSc0") == std::string(4, '\xff'));
  CHECK_FALSE(z85_decode("%nSc1"));
  CHECK_FALSE(z85_decode("#####"));
}

TEST_CASE("a first start makes the directory and private key files") {
  const TemporaryDirectory parent;
  const std::filesystem::path dir = parent.path() / "data";
  for (const mode_t mask : {mode_t{0}, mode_t{0077}}) {
    const Umask umask(mask);
    std::filesystem::remove_all(dir);
    (void)RootKeys::load_or_create(dir);
    (void)CurveKeys::load_or_create(dir);
    CHECK(mode_of(dir) == 0700);
    CHECK(mode_of(dir / "root.keys") == 0600);
    CHECK(mode_of(dir / "curve.secret") == 0600);
    CHECK(mode_of(dir / "curve.public") == 0644);
    CHECK(file_count(dir) == 3);
  }
}

TEST_CASE("keys are the same after a restart") {
  const TemporaryDirectory dir;
  const RootKeys first = RootKeys::load_or_create(dir.path());
  const CurveKeys curve = CurveKeys::load_or_create(dir.path());
  const std::string identifier = first.mint_identifier();
  for (int restart = 0; restart < 2; ++restart) {
    const RootKeys again =
        restart == 0 ? RootKeys::load_or_create(dir.path()) : RootKeys::load(dir.path());
    CHECK(again.find(identifier) == first.find(identifier));
    const CurveKeys curve_again =
        restart == 0 ? CurveKeys::load_or_create(dir.path()) : CurveKeys::load(dir.path());
    CHECK(curve_again.public_key() == curve.public_key());
    CHECK(curve_again.secret_key().bytes() == curve.secret_key().bytes());
  }
  REQUIRE(first.find(identifier));
  CHECK(first.find(identifier)->size() == kKeyBytes);
}

TEST_CASE("two stores have different keys") {
  const TemporaryDirectory one;
  const TemporaryDirectory two;
  CHECK(RootKeys::load_or_create(one.path()).find("k1." + kNonce) !=
        RootKeys::load_or_create(two.path()).find("k1." + kNonce));
  CHECK(CurveKeys::load_or_create(one.path()).public_key() !=
        CurveKeys::load_or_create(two.path()).public_key());
}

TEST_CASE("loading creates nothing") {
  const TemporaryDirectory dir;
  CHECK_THAT(key_file_error([&] { (void)RootKeys::load(dir.path()); }),
             Catch::Contains("root.keys: cannot be opened: No such file"));
  CHECK_THROWS_AS(CurveKeys::load(dir.path()), KeyFileError);
  CHECK(file_count(dir.path()) == 0);
}

TEST_CASE("identifiers name the newest key and never repeat") {
  const TemporaryDirectory dir;
  dir.write("root.keys", "k1 " + kHexKey + "\nk2 " + std::string(64, '6') + "\n");
  const RootKeys keys = RootKeys::load(dir.path());
  CHECK(keys.size() == 2);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string identifier = keys.mint_identifier();
    REQUIRE(identifier.size() == 3 + 22);
    REQUIRE(identifier.starts_with("k2."));
    REQUIRE(keys.find(identifier) == std::string(32, 'f'));  // 0x66
    REQUIRE(seen.insert(identifier).second);
  }
  CHECK(keys.find("k1." + kNonce) == std::string(32, 'U'));  // 0x55
}

TEST_CASE("an identifier that names no key here finds none") {
  const TemporaryDirectory dir;
  dir.write("root.keys", "k1 " + kHexKey + "\n");
  const RootKeys keys = RootKeys::load(dir.path());
  REQUIRE(keys.find("k1." + kNonce));
  for (const std::string& identifier : {std::string(),
                                        std::string("k1"),
                                        "k1" + kNonce,
                                        "k2." + kNonce,
                                        "K1." + kNonce,
                                        "k1." + kNonce + "A",
                                        "k1." + kNonce.substr(1),
                                        "k1." + kNonce.substr(1) + "!",
                                        "k1." + kNonce.substr(1) + "B",
                                        "k1." + kNonce.substr(1) + "\x80",
                                        "k1.." + kNonce.substr(1),
                                        "." + kNonce,
                                        " k1." + kNonce,
                                        "k1." + kNonce + ".",
                                        "k1." + kNonce + "..a",
                                        "k1." + kNonce + ".a.b",
                                        "k1." + kNonce + ".a b",
                                        "k1." + kNonce + ".\xc3\xa4",
                                        "k1." + kNonce + "." + std::string(33, 'a'),
                                        "k1.a." + kNonce,
                                        "k1.+" + kNonce.substr(1),
                                        "k1." + kNonce + "=="}) {
    CAPTURE(identifier);
    CHECK_FALSE(keys.find(identifier));
    CHECK((identifier.starts_with("k2.") || !Identifier::parse(identifier)));
  }
}

TEST_CASE("an identifier may end in a label, which no copy can shed", "[label]") {
  const TemporaryDirectory dir;
  const RootKeys keys = RootKeys::load_or_create(dir.path());
  const std::string longest = std::string(29, 'z') + "_-9";
  for (const std::string& label : {std::string("a"), std::string("Alice-laptop_2"), longest}) {
    const std::string identifier = keys.mint_identifier(label);
    REQUIRE(identifier.ends_with("." + label));
    CHECK(keys.find(identifier) == keys.find("k1." + kNonce));
    CHECK(Identifier::parse(identifier)->label == label);
    CHECK(Identifier::parse(identifier)->key_id == "k1");

    const Macaroon token = mint_token(keys, "s", {}, label);
    CHECK(Identifier::parse(token.identifier())->label == label);
    CHECK(token.verify(*keys.find(token.identifier())));
    std::string without = token.binary(Format::kV2);
    const std::size_t at = without.find(token.identifier());
    without.replace(at - 1, 1 + token.identifier().size(),
                    static_cast<char>(25) + std::string(token.identifier().substr(0, 25)));
    const auto shed = Macaroon::parse(without);
    REQUIRE(std::holds_alternative<Macaroon>(shed));
    REQUIRE(keys.find(std::get<Macaroon>(shed).identifier()));
    CHECK_FALSE(std::get<Macaroon>(shed).verify(*keys.find("k1." + kNonce)));
  }
  CHECK(Identifier::parse("k1." + kNonce)->label.empty());
  for (const std::string& label : {longest + "a", std::string("a.b"), std::string("a b")}) {
    CHECK_THROWS_AS(mint_token(keys, "s", {}, label), std::invalid_argument);
  }
}

TEST_CASE("a key file that others can read or write is refused with the cure") {
  const TemporaryDirectory dir;
  (void)RootKeys::load_or_create(dir.path());
  (void)CurveKeys::load_or_create(dir.path());
  const std::string path = (dir.path() / "root.keys").string();
  set_mode(path, 0644);
  CHECK(key_file_error([&] { (void)RootKeys::load(dir.path()); }) ==
        path + ": mode 0644 lets others read it; run: chmod 600 " + path);
  CHECK_THROWS_AS(RootKeys::load_or_create(dir.path()), KeyFileError);
  set_mode(path, 0620);
  CHECK(key_file_error([&] { (void)RootKeys::load(dir.path()); }) ==
        path + ": mode 0620 lets others write it; run: chmod 600 " + path);
  for (const mode_t mode : {0604U, 0601U, 0640U, 0610U, 0602U}) {
    set_mode(path, mode);
    CHECK_THROWS_AS(RootKeys::load(dir.path()), KeyFileError);
  }
  set_mode(path, 0400);
  CHECK_NOTHROW(RootKeys::load(dir.path()));

  set_mode(dir.path() / "curve.secret", 0640);
  CHECK_THROWS_AS(CurveKeys::load(dir.path()), KeyFileError);
}

TEST_CASE("a directory that others can use is refused with the cure") {
  const TemporaryDirectory dir;
  set_mode(dir.path(), 0770);
  CHECK(key_file_error([&] { (void)RootKeys::load_or_create(dir.path()); }) ==
        dir.path().string() + ": mode 0770 lets others write to it; run: chmod 700 " +
            dir.path().string());
  CHECK(file_count(dir.path()) == 0);
  set_mode(dir.path(), 0755);
  CHECK_THAT(key_file_error([&] { (void)RootKeys::load_or_create(dir.path()); }),
             Catch::Contains("mode 0755 lets others look into it; run: chmod 700"));
  set_mode(dir.path(), 0700);
  CHECK_NOTHROW(RootKeys::load_or_create(dir.path()));
}

TEST_CASE("a key file of another user is refused") {
  if (::geteuid() != 0) return;  // only root can give a file away
  const TemporaryDirectory dir;
  (void)RootKeys::load_or_create(dir.path());
  const std::string path = (dir.path() / "root.keys").string();
  REQUIRE(::chown(path.c_str(), 1000, 1000) == 0);
  CHECK(key_file_error([&] { (void)RootKeys::load(dir.path()); }) ==
        path + ": is owned by uid 1000, not by uid 0 that runs this program");
  REQUIRE(::chown(path.c_str(), 0, 0) == 0);
  REQUIRE(::chown(dir.path().c_str(), 1000, 1000) == 0);
  CHECK_THROWS_AS(RootKeys::load_or_create(dir.path()), KeyFileError);
}

TEST_CASE("a half or damaged key file is refused by line and without quoting it") {
  const TemporaryDirectory dir;
  const std::string good = "k1 " + kHexKey + "\n";
  for (const std::string& content :
       {std::string("k"), std::string("k1"), std::string("k1 "), "k1 " + kHexKey.substr(1),
        "k1 " + kHexKey + "5", "k1 " + kHexKey.substr(1) + "g", "k1  " + kHexKey, "K1 " + kHexKey,
        " " + kHexKey, "k-1 " + kHexKey, std::string(17, 'k') + " " + kHexKey, good + "\n",
        good + "k2 " + kHexKey.substr(32), good + "k1 " + std::string(64, '6'), good + "\r\n",
        "k1 " + kHexKey + "\r\n", std::string("\n"), std::string(200, '\0')}) {
    CAPTURE(content);
    dir.write("root.keys", content);
    const std::string error = key_file_error([&] { (void)RootKeys::load(dir.path()); });
    CHECK_THAT(error, Catch::Contains("root.keys: line "));
    CHECK_THAT(error, !Catch::Contains("5555"));
    // A damaged file is never replaced: the keys in it may still be saved.
    CHECK_THROWS_AS(RootKeys::load_or_create(dir.path()), KeyFileError);
    CHECK(dir.read("root.keys") == content);
  }
  dir.write("root.keys", "");
  CHECK_THAT(key_file_error([&] { (void)RootKeys::load(dir.path()); }),
             Catch::Contains("holds no key"));
  dir.write("root.keys", "k1 " + kHexKey);
  CHECK(RootKeys::load(dir.path()).size() == 1);
}

TEST_CASE("what a crash left half written is replaced") {
  const TemporaryDirectory dir;
  dir.write("root.keys.tmp", "k1 55");
  dir.write("curve.secret.tmp", "abc");
  dir.write("curve.public", "left by a secret key that is gone\n");
  CHECK(RootKeys::load_or_create(dir.path()).size() == 1);
  const CurveKeys curve = CurveKeys::load_or_create(dir.path());
  CHECK(dir.read("curve.public") == curve.public_key() + "\n");
  CHECK(file_count(dir.path()) == 3);
}

TEST_CASE("the CURVE files hold the pair as Z85") {
  const TemporaryDirectory dir;
  const CurveKeys curve = CurveKeys::load_or_create(dir.path());
  CHECK(curve.public_key().size() == 40);
  CHECK(dir.read("curve.public") == curve.public_key() + "\n");
  CHECK(dir.read("curve.secret") == z85_encode(curve.secret_key().bytes()) + "\n");

  std::filesystem::remove(dir.path() / "curve.public");
  CHECK(CurveKeys::load(dir.path()).public_key() == curve.public_key());
  CHECK_FALSE(std::filesystem::exists(dir.path() / "curve.public"));
  (void)CurveKeys::load_or_create(dir.path());
  CHECK(dir.read("curve.public") == curve.public_key() + "\n");
}

TEST_CASE("a CURVE secret and a public key that do not fit are refused") {
  const TemporaryDirectory dir;
  (void)CurveKeys::load_or_create(dir.path());
  dir.write("curve.public", std::string(40, '0') + "\n");
  CHECK_THAT(key_file_error([&] { (void)CurveKeys::load(dir.path()); }),
             Catch::Contains("is not the public key of"));
  std::filesystem::remove(dir.path() / "curve.public");
  for (const std::string& content : {std::string(), std::string(39, '0'), std::string(45, '0'),
                                     std::string(40, '~'), std::string(40, '0') + "\n\n"}) {
    dir.write("curve.secret", content);
    CHECK_THAT(key_file_error([&] { (void)CurveKeys::load(dir.path()); }),
               Catch::Contains("not 40 characters of Z85"));
  }
}

TEST_CASE("the public key belongs to the secret key") {
  const TemporaryDirectory dir;
  // The key pair of a server in RFC 7748, section 6.1 (Alice's).
  dir.write("curve.secret",
            z85_encode("\x77\x07\x6d\x0a\x73\x18\xa5\x7d\x3c\x16\xc1\x72\x51\xb2\x66"
                       "\x45\xdf\x4c\x2f\x87\xeb\xc0\x99\x2a\xb1\x77\xfb\xa5\x1d\xb9"
                       "\x2c\x2a") +
                "\n");
  CHECK(
      CurveKeys::load(dir.path()).public_key() ==
      z85_encode(std::string("\x85\x20\xf0\x09\x89\x30\xa7\x54\x74\x8b\x7d\xdc\xb4\x3e\xf7\x5a\x0d"
                             "\xbf\x3a\x0d\x26\x38\x1a\xf4\xeb\xa4\xa9\x8e\xaa\x9b\x4e\x6a")));
}

TEST_CASE("a secret file is read without its newline and with the same checks") {
  const TemporaryDirectory dir;
  const std::filesystem::path path = dir.path() / "token";
  dir.write("token", "abc\n");
  CHECK(read_secret_file(path) == "abc");
  dir.write("token", "abc\n\n");
  CHECK(read_secret_file(path) == "abc\n");
  dir.write("token", "");
  CHECK(read_secret_file(path).empty());
  dir.write("token", std::string(kSecretFileBytesMax, 'x'));
  CHECK(read_secret_file(path).size() == kSecretFileBytesMax);
  dir.write("token", std::string(kSecretFileBytesMax + 1, 'x'));
  CHECK_THROWS_AS(read_secret_file(path), KeyFileError);
  dir.write("token", "abc");
  set_mode(path, 0644);
  CHECK_THROWS_AS(read_secret_file(path), KeyFileError);
  CHECK_THROWS_AS(read_secret_file(dir.path()), KeyFileError);
  CHECK_THROWS_AS(read_secret_file(dir.path() / "none"), KeyFileError);
  REQUIRE(::mkfifo((dir.path() / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_AS(read_secret_file(dir.path() / "pipe"), KeyFileError);
}

TEST_CASE("a secret keeps its bytes when it moves") {
  Secret secret("0123456789");
  const char* where = secret.bytes().data();
  const Secret moved = std::move(secret);
  CHECK(moved.bytes() == "0123456789");
  CHECK(moved.bytes().data() == where);
  CHECK(Secret::random(32).bytes() != Secret::random(32).bytes());
}

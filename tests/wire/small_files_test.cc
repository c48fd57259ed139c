// Damage of the small files of a data directory: whichever bit it is, a start notices it, or does
// as well without.
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "../temporary_directory.h"
#include "alive.h"
#include "data_directory.h"
#include "journal_mark.h"
#include "keys.h"

namespace store {
namespace {

namespace fs = std::filesystem;

class SmallFiles {
 public:
  SmallFiles() : data(scratch.path() / "data") {
    DataDirectory directory(data);
    roots = auth::RootKeys::load_or_create(data).prints();
    roots = auth::RootKeys::add(data).prints();
    curve = auth::CurveKeys::load_or_create(data).public_key();
    const std::string draft = directory.clean_draft();
    fs::create_directory(draft);
    JournalMark(draft + ".mark", JournalMark::Access::kMake);
    directory.note({"a-name", curve, roots});
  }

  std::string content(const std::string& file) const { return scratch.read("data/" + file); }
  void write(const std::string& file, const std::string& text) const {
    scratch.write("data/" + file, text);
  }

  // Whether `notices` is true of the file with any of its bits flipped.
  void each_bit(const std::string& file, const std::function<bool()>& notices) const {
    const std::string whole = content(file);
    REQUIRE_FALSE(whole.empty());
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      std::string damaged = whole;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      write(file, damaged);
      INFO(file << ", bit " << bit % 8 << " of byte " << bit / 8);
      CHECK(notices());
    }
    write(file, whole);
  }
  // And when it ends early.
  void each_end(const std::string& file, const std::function<bool()>& notices) const {
    const std::string whole = content(file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      write(file, whole.substr(0, size));
      INFO(file << ", " << size << " bytes of " << whole.size());
      CHECK(notices());
    }
    write(file, whole);
  }

  // By an error that names the file.
  static bool is_refused(const std::string& file, const std::function<void()>& look) {
    try {
      look();
    } catch (const std::exception& refusal) {
      return std::string_view(refusal.what()).find(file) != std::string_view::npos;
    }
    return false;
  }

  TemporaryDirectory scratch;
  const std::string data;
  std::vector<std::string> roots;
  std::string curve;
};

}  // namespace

TEST_CASE_METHOD(SmallFiles, "each bit of the root keys counts") {
  const auto notices = [&] {
    return is_refused("root.keys", [&] { (void)auth::RootKeys::load(data); });
  };
  each_bit("root.keys", notices);
  each_end("root.keys", notices);
  CHECK(auth::RootKeys::load(data).prints() == roots);
}

TEST_CASE_METHOD(SmallFiles, "each bit of the CURVE keys counts") {
  const auto notices = [&] {
    return is_refused("curve.", [&] { (void)auth::CurveKeys::load(data); });
  };
  each_bit("curve.public", notices);
  // Some bits of the secret do not matter to the key.
  each_bit("curve.secret",
           [&] { return notices() || auth::CurveKeys::load(data).public_key() == curve; });
  fs::remove(data + "/curve.public");
  const DataDirectory directory(data, DataDirectory::Opening::kLook);
  each_bit("curve.secret", [&] {
    return is_refused(
               "curve.",
               [&] { directory.check_curve(auth::CurveKeys::load(data).public_key(), false); }) ||
           auth::CurveKeys::load(data).public_key() == curve;
  });
}

TEST_CASE_METHOD(SmallFiles, "each bit of the format counts") {
  const auto notices = [&] {
    return is_refused("format",
                      [&] { const DataDirectory directory(data, DataDirectory::Opening::kLook); });
  };
  each_bit("format", notices);
  // The number alone is what the first stores wrote: it does not say what belongs together.
  each_end("format", [&] {
    return notices() || (content("format").size() <= 2 && is_refused(data, [&] {
                           const DataDirectory directory(data, DataDirectory::Opening::kLook);
                         }));
  });
  const DataDirectory directory(data, DataDirectory::Opening::kLook);
  CHECK(directory.parts() == DirectoryParts{"a-name", curve, roots});
}

TEST_CASE_METHOD(SmallFiles, "a format of an older store is read, and gets its check") {
  const std::string whole = content("format");
  const std::size_t check = whole.find("check ");
  const std::string older = std::string(whole).erase(check, whole.find('\n', check) + 1 - check);
  write("format", older);
  DataDirectory directory(data);
  CHECK(directory.parts() == DirectoryParts{"a-name", curve, roots});
  directory.note(directory.parts());
  CHECK(content("format") == whole);
}

TEST_CASE_METHOD(SmallFiles, "each bit of when the store was alive counts") {
  const SystemClock clock;
  const std::string path = data + "/clock";
  const Time now = clock.now();
  AliveFile(path, clock, now).note(now, clock.elapsed());
  CHECK_FALSE(AliveFile::is_damaged(path));
  const auto notices = [&] {
    return AliveFile::is_damaged(path) && !AliveFile(path, clock, now).last();
  };
  each_bit("clock", notices);
  each_end("clock", [&] { return content("clock").empty() || notices(); });
  CHECK(AliveFile(path, clock, now).last());
}

TEST_CASE_METHOD(SmallFiles, "a damaged mark of the journal is the one before, at worst") {
  JournalMark mark(data + "/db.mark", JournalMark::Access::kWrite);
  mark.set({6, 66});
  mark.set({7, 77});
  each_bit("db.mark", [&] {
    const JournalMark damaged(data + "/db.mark", JournalMark::Access::kRead);
    const JournalMark::Point& point = damaged.point();
    return (point.turn == 6 && point.chain == 66) || (point.turn == 7 && point.chain == 77);
  });
}

}  // namespace store

// The directory that is the store: who may use it, in which format its data is, and what belongs
// together.
//
//   format      number of the data format; a check line (auth/check_line.h), which older stores did
//               not write; names of the store and prints of its keys, text
//   lock        held by the jobqd that runs on the directory
//   db/         RocksDB: journal and derived records
//   db.mark     up to where the journal reaches  (storage/journal_mark.h)
//   clock       when the store was last alive    (alive.h)
//   root.keys   root secrets of tokens           (auth/keys.h)
//   curve.*     CURVE key pair of the store      (auth/keys.h)
//   arbiter.secret   that databox's arbiter gave it   (arbiter_secret.h)
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "descriptor.h"

namespace store {

class DirectoryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// By what the parts of a directory are known.
struct DirectoryParts {
  std::string store;               // the name that the database has; empty: not known yet
  std::string curve;               // public key
  std::vector<std::string> roots;  // prints of root keys
  bool operator==(const DirectoryParts&) const = default;
};

// Nothing is known to be damaged, but it cannot be used, or not now, or not by this program.
class DirectoryUnfit : public DirectoryError {
 public:
  using DirectoryError::DirectoryError;
};

class DataDirectory {
 public:
  enum class Opening { kUse, kLook };

  // Makes the directory if need be and holds it until destruction. Throws DirectoryError or
  // auth::KeyFileError, having changed nothing: when another process holds it, when it is not ours
  // alone, when a newer version of the program wrote it, or when it has lost its database. With
  // kLook nothing is made or changed, and there has to be data.
  explicit DataDirectory(std::string path, Opening opening = Opening::kUse);

  // Whether it is to be made: then there is no database(), until finish().
  bool is_new() const { return is_new_; }
  // Whether a version made it that knew no names.
  bool is_unnamed() const { return !is_new_ && parts_.store.empty(); }
  const DirectoryParts& parts() const { return parts_; }

  // Throws DirectoryError when a file of keys is missing though there is data, whose users know
  // those keys, and `may_be_another` is false. `option` is what says that it may.
  void check_key_file(const std::string& name, bool may_be_another, const char* option) const;
  // The same when the file has not the keys that it had.
  void check_curve(const std::string& curve, bool may_be_another) const;
  void check_roots(const std::vector<std::string>& roots, bool may_be_another) const;

  // Where to make the database of a new directory. What a start that was cut short has left there
  // is gone.
  std::string clean_draft() const;
  // Notes what belongs together. A new directory has its database from the first time on.
  void note(const DirectoryParts& parts);

  std::string database() const { return path_ + "/db"; }

 private:
  void lock(Opening opening);
  void read_format();
  void check_no_rest() const;
  // Of its text.
  void parse_format(std::string_view text);
  void take_draft() const;
  std::string draft() const { return path_ + "/db.new"; }

  const std::string path_;
  auth::Descriptor lock_;
  bool is_new_ = false;
  bool has_check_ = false;  // `format`, that it is whole
  DirectoryParts parts_;
};

// Of a file what was written, of a directory which names it has, is on disk on return. Throws
// DirectoryError.
void sync_path(const std::string& path);

}  // namespace store

// The directory that is the store: who may use it, and in which format its data is.
//
//   format      number of the data format, text
//   lock        held by the jobqd that runs on the directory
//   db/         RocksDB: journal and derived records
//   root.keys   root secrets of tokens           (auth/keys.h)
//   curve.*     CURVE key pair of the store      (auth/keys.h)
#pragma once

#include <stdexcept>
#include <string>

#include "descriptor.h"

namespace store {

class DirectoryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class DataDirectory {
 public:
  // Makes the directory if need be and holds it until destruction. Throws DirectoryError or
  // auth::KeyFileError, having changed nothing: when another process holds it, when it is not ours
  // alone, or when a newer version of the program wrote it.
  explicit DataDirectory(std::string path);

  // Whether there is no data yet.
  bool is_new() const { return is_new_; }

  // Throws DirectoryError when a file of keys is missing though there is data, whose users know
  // those keys, and `may_be_made_anew` is false. `option` is what says that it may.
  void check_key_file(const std::string& name, bool may_be_made_anew, const char* option) const;

  std::string database() const { return path_ + "/db"; }

 private:
  void lock();
  void check_format();

  const std::string path_;
  auth::Descriptor lock_;
  bool is_new_ = false;
};

}  // namespace store

// Rows named by a datasource and a text that have to be written again. Changes of one row tend to
// come in rows, so that most of them cost one comparison.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "job.h"

namespace store {

class NotedNames {
 public:
  using Name = std::pair<DatasourceIndex, std::string>;

  void note(DatasourceIndex datasource, std::string_view name) {
    if (last_ != names_.end() && last_->first == datasource && last_->second == name) {
      return;
    }
    last_ = names_.find(View(datasource, name));
    if (last_ == names_.end()) {
      last_ = names_.emplace(datasource, name).first;
    }
  }

  void clear() {
    names_.clear();
    last_ = names_.end();
  }

  std::size_t size() const { return names_.size(); }
  auto begin() const { return names_.begin(); }
  auto end() const { return names_.end(); }

 private:
  using View = std::pair<DatasourceIndex, std::string_view>;
  struct Less {
    using is_transparent = void;  // NOLINT: the library's name
    static View view(const Name& name) { return name; }
    static View view(const View& name) { return name; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return view(a) < view(b);
    }
  };
  using Names = std::set<Name, Less>;

  Names names_;
  Names::iterator last_ = names_.end();
};

}  // namespace store

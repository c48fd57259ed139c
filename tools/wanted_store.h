// What a file says that a store is to have: in our own words, or as JobEngine's config.yml, whose
// queues are datasources. docs/compatibility.md and docs/operating.md have both.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobq/datasources.h"
#include "jobq/functions.h"
#include "jobq/schedules.h"

namespace tools {

// What a name may do at a datasource. kUpdate: to say what became of jobs, and no more. kEdit: to
// change those that wait.
enum class NameRight : std::uint8_t { kSubmit, kWork, kUpdate, kEdit, kOperate };

struct WantedDatasource {
  jobq::DatasourceConfig config{};
  // Not set: not looked at.
  std::optional<std::vector<jobq::Function>> functions{};
  std::optional<std::map<std::string, jobq::Schedule>> schedules{};  // by name
};

using WantedRights = std::map<std::string, std::set<NameRight>>;  // by datasource

// What is not set is not looked at.
struct WantedStore {
  std::optional<std::map<std::string, WantedDatasource>> datasources{};
  std::optional<std::map<std::string, WantedRights>> names{};
  std::vector<std::string> notes{};  // what of the file is not the store's
};

inline constexpr std::size_t kStoreFileBytesMax = 8U << 20;

// Of the file's text. Throws UsageError, which names the file, and the field or line.
[[nodiscard]] WantedStore read_wanted_store(const std::string& file, const std::string& text);

// JobEngine's, without queues. Throws UsageError.
void write_default_store_file(const std::string& file);

}  // namespace tools

namespace jobq {
template <>
inline constexpr std::array<std::string_view, 5> kNames<tools::NameRight>{
    "submit", "work", "update", "edit", "operate"};
}  // namespace jobq

// Databox's catalogue of datasources, in the form that it calls Hypercat: what a driver registers
// (an item) and what is told of all.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "json_values.h"

namespace jobq {

// What an item says.
struct CatalogueItem {
  // Its datasource, description (cut to what fits), and what the relation kDefaultsRelation says of
  // jobs. Everything else is as where nothing is said.
  DatasourceConfig config{};
  std::string href{};
  std::string vendor{};
  std::string type{};
  bool is_actuator = false;  // apps may ask it for something: submit jobs
};

// The value of this relation is an object with fields of DatasourceConfig: defaults and limits of
// the datasource's jobs. It may not name the datasource, its description, mode or item.
inline constexpr std::string_view kDefaultsRelation = "urn:X-jobq:rels:hasDefaults";

// What databox's stores ask of an item: `href`, `item-metadata` whose every entry has `rel` and
// `val`, a description and a content type; and what a queue needs: a datasource's id, with which
// the path of `href` ends, since who may use the datasource is decided by that path. REQUIRES:
// `json` is JSON (raw_json.h).
[[nodiscard]] std::variant<CatalogueItem, WrongField> read_item(std::string_view json);

// The catalogue: the items as they were registered, of the datasources that have one.
[[nodiscard]] std::string catalogue_text(std::span<const DatasourceConfig> datasources);

}  // namespace jobq

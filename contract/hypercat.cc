#include "hypercat.h"

#include <algorithm>

#include "jobq/limits.h"
#include "text_rules.h"
#include "utf8_length.h"

namespace jobq {
namespace {

// As databox's own stores begin theirs, word for word.
constexpr std::string_view kCatalogueBegin =
    R"({"catalogue-metadata":[)"
    R"({"rel":"urn:X-hypercat:rels:isContentType",)"
    R"("val":"application/vnd.hypercat.catalogue+json"},)"
    R"({"rel":"urn:X-hypercat:rels:hasDescription:en","val":"Databox Datasource Catalogue"},)"
    R"({"rel":"urn:X-hypercat:rels:hasHomepage","val":"http://www.databoxproject.uk/"},)"
    R"({"rel":"urn:X-hypercat:rels:containsContentType",)"
    R"("val":"application/vnd.hypercat.catalogue+json"},)"
    R"({"rel":"urn:Xhypercat:rels:supportsSearch","val":"urn:X-hypercat:search:simple"}],)"
    R"("items":[)";

bool has_term(std::string_view relation, std::string_view term) {
  while (!relation.empty()) {
    const std::size_t colon = std::min(relation.find(':'), relation.size());
    if (relation.substr(0, colon) == term) return true;
    relation.remove_prefix(std::min(colon + 1, relation.size()));
  }
  return false;
}

std::string_view head_of(std::string_view text, std::size_t bytes_max) {
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t length = utf8_length(text.substr(size));
    if (length == 0 || size + length > bytes_max) break;
    size += length;
  }
  return text.substr(0, size);
}

void set_defaults(DatasourceConfig& config, std::string_view value, const std::string& where) {
  DatasourceConfig defaults;
  read_json(value, defaults, {.ignores_unknown = true}, where);
  const auto may_not = [&](bool is_said, const char* field) {
    if (is_said) throw WrongField(where + "." + field, "is no default");
  };
  may_not(!defaults.datasource.empty(), "datasource");
  may_not(!defaults.description.empty(), "description");
  may_not(!defaults.item.empty(), "item");
  may_not(defaults.mode != Mode::kRunning, "mode");
  defaults.datasource = std::move(config.datasource);
  defaults.description = std::move(config.description);
  config = std::move(defaults);
}

std::string_view needed(const JsonMembers& members, std::string_view name,
                        const std::string& where) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const auto& member) { return member.first == name; });
  if (found == members.end()) throw WrongField(where + std::string(name), "it is missing");
  return found->second;
}

// Of the terms that each item must have.
struct Seen {
  bool description = false;
  bool content_type = false;
};

void read_relation(std::string_view relation, std::string_view value, const std::string& where,
                   CatalogueItem& item, Seen& seen) {
  const auto text = [&] { return json::text_of(where, value); };
  seen.content_type = seen.content_type || has_term(relation, "isContentType");
  if (has_term(relation, "hasDescription")) {
    seen.description = true;
    if (item.config.description.empty()) {
      item.config.description = head_of(text(), limits::kDescriptionBytesMax);
    }
  } else if (relation == "urn:X-databox:rels:hasDatasourceid") {
    item.config.datasource = text();
    const std::string wrong = wrong_with_datasource_id(item.config.datasource);
    if (!wrong.empty()) throw WrongField(where, wrong);
    if (item.config.datasource.ends_with(kOfDrivers)) {
      throw WrongField(where, "ends with .server, which is for the paths of drivers");
    }
  } else if (relation == "urn:X-databox:rels:hasVendor") {
    item.vendor = text();
  } else if (relation == "urn:X-databox:rels:hasType") {
    item.type = text();
  } else if (relation == "urn:X-databox:rels:isActuator") {
    item.is_actuator = json::truth_of(where, value);
  } else if (relation == kDefaultsRelation) {
    set_defaults(item.config, value, where);
  }
}

CatalogueItem item_of(std::string_view text) {
  const JsonMembers members = json::fields_of({}, text);
  CatalogueItem item;
  item.href = json::text_of("href", needed(members, "href", {}));
  const auto entries = json::list_of("item-metadata", needed(members, "item-metadata", {}));
  Seen seen;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string where = "item-metadata[" + std::to_string(i) + "]";
    const JsonMembers entry = json::fields_of(where, entries[i]);
    const std::string relation = json::text_of(where + ".rel", needed(entry, "rel", where + "."));
    read_relation(relation, needed(entry, "val", where + "."), where + ".val", item, seen);
  }
  const auto require = [](bool is_there, const std::string& what) {
    if (!is_there) throw WrongField("item-metadata", "no rel is " + what);
  };
  require(seen.description, "a hasDescription");
  require(seen.content_type, "an isContentType");
  require(!item.config.datasource.empty(), "urn:X-databox:rels:hasDatasourceid");
  if (!item.href.ends_with("/" + item.config.datasource)) {
    throw WrongField("href", "does not end with /" + item.config.datasource);
  }
  item.config.item = text;
  return item;
}

}  // namespace

std::variant<CatalogueItem, WrongField> read_item(std::string_view json) {
  try {
    return item_of(json);
  } catch (const WrongField& wrong) {
    return wrong;
  }
}

std::string catalogue_text(std::span<const DatasourceConfig> datasources) {
  std::string text(kCatalogueBegin);
  for (const DatasourceConfig& config : datasources) {
    if (config.item.empty()) continue;
    if (!text.ends_with('[')) text += ',';
    append_raw(text, config.item);
  }
  return text + "]}";
}

}  // namespace jobq

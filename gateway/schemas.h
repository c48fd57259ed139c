// JSON Schemas (2020-12, as OpenAPI 3.1 has them) of values, by their field tables.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "json_values.h"
#include "values.h"

namespace gateway {

// "JobStatus" of jobq::JobStatus.
template <class T>
std::string type_name() {
  std::string_view name = __PRETTY_FUNCTION__;
  name.remove_prefix(name.find("T = ") + 4);
  name = name.substr(0, name.find_first_of(";]"));
  return std::string(name.substr(name.rfind(':') + 1));
}

class Schemas {
 public:
  // {"$ref": ...}, to a component that is there from then on.
  template <jobq::HasFields T>
  jobq::Json reference() {
    const std::string name = type_name<T>();
    if (!components_.contains(name)) {
      components_[name] = nullptr;  // values may stand within one another
      jobq::Json properties = jobq::Json::object();
      each_property<T>([&](const std::string& field, jobq::Json schema) {
        properties[field] = std::move(schema);
      });
      components_[name] = {{"type", "object"}, {"properties", std::move(properties)}};
    }
    return {{"$ref", "#/components/schemas/" + name}};
  }

  // Calls `visit(name, schema)` with each field.
  template <jobq::HasFields T, class Visit>
  void each_property(const Visit& visit) {
    const T nothing{};
    jobq::each_field(nothing, [&](const auto& member, const auto& access) {
      using Member = std::remove_cvref_t<decltype(member)>;
      if constexpr (std::is_same_v<decltype(access), const jobq::InlinedAccess&>) {
        each_property<Member>(visit);
      } else if constexpr (std::is_same_v<Member, jobq::Lease>) {
        visit("job", of<std::string>());
        visit("attempt", of<unsigned>());
        visit("leaseToken", of<std::string>());
      } else if (jobq::json::is_raw_in<T>(access.name) && std::is_same_v<Member, std::string>) {
        visit(jobq::schema_name(access.name), jobq::Json::object());  // any JSON
      } else if (std::is_same_v<T, jobq::Event> && access.name == "Kind") {
        visit("event", of<Member>());
      } else {
        visit(jobq::schema_name(access.name), of<Member>());
      }
    });
  }

  template <class T>
  jobq::Json of() {
    if constexpr (jobq::json::kIsList<T>) {
      return {{"type", "array"}, {"items", of<typename T::value_type>()}};
    } else if constexpr (jobq::json::kIsOptional<T>) {
      return of<typename T::value_type>();
    } else if constexpr (jobq::HasFields<T>) {
      return reference<T>();
    } else if constexpr (jobq::Named<T>) {
      return {{"type", "string"}, {"enum", jobq::kNames<T>}};
    } else if constexpr (std::is_same_v<T, std::string>) {
      return {{"type", "string"}};
    } else if constexpr (std::is_same_v<T, jobq::Time>) {
      return {{"type", "string"}, {"format", "date-time"}};
    } else if constexpr (std::is_same_v<T, jobq::Span>) {
      return {{"type", "integer"}, {"minimum", 0}, {"description", "milliseconds"}};
    } else if constexpr (std::is_same_v<T, bool>) {
      return {{"type", "boolean"}};
    } else if constexpr (std::is_floating_point_v<T>) {
      return {{"type", "number"}};
    } else if constexpr (std::is_unsigned_v<T>) {
      return {{"type", "integer"}, {"minimum", 0}};
    } else {
      return {{"type", "integer"}};
    }
  }

  jobq::Json& components() { return components_; }

 private:
  jobq::Json components_ = jobq::Json::object();
};

}  // namespace gateway

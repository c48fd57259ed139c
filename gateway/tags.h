// ETags as If-None-Match has them: W/"12" and "12", "a", "b" and *.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

inline bool has_tag(std::string_view list, const std::string& tag) {
  return list == "*" || list.find('"' + tag + '"') != list.npos;
}

}  // namespace gateway

// In place of store/rights_authorize.cc: whoever asks may.
#include "rights.h"

namespace store {

std::variant<auth::Grant, auth::Denied> Rights::authorize(std::string_view, auth::Access,
                                                          const auth::Facts&) {
  return auth::Grant{};
}

}  // namespace store

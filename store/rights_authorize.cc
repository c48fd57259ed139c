// Apart from rights.cc, so that a benchmark can link another one.
#include "rights.h"

namespace store {

std::variant<auth::Grant, auth::Denied> Rights::authorize(std::string_view token,
                                                          auth::Access access,
                                                          const auth::Facts& facts) {
  return authorizer_->authorize(token, access, facts);
}

}  // namespace store

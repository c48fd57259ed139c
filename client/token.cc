#include "jobq/token.h"

#include <stdexcept>
#include <utility>
#include <variant>

#include "discharges.h"
#include "predicate.h"

namespace jobq {
namespace {

void check_spelling(const std::string& caveat) {
  using Kind = auth::Predicate::Kind;
  const Kind kind = auth::Predicate::parse(caveat).kind;
  if (kind == Kind::kUnknown) {
    throw std::invalid_argument("caveat " + auth::quoted(caveat) + " is unknown");
  }
  if (kind == Kind::kMalformed) {
    throw std::invalid_argument("caveat " + auth::quoted(caveat) +
                                " is malformed; it is written as in '" +
                                std::string(auth::example_of(caveat)) + "'");
  }
}

}  // namespace

std::string attenuate(const std::string& token, const std::vector<std::string>& caveats) {
  auto parsed = auth::Bundle::parse(token);
  if (const auto* error = std::get_if<auth::ParseError>(&parsed)) {
    throw std::invalid_argument(error->detail);
  }
  const auth::Bundle& bundle = std::get<auth::Bundle>(parsed);
  if (!bundle.discharges.empty()) {
    throw std::invalid_argument(
        "discharges are bound to this token, and narrowing it would part them: narrow the token "
        "without discharges, then bind them");
  }
  for (const std::string& caveat : caveats) check_spelling(caveat);
  const auto narrowed = bundle.root.with_caveats(caveats);
  if (!narrowed) throw std::invalid_argument("token would be too long");
  return narrowed->serialize();
}

}  // namespace jobq

#include "discharges.h"

#include <algorithm>
#include <utility>

#include "predicate.h"
#include "text_rules.h"

namespace auth {
namespace {

struct Wanted {
  Caveat caveat;
  std::size_t depth;
};

void want_discharges(const Macaroon& macaroon, std::size_t depth, std::vector<Wanted>& wanted) {
  for (Caveat& caveat : macaroon.caveats()) {
    if (caveat.third_party) wanted.push_back({std::move(caveat), depth});
  }
}

}  // namespace

std::optional<std::string> misfit(const Macaroon& root, std::span<const Macaroon> discharges) {
  if (discharges.size() > kDischargesMax) {
    return "token has more than " + std::to_string(kDischargesMax) + " discharges";
  }
  std::vector<Wanted> wanted;
  want_discharges(root, 1, wanted);
  std::vector<bool> is_used(discharges.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Wanted want = wanted[i];
    if (want.depth > kDischargeDepthMax) return "discharges are nested too deeply";
    const auto is_named = [&](const Macaroon& discharge) {
      return discharge.identifier() == want.caveat.predicate;
    };
    const auto found = std::find_if(discharges.begin(), discharges.end(), is_named);
    if (found == discharges.end()) return "a third-party caveat has no discharge";
    if (std::find_if(found + 1, discharges.end(), is_named) != discharges.end()) {
      return "two discharges have the same identifier";
    }
    const auto at = static_cast<std::size_t>(found - discharges.begin());
    if (is_used[at]) return "a third-party caveat has no discharge of its own";
    if (found->location() != want.caveat.location) {
      return "a discharge is of another location than its third-party caveat";
    }
    is_used[at] = true;
    want_discharges(*found, want.depth + 1, wanted);
  }
  if (std::find(is_used.begin(), is_used.end(), false) != is_used.end()) {
    return "a discharge belongs to no third-party caveat";
  }
  return std::nullopt;
}

std::variant<Bundle, ParseError> Bundle::parse(std::string_view text) {
  if (text.size() > kBundleBytesMax) return ParseError{"token is longer than 32768 bytes"};
  std::vector<Macaroon> macaroons;
  const bool is_binary = is_binary_v1(text) || is_binary_v2(text);
  std::string_view rest = is_binary ? text : jobq::trimmed(text);
  for (bool is_last = false; !is_last;) {
    const std::size_t end = is_binary ? rest.size() : std::min(rest.find(' '), rest.size());
    const std::string_view piece = rest.substr(0, end);
    is_last = end == rest.size();
    if (!is_last) rest.remove_prefix(end + 1);
    // Between the texts is one space and nothing else; what is binary comes alone.
    const bool is_plain = piece == jobq::trimmed(piece) && !is_binary_v2(piece);
    if (!is_binary && !is_plain) return ParseError{"token is not base64"};
    if (macaroons.size() > kDischargesMax) {
      return ParseError{"token has more than " + std::to_string(kDischargesMax) + " discharges"};
    }
    std::variant<Macaroon, ParseError> parsed = Macaroon::parse(piece);
    if (auto* error = std::get_if<ParseError>(&parsed)) return std::move(*error);
    macaroons.push_back(std::get<Macaroon>(std::move(parsed)));
  }
  Macaroon root = std::move(macaroons.front());
  macaroons.erase(macaroons.begin());
  return Bundle{std::move(root), std::move(macaroons)};
}

std::string Bundle::serialize() const {
  std::string text = root.serialize();
  for (const Macaroon& discharge : discharges) text += " " + discharge.serialize();
  return text;
}

std::vector<Caveat> Bundle::first_party_caveats() const {
  std::vector<Caveat> all;
  const auto add = [&all](const Macaroon& macaroon) {
    for (Caveat& caveat : macaroon.caveats()) {
      if (!caveat.third_party) all.push_back(std::move(caveat));
    }
  };
  add(root);
  for (const Macaroon& discharge : discharges) add(discharge);
  return all;
}

std::variant<Macaroon, ParseError> Bundle::narrowed(std::span<const std::string> caveats) const {
  if (!discharges.empty()) {
    return ParseError{
        "discharges are bound to this token, and narrowing it would part them: narrow the token "
        "without discharges, then bind them"};
  }
  for (const std::string& caveat : caveats) {
    if (std::optional<std::string> wrong = misspelling(caveat))
      return ParseError{*std::move(wrong)};
  }
  std::optional<Macaroon> narrowed = root.with_caveats(caveats);
  if (!narrowed) return ParseError{"the token would be too long"};
  return *std::move(narrowed);
}

}  // namespace auth

// What everybody may send as a token: any bytes.
#include "fuzz_macaroon.h"

#include <cstdio>
#include <cstdlib>

#include "caveats.h"
#include "discharges.h"

namespace auth {
namespace {

void expect(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "rule broken: %s\n", rule);
  std::abort();
}

Macaroon reread(std::string_view token) {
  auto parsed = Macaroon::parse(token);
  expect(std::holds_alternative<Macaroon>(parsed), "what is written can be read");
  return std::get<Macaroon>(std::move(parsed));
}

void check_forms(const Macaroon& token) {
  for (const Format format : {Format::kV1, Format::kV2}) {
    const std::string binary = token.binary(format);
    expect(reread(binary).binary(format) == binary, "binary comes back as it was");
    expect(reread(token.serialize(format)).binary(format) == binary, "so does text");
  }
  // An empty `cl` packet is the one thing that version 2 has no way to say.
  expect(reread(token.binary(Format::kV2)).caveats().size() == token.caveats().size(),
         "both versions have the same caveats");
  expect(token.caveats().size() <= kCaveatsMax, "caveats are counted");
  for (const Caveat& caveat : token.caveats()) {
    const std::string words = explain(caveat);
    for (const char c : words) expect(c >= 0x20 && c < 0x7f, "explanations are printable");
  }
}

}  // namespace

Judged fuzz_macaroon(std::string_view text) {
  const auto parsed = Bundle::parse(text);
  if (const auto* error = std::get_if<ParseError>(&parsed)) {
    expect(!error->detail.empty(), "a refusal has a reason");
    return Judged::kRefused;
  }
  const Bundle& bundle = std::get<Bundle>(parsed);
  check_forms(bundle.root);
  if (text.starts_with('\2')) {
    expect(bundle.root.binary(Format::kV2) == text, "version 2 has one encoding");
  }
  for (const Macaroon& discharge : bundle.discharges) check_forms(discharge);

  const Caveats caveats = Caveats::parse(bundle.first_party_caveats());
  const Facts facts{.method = "GET", .path = "/scan/job/j1", .now = Time(), .job = "j1"};
  const bool is_allowed = !caveats.first_failure(facts, "store");
  expect(!is_allowed || caveats.is_satisfiable(), "what cannot be satisfied is not");

  const bool is_verified = bundle.verify(kFuzzKey);
  expect(!is_verified || !misfit(bundle.root, bundle.discharges), "discharges fit");
  if (const auto narrowed = bundle.root.with_caveat("status-only")) {
    expect(narrowed->verify(kFuzzKey) == bundle.root.verify(kFuzzKey),
           "narrowing keeps a good token good, and makes none");
  }
  return is_verified ? Judged::kVerified : Judged::kParsed;
}

}  // namespace auth

#ifdef JOBQ_FUZZ
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  auth::fuzz_macaroon({reinterpret_cast<const char*>(data), size});
  return 0;
}
#endif

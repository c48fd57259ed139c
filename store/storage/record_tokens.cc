#include "record.h"
#include "record_fields.h"

namespace store {

std::string encode_token_use(const TokenUse& use) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<record::TokenUse>();
  auto windows = out.initWindows(kRateSpanCount);
  for (unsigned i = 0; i < kRateSpanCount; ++i) {
    if (!use.windows[i]) {
      continue;
    }
    windows[i].setIsCounted(true);
    const auto& parts = use.windows[i]->parts();
    auto to = windows[i].initParts(static_cast<unsigned>(parts.size()));
    for (unsigned k = 0; k < to.size(); ++k) {
      to[k].setNumber(parts[k].number);
      to[k].setCount(parts[k].count);
    }
  }
  if (use.revoked) {
    out.setIsRevoked(true);
    out.setRevokedUntil(ms(use.revoked->until));
  }
  return bytes_of(message);
}

TokenUse decode_token_use(std::string_view record) {
  return decode<record::TokenUse>("record of a token", record, [](record::TokenUse::Reader in) {
    TokenUse use;
    const auto windows = in.getWindows();
    for (unsigned i = 0; i < std::min<std::size_t>(windows.size(), kRateSpanCount); ++i) {
      if (!windows[i].getIsCounted()) {
        continue;
      }
      std::vector<UseWindow::Part> parts;
      for (const auto part : windows[i].getParts()) {
        parts.push_back({part.getNumber(), part.getCount()});
      }
      use.windows[i].emplace(static_cast<RateSpan>(i), std::move(parts));
    }
    if (in.getIsRevoked()) {
      use.revoked = Revocation{time_of(in.getRevokedUntil())};
    }
    return use;
  });
}

}  // namespace store

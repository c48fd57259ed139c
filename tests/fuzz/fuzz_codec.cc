// Untrusted bytes through the codec: every frame is either a command or a refusal, for every
// operation. libFuzzer's entry; replay_fuzz_codec_test.cc runs the same function without it.

#include "fuzz_codec.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec.h"

namespace store {
namespace {

// As a path of the table would be routed, whatever the frame's own is.
Route route_of(const PathRow& path) {
  constexpr const char* kHash = "caee137c38eb5ea4b0456d385986abd4975f8bc1242101987042a2cec5821afd";
  const auto has = [&](std::string_view what) {
    return path.pattern.find(what) != std::string_view::npos;
  };
  return {.operation = path.operation,
          .access = path.access,
          .datasource = has("*") ? "scan" : "",
          .job = has("/code/+") ? kHash
                 : has("+")     ? "j-1"
                                : ""};
}

// A detail that is not UTF-8 could not be sent back.
bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > 126) {
      return false;
    }
  }
  return true;
}

void check(unsigned code, std::string_view detail) {
  const bool is_documented = code == 400 || code == 404 || code == 405 || code == 413;
  if (!is_documented || detail.empty() || !is_ascii(detail)) {
    std::abort();
  }
}
void check(const Refused& refused) { check(static_cast<unsigned>(refused.code), refused.detail); }

// Items are refused in their place.
template <typename T>
void check_items(const std::vector<Item<T>>& items) {
  for (const auto& item : items) {
    if (const auto* refused = std::get_if<Refused>(&item)) {
      check(*refused);
    }
  }
}
void check_items(const Command& command) {
  if (const auto* submit = std::get_if<Submit>(&command)) {
    check_items(submit->jobs);
  } else if (const auto* update = std::get_if<Update>(&command)) {
    check_items(update->outcomes);
  }
}

}  // namespace

bool fuzz_codec(std::span<const std::byte> frame) {
  static const Limits limits;
  static RequestReader reader(limits);
  if (const auto refused = reader.open(frame)) {
    check(*refused);
    return false;
  }
  const auto found = find_route(reader.method(), reader.path());
  if (const auto* none = std::get_if<NoRoute>(&found)) {
    check(none->code, none->detail);
  }
  // The body through all operations, whatever the path says.
  bool is_command = false;
  for (const PathRow& path : path_rows()) {
    if (traits_of(path.operation).by == By::kServer) {
      continue;
    }
    const Route route = route_of(path);
    for (const char* pinned_client : {"", "alice"}) {
      const auto command = reader.command(route, pinned_client);
      if (const auto* refused = std::get_if<Refused>(&command)) {
        check(*refused);
      } else {
        check_items(std::get<Command>(command));
        is_command = true;
      }
    }
  }
  return is_command;
}

}  // namespace store

#ifdef JOBQ_FUZZ
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  store::fuzz_codec(std::as_bytes(std::span(data, size)));
  return 0;
}
#endif

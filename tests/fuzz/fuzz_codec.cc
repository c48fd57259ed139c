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

bool has_command(Operation operation) {
  switch (operation) {
    case Operation::kListKeys:
    case Operation::kNewKey:
    case Operation::kRetireKey:
    case Operation::kStoreStatus:
    case Operation::kStoreStats: return false;
    default: return true;
  }
}

// The parts of the path that say what the operation is about, as far as it needs them.
Route route_to(Operation operation, Access access) {
  const bool names_job = operation == Operation::kUpdateOne || operation == Operation::kRemove ||
                         operation == Operation::kRestart || operation == Operation::kEdit ||
                         operation == Operation::kReadLog || operation == Operation::kExplain ||
                         operation == Operation::kRevokeToken;
  return {.operation = operation,
          .access = access,
          .datasource = operation == Operation::kConfigure ? "" : "scan",
          .job = names_job ? "j-1" : ""};
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

void check(const Refused& refused) {
  const bool is_documented = refused.code == Code::kBadRequest || refused.code == Code::kNotFound ||
                             refused.code == Code::kMethodNotAllowed ||
                             refused.code == Code::kTooLarge;
  if (!is_documented || refused.detail.empty() || !is_ascii(refused.detail)) {
    std::abort();
  }
}

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
  const auto found =
      find_route(reader.method(), reader.path(), limits.path_bytes_max, limits.id_bytes_max);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    check(*refused);
  }
  // The body through all operations, whatever the path says.
  bool is_command = false;
  for (std::uint8_t number = 0; number < kOperationCount; ++number) {
    const auto operation = static_cast<Operation>(number);
    if (!has_command(operation)) {
      continue;
    }
    for (const Access access : {Access::kClient, Access::kDriver}) {
      const Route route = route_to(operation, access);
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

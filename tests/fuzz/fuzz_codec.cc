// Untrusted bytes through the codec: every frame is either a command or a refusal, for every
// operation. libFuzzer's entry; replay_corpus_test.cc runs the same function without it.

#include "fuzz_codec.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec.h"

namespace store {
namespace {

constexpr Operation kOperationsWithBody[] = {
    Operation::kSubmit,    Operation::kGetJob,    Operation::kListJobs,
    Operation::kAccept,    Operation::kRenew,     Operation::kUpdate,
    Operation::kUpdateOne, Operation::kGetAnyJob, Operation::kListAnyJobs};

Access access_of(Operation operation) {
  const bool is_client = operation == Operation::kSubmit || operation == Operation::kGetJob ||
                         operation == Operation::kListJobs;
  return is_client ? Access::kClient : Access::kDriver;
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
  for (const Operation operation : kOperationsWithBody) {
    const bool names_job = operation == Operation::kUpdateOne || operation == Operation::kGetAnyJob;
    const Route route{operation, access_of(operation), "scan", names_job ? "j-1" : ""};
    for (const char* pinned_client : {"", "alice"}) {
      const auto command = reader.command(route, pinned_client);
      if (const auto* refused = std::get_if<Refused>(&command)) {
        check(*refused);
      } else {
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

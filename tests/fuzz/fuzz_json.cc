// A job's request, beside another parser's opinion of it.
#include <nlohmann/json.hpp>
#include <string>

#include "codec.h"
#include "messages.h"
#include "targets.h"

namespace fuzzing {
namespace {

using namespace store;

bool is_taken(const std::string& request) {
  static const Limits limits;
  static RequestReader reader(limits);
  const auto frame = wire::submit_frame({.method = wire::Method::POST, .path = "/scan/job"},
                                        {{.job = "j", .request = request}});
  expect(!reader.open(std::as_bytes(std::span(frame))), "the frame is a message");
  const Route route{
      .operation = Operation::kSubmit, .access = Access::kClient, .datasource = "scan", .job = {}};
  const auto command = reader.command(route, "alice");
  expect(std::holds_alternative<Command>(command), "what is wrong is the item alone");
  const auto& item = std::get<Submit>(std::get<Command>(command)).jobs.at(0);
  if (const auto* refused = std::get_if<Refused>(&item)) {
    expect(refused->code == Code::kBadRequest || refused->code == Code::kTooLarge,
           "a refusal is documented");
    return false;
  }
  expect(std::get<NewJob>(item).request == request, "it is taken byte for byte");
  return true;
}

std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0;
  for (const char c : text) {
    depth += c == '[' || c == '{' ? 1 : 0;
  }
  return depth;
}

}  // namespace

bool json(std::string_view bytes) {
  if (bytes.empty()) {
    return false;  // of which the frame's maker makes something else
  }
  const std::string request(bytes);
  const bool taken = is_taken(request);
  // On a mark of the byte order the parsers may differ, and nesting has a limit.
  if (bytes.starts_with("\xef\xbb\xbf") || depth_of(bytes) > 500) {
    return taken;
  }
  // This parser takes a NUL for the end.
  const bool is_json =
      bytes.find('\0') == std::string_view::npos && nlohmann::json::accept(request);
  expect(taken == is_json, "both parsers agree");
  return taken;
}

}  // namespace fuzzing

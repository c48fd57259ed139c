// What databox's clients send: a message of Zest, its path as a path of the store, its JSON as the
// body of every operation.
#include <string>

#include "codec.h"
#include "message.h"
#include "paths.h"
#include "targets.h"

namespace fuzzing {
namespace {

using namespace store;

void check_message(const zest::Message& message) {
  const std::string frame = zest::encode(message);
  const auto again = zest::parse(frame);
  expect(again.has_value(), "what is written can be read");
  expect(again->code == message.code && again->token == message.token &&
             again->host == message.host && again->observe == message.observe &&
             again->path == message.path && again->format == message.format &&
             again->max_age == message.max_age && again->public_key == message.public_key &&
             again->payload == message.payload,
         "a message comes back");
  expect(zest::encode(*again) == frame, "and is written the same");
}

void check(unsigned code, std::string_view detail) {
  expect(code == 400 || code == 404 || code == 405 || code == 413 || code == 415,
         "a refusal is documented");
  expect(!detail.empty(), "a refusal has a reason");
  for (const char c : detail) {
    expect(c >= 0x20 && c < 0x7f, "a refusal can be sent");
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

// Whether it is one, for a path of the table.
bool is_command(RequestReader& reader, const PathRow& path) {
  const auto has = [&](char what) { return path.pattern.find(what) != std::string_view::npos; };
  const Route route{.operation = path.operation,
                    .access = path.access,
                    .datasource = has('*') ? "D" : "",
                    .job = has('+') ? "j1" : ""};
  const auto command = reader.command(route, "");
  if (const auto* refused = std::get_if<Refused>(&command)) {
    check(*refused);
    return false;
  }
  if (const auto* submit = std::get_if<Submit>(&std::get<Command>(command))) {
    check_items(submit->jobs);
  } else if (const auto* update = std::get_if<Update>(&std::get<Command>(command))) {
    check_items(update->outcomes);
  }
  return true;
}

}  // namespace

bool zest(std::string_view bytes) {
  if (const auto message = zest::parse(bytes)) {
    check_message(*message);
  }
  if (!zest::is_request(bytes)) {
    return false;
  }
  static const Limits limits;
  static RequestReader reader(limits);
  if (const auto refused = reader.open(std::as_bytes(std::span(bytes)))) {
    check(*refused);
    return false;
  }
  expect(reader.zest().has_value(), "a request of Zest is known as one");
  const auto found = find_route(reader.method(), reader.path());
  if (const auto* none = std::get_if<NoRoute>(&found)) {
    check(none->code, none->detail);
  }
  // The body through all operations, whatever the path says.
  bool is_any = false;
  for (const PathRow& path : path_rows()) {
    is_any = (traits_of(path.operation).by != By::kServer && is_command(reader, path)) || is_any;
  }
  return is_any && std::holds_alternative<Route>(found);
}

}  // namespace fuzzing

// A job's request, beside another parser's opinion of it: whether it is JSON, and its parts; and
// what it is as an item of a catalogue.
#include <nlohmann/json.hpp>
#include <string>

#include "codec.h"
#include "hypercat.h"
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

// Its parts, as they are written, say what the other parser reads.
void as_parts(const std::string& text) {
  const auto all = nlohmann::json::parse(text);
  const auto members = jobq::members_of(text);
  const auto items = jobq::items_of(text);
  expect(members.has_value() == all.is_object(), "an object has members");
  expect(items.has_value() == all.is_array(), "an array has items");
  auto object = nlohmann::json::object();
  for (const auto& [name, part] : members.value_or(jobq::JsonMembers())) {
    object[name] = nlohmann::json::parse(part);  // the last of a name counts
  }
  auto array = nlohmann::json::array();
  for (const std::string_view part : items.value_or(std::vector<std::string_view>())) {
    array.push_back(nlohmann::json::parse(part));
  }
  expect(!members || object == all, "they are its members");
  expect(!items || array == all, "they are its items");
}

// An item of databox's catalogue, or what is wrong with it.
void as_item(const std::string& text) {
  const auto read = jobq::read_item(text);
  if (const auto* item = std::get_if<jobq::CatalogueItem>(&read)) {
    const auto all = nlohmann::json::parse(jobq::catalogue_text(std::span(&item->config, 1)));
    expect(all["items"][0] == nlohmann::json::parse(text), "the catalogue has it as it is");
  } else {
    expect(!std::get<jobq::WrongField>(read).wrong.empty(), "a refusal has a reason");
  }
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
  if (taken) {
    as_parts(request);
    as_item(request);
  }
  return taken;
}

}  // namespace fuzzing

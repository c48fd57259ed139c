// A JSON Schema, and behind its line a text that is held to it: checking ends, and says the same
// twice.
#include <algorithm>
#include <string>

#include "schema.h"
#include "targets.h"

namespace fuzzing {
namespace {

using namespace store;

constexpr std::size_t kSteps = 20'000;

struct Checked {
  std::string said;
  std::size_t left = kSteps;
  bool operator==(const Checked&) const = default;
};

Checked check(const Schema& schema, const JsonText& text) {
  Checked checked;
  const auto result = schema.check(text, checked.left);
  if (const auto* misfit = std::get_if<Misfit>(&result)) {
    expect(!misfit->rule.empty(), "a misfit has a reason");
    expect(misfit->pointer.empty() || misfit->pointer.front() == '/', "it has a place");
    checked.said = misfit->spelled();
  }
  expect(checked.left <= kSteps, "steps are taken off");
  return checked;
}

}  // namespace

bool schema(std::string_view bytes) {
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  auto read = Schema::read(bytes.substr(0, end));
  if (const auto* misfit = std::get_if<Misfit>(&read)) {
    expect(!misfit->rule.empty(), "a refusal has a reason");
    return false;
  }
  JsonText text;
  if (!text.parse(bytes.substr(std::min(end + 1, bytes.size())))) {
    return false;
  }
  const auto& schema = std::get<Schema>(read);
  expect(check(schema, text) == check(schema, text), "it says the same twice");
  return true;
}

}  // namespace fuzzing

#include "function_checks.h"

#include <algorithm>

#include "jobq/limits.h"
#include "refusals.h"
#include "text_rules.h"

namespace store {
namespace {

// Of schemas that are kept ready.
constexpr std::size_t kKnownBytesMax = 4u << 20;

std::optional<Schema> schema_of(const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  auto read = Schema::read(text);
  auto* schema = std::get_if<Schema>(&read);
  // What does not read now was registered with a store that took it: nothing is known of it.
  return schema == nullptr ? std::nullopt : std::optional(std::move(*schema));
}

}  // namespace

std::optional<Refused> FunctionChecks::refuse_to_register(const jobq::Function& function) {
  const std::pair<const char*, const std::string*> schemas[] = {
      {"requestSchema", &function.request_schema}, {"responseSchema", &function.response_schema}};
  for (const auto& [field, text] : schemas) {
    if (text->empty()) {
      continue;
    }
    const auto read = Schema::read(*text);
    if (const auto* misfit = std::get_if<Misfit>(&read)) {
      return Refused{Code::kBadRequest, told(std::string(field) + ": " + misfit->spelled())};
    }
  }
  return std::nullopt;
}

const FunctionChecks::Known& FunctionChecks::known(const Function& function) {
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Known& known) { return known.function == function; });
  if (found != known_.end()) {
    known_.splice(known_.begin(), known_, found);
    return known_.front();
  }
  constexpr std::size_t kOfEach = 4096;
  const std::size_t bytes =
      kOfEach + function->request_schema.size() + function->response_schema.size();
  known_.push_front(
      {function, schema_of(function->request_schema), schema_of(function->response_schema), bytes});
  known_bytes_ += bytes;
  while (known_bytes_ > kKnownBytesMax && known_.size() > 1) {
    known_bytes_ -= known_.back().bytes;
    known_.pop_back();
  }
  return known_.front();
}

std::optional<Refused> FunctionChecks::wrong_with(const Schema& schema) {
  const auto checked = schema.check(text_, steps_);
  if (const auto* misfit = std::get_if<Misfit>(&checked)) {
    return Refused{Code::kBadRequest, misfit->spelled()};
  }
  if (std::holds_alternative<Schema::TooMuch>(checked)) {
    return Refused{Code::kTooLarge, "takes more than " + std::to_string(kStepsMax) +
                                        " steps to check, with what the message has besides"};
  }
  return std::nullopt;
}

std::variant<std::vector<std::string>, Refused> FunctionChecks::tags_of(const Function& function,
                                                                        const std::string& request,
                                                                        const std::string& field) {
  std::vector<std::string> tags;
  if (function->request_schema.empty() && function->indexed.empty()) {
    return tags;
  }
  const auto wrong = [&](Code code, const std::string& what) {
    return Refused{code, told(field + ": " + what)};
  };
  if (!text_.parse(request)) {
    return wrong(Code::kBadRequest,
                 "has integers beyond 64 bits, which the function does not take");
  }
  if (const auto& schema = known(function).request) {
    if (auto refused = wrong_with(*schema)) {
      return wrong(refused->code, refused->detail);
    }
  }
  for (const jobq::IndexedField& indexed : function->indexed) {
    std::string value;
    const JsonText::At at = text_.scalar_at(indexed.pointer, value);
    const std::string& place = indexed.pointer;
    if (at == JsonText::At::kOther) {
      return wrong(Code::kBadRequest,
                   place + ": is no text, number or truth value for the tag " + indexed.name);
    }
    if (at == JsonText::At::kNothing) {
      if (indexed.is_required) {
        return wrong(Code::kBadRequest, place + ": is missing, for the tag " + indexed.name);
      }
      continue;
    }
    tags.push_back(indexed.name + "=" + value);
    if (const auto what = jobq::wrong_with_name(tags.back(), jobq::limits::kIdBytesMax);
        !what.empty()) {
      std::string detail = place + ": makes no tag ";
      return wrong(Code::kBadRequest, detail.append(indexed.name).append("=...: ").append(what));
    }
  }
  return tags;
}

std::optional<std::string> FunctionChecks::wrong_with_response(const Function& function,
                                                               const std::string& response) {
  if (function->response_schema.empty()) {
    return std::nullopt;
  }
  if (!text_.parse(response)) {
    return "has integers beyond 64 bits, which the function does not take";
  }
  const auto& schema = known(function).response;
  const auto refused = schema ? wrong_with(*schema) : std::nullopt;
  return refused ? std::optional(told(refused->detail)) : std::nullopt;
}

}  // namespace store

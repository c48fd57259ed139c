// What a function asks of the JSON of its jobs: that requests and responses fit its schemas, and
// which values of a request become tags. What is decided here is in the command then; a replay asks
// nothing. Part of the codec.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "replies.h"
#include "schema.h"

namespace store {

class FunctionChecks {
 public:
  // All requests and responses of a message share the steps that checking may take.
  static constexpr std::size_t kStepsMax = 524'288;
  void begin_message() { steps_ = kStepsMax; }

  // Why it cannot be registered.
  static std::optional<Refused> refuse_to_register(const jobq::Function& function);

  // The tags of a request, or why it is refused. `field`: what the refusal is about.
  using Function = std::shared_ptr<const jobq::Function>;
  std::variant<std::vector<std::string>, Refused> tags_of(const Function& function,
                                                          const std::string& request,
                                                          const std::string& field);
  // Nothing where the response fits.
  std::optional<std::string> wrong_with_response(const Function& function,
                                                 const std::string& response);

 private:
  // A function with its schemas, read.
  struct Known {
    Function function;
    std::optional<Schema> request;
    std::optional<Schema> response;
    std::size_t bytes = 0;
  };
  const Known& known(const Function& function);
  // Code and words; nothing where it fits.
  std::optional<Refused> wrong_with(const Schema& schema);

  JsonText text_;
  std::size_t steps_ = 0;
  std::list<Known> known_;  // those that were asked for last first
  std::size_t known_bytes_ = 0;
};

}  // namespace store

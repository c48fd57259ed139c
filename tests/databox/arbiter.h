// A double of databox's arbiter for tests: what jptmoore/arbiter 0.0.4 answers, which core-arbiter
// runs, byte for byte. It observes nothing.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "message.h"

namespace databox {

class Arbiter {
 public:
  // `cm_key` is the container manager's, who registers parts and grants them routes.
  explicit Arbiter(std::string cm_key) : cm_key_(std::move(cm_key)) {}

  // To one frame of Zest.
  std::string answer(std::string_view frame);

  // As the container manager does it.
  void add_part(const std::string& name, const std::string& type, const std::string& key);

  // That a store was given last; empty: none.
  std::string secret_of(const std::string& name) const;

 private:
  using Json = nlohmann::ordered_json;
  struct Part {
    std::string key;
    Json permissions = Json::array();
    std::string secret{};
  };
  struct Answer {
    zest::Code code;
    zest::Format format = zest::Format::kText;
    std::string payload{};
  };

  bool may_ask(const zest::Message& request) const;
  Answer get(const zest::Message& request);
  Answer post(const zest::Message& request);
  Answer mint(const zest::Message& request, const Json& wanted);
  Answer manage(std::string_view path, const Json& json);
  Answer catalogue() const;

  const std::string cm_key_;
  std::map<std::string, Part> parts_;
  std::vector<std::string> catalogue_;  // names, in the order in which they came
};

}  // namespace databox

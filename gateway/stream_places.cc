#include "stream_places.h"

#include <utility>

#include "discharges.h"

namespace gateway {
namespace {

std::string identifier_of(const std::string& token) {
  const auto parsed = auth::Bundle::parse(token);
  const auto* bundle = std::get_if<auth::Bundle>(&parsed);
  return bundle == nullptr ? std::string() : std::string(bundle->root.identifier());
}

}  // namespace

StreamPlaces::Place::Place(StreamPlaces& all, std::string identifier)
    : all_(all), identifier_(std::move(identifier)) {
  ++all_.of_token_[identifier_];
  ++all_.counters_.streams;
  ++all_.counters_.streams_now;
}

StreamPlaces::Place::~Place() {
  --all_.counters_.streams_now;
  const auto found = all_.of_token_.find(identifier_);
  if (--found->second == 0) all_.of_token_.erase(found);
}

std::variant<kj::Own<StreamPlaces::Place>, Reply> StreamPlaces::take(const std::string& token) {
  std::string identifier = identifier_of(token);
  if (counters_.streams_now >= settings_.streams_max) {
    return refusal(503, "streams: " + std::to_string(settings_.streams_max) + " at most");
  }
  const auto found = of_token_.find(identifier);
  if (found != of_token_.end() && found->second >= settings_.streams_per_token_max) {
    return refusal(
        429, "streams: " + std::to_string(settings_.streams_per_token_max) + " of a token at most");
  }
  return kj::heap<Place>(*this, std::move(identifier));
}

}  // namespace gateway

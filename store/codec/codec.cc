#include "codec.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <simdjson.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "body_reader.h"
#include "invariant.h"
#include "protocol.capnp.h"
#include "refusals.h"

namespace store {
namespace {

std::string_view text_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

}  // namespace

struct RequestReader::Message {
  std::vector<std::uint64_t> words;  // aligned copy of the frame
  std::optional<capnp::FlatArrayMessageReader> reader;
  std::optional<protocol::Request::Reader> request;
  simdjson::dom::parser json;

  // The fast parser takes no integers beyond 64 bits; the slow one then decides.
  bool is_json(std::string_view text) {
    const auto error = json.parse(text.data(), text.size()).error();
    return error == simdjson::SUCCESS ||
           (error == simdjson::NUMBER_ERROR && text.find('\0') == std::string_view::npos &&
            nlohmann::json::accept(text));  // which takes a NUL for the end of the text
  }
};

RequestReader::RequestReader(const Limits& limits)
    : limits_(limits), message_(std::make_unique<Message>()) {}

RequestReader::~RequestReader() = default;

std::optional<Refused> RequestReader::open(std::span<const std::byte> frame) {
  id_ = 0;
  message_->request.reset();
  message_->reader.reset();
  if (frame.size() > limits_.frame_bytes_max) {
    return too_large("frame", frame.size(), limits_.frame_bytes_max);
  }
  if (frame.size() % sizeof(capnp::word) != 0 || frame.empty()) {
    return bad("frame", "is no Cap'n Proto message");
  }
  const std::size_t word_count = frame.size() / sizeof(capnp::word);
  message_->words.resize(word_count);
  std::memcpy(message_->words.data(), frame.data(), frame.size());
  // Everything is read about once; the limit keeps a message from pointing at itself over and over.
  const capnp::ReaderOptions options{.traversalLimitInWords = 4 * word_count + 1024,
                                     .nestingLimit = 16};
  try {
    const auto* words = reinterpret_cast<const capnp::word*>(message_->words.data());
    message_->reader.emplace(kj::arrayPtr(words, word_count), options);
    message_->request = message_->reader->getRoot<protocol::Request>();
    const protocol::Request::Reader& request = *message_->request;
    id_ = request.getId();
    path_ = text_of(request.getPath());
    const auto token = request.getToken();
    token_ = {reinterpret_cast<const char*>(token.begin()), token.size()};
    switch (request.getMethod()) {
      case protocol::Method::GET: method_ = Method::kGet; break;
      case protocol::Method::POST: method_ = Method::kPost; break;
      case protocol::Method::PUT: method_ = Method::kPut; break;
      case protocol::Method::DELETE: method_ = Method::kDelete; break;
      default: return Refused{Code::kMethodNotAllowed, "method: unknown"};
    }
  } catch (const kj::Exception&) {
    return bad("frame", "is no Cap'n Proto message");
  }
  return std::nullopt;
}

std::variant<Command, Refused> RequestReader::command(const Route& route,
                                                      const std::string& pinned_client) {
  using Body = protocol::Request::Body;
  const std::function<bool(std::string_view)> is_json = [this](std::string_view text) {
    return message_->is_json(text);
  };
  const BodyReader reader(limits_, is_json, route, pinned_client);
  try {
    const Body::Reader body = message_->request->getBody();
    const bool no_body = body.isNone();
    switch (route.operation) {
      case Operation::kSubmit:
        return body.isSubmit() ? reader.submit(body.getSubmit()) : bad("body", "must be submit");
      case Operation::kGetJob:
      case Operation::kGetAnyJob:
        return no_body             ? reader.get_job({})
               : body.isJobQuery() ? reader.get_job(body.getJobQuery())
                                   : bad("body", "must be jobQuery");
      case Operation::kListJobs:
      case Operation::kListAnyJobs:
        return no_body              ? reader.list({})
               : body.isListQuery() ? reader.list(body.getListQuery())
                                    : bad("body", "must be listQuery");
      case Operation::kAccept:
        return body.isAccept() ? reader.accept(body.getAccept()) : bad("body", "must be accept");
      case Operation::kRenew:
        return body.isRenew() ? reader.renew(body.getRenew()) : bad("body", "must be renew");
      case Operation::kUpdate:
      case Operation::kUpdateOne:
        return body.isUpdate() ? reader.update(body.getUpdate()) : bad("body", "must be update");
      case Operation::kStoreStatus:
      case Operation::kStoreStats: break;
    }
  } catch (const kj::Exception&) {
    return bad("body", "is damaged");
  }
  invariant_broken("an operation of the engine", __FILE__, __LINE__,
                   static_cast<int>(route.operation));
}

}  // namespace store

#include "script.h"

#include <capnp/serialize-text.h>

#include <algorithm>

Script::Script(std::vector<std::string> answers) : answers_(std::move(answers)) {}

void Script::answer(FakeStore& store, const Asked& asked) {
  const std::string& text = answers_.at(std::min(next_++, answers_.size() - 1));
  if (!text.empty()) {
    store.reply(asked, 200, [&](protocol::Reply::Builder reply) {
      capnp::TextCodec().decode(text, capnp::toDynamic(reply));
    });
  }
}

std::string Script::asked(std::size_t index) {
  capnp::MallocMessageBuilder message;
  message.setRoot(store.asked(index + 1).at(index).request());
  auto request = message.getRoot<protocol::Request>();
  request.setId(0);
  request.disownToken();
  return text_of(request.asReader());
}

std::string Script::request(const std::string& text) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<protocol::Request>();
  capnp::TextCodec().decode(text, capnp::toDynamic(request));
  return text_of(request.asReader());
}

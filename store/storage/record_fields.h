// Between record.capnp and our types: what several kinds of records have in common. For the files
// that implement record.h only.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "record.capnp.h"
#include "storage.h"
#include "texts.h"

namespace store {

inline std::uint64_t ms(Time time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}
inline std::uint64_t ms(Span span) { return static_cast<std::uint64_t>(span.count()); }
inline Time time_of(std::uint64_t ms) { return Time(Span(ms)); }

inline capnp::Text::Reader text(const std::string& text) { return {text.c_str(), text.size()}; }
inline std::string text_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

// Null where there is nothing to say: a pointer instead of a pointer and a word.
inline bool is_said(const std::string& text) { return !text.empty(); }
inline bool is_said(const Hash& hash) { return hash != Hash{}; }

inline capnp::Data::Reader data(const Hash& hash) { return {hash.data(), hash.size()}; }
// Data that is not as long as a hash is all zero.
Hash hash_of(capnp::Data::Reader in);

void fill(record::Failure::Builder out, const Failure& failure);
Failure failure_of(record::Failure::Reader in);

void fill(record::Payload::Builder out, const Payload& payload);
Payload payload_of(record::Payload::Reader in);

void fill(record::Terms::Builder out, const Terms& terms);
Terms terms_of(record::Terms::Reader in);

void fill(record::DatasourceConfig::Builder out, const DatasourceConfig& config);
DatasourceConfig config_of(record::DatasourceConfig::Reader in);

void fill_texts(capnp::List<capnp::Text>::Builder out, const std::vector<std::string>& texts);
std::vector<std::string> texts_of(capnp::List<capnp::Text>::Reader in);

// One of an enumeration's `count` values. Throws StorageError.
template <typename Enumeration>
Enumeration enumeration_of(const char* what, std::uint8_t value, std::uint8_t count) {
  if (value >= count) {
    throw StorageError(std::string("damaged record: ") + what + " " + std::to_string(value));
  }
  return static_cast<Enumeration>(value);
}

std::string bytes_of(capnp::MessageBuilder& message);

// The words of a record, aligned.
std::vector<capnp::word> words_of(std::string_view record);

// Decodes with `read(root)`. Records are our own, so that anything unexpected is damage.
template <typename Root, typename Read>
auto decode(const char* what, std::string_view record, const Read& read) {
  try {
    const std::vector<capnp::word> words = words_of(record);
    const capnp::ReaderOptions options{.traversalLimitInWords = UINT64_MAX, .nestingLimit = 16};
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words.data(), words.size()), options);
    return read(message.getRoot<Root>());
  } catch (const kj::Exception& damage) {
    throw StorageError(std::string("damaged ") + what + ": " + damage.getDescription().cStr());
  }
}

}  // namespace store

// Values to Cap'n Proto and back, by walking their fields (fields.h). For messages and for records
// alike: a field of the schema may be wider or narrower than its member.
//
// Times and spans are milliseconds. A text, list or optional value that is empty is left out, and
// so is a nested value that says nothing where its Fields say `kMayBeLeftOut`: all that reads the
// same and takes no space. Numbers beyond what the field can hold become the largest that it can,
// which whoever reads it refuses; negative spans become 0.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/io.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fields.h"
#include "jobq/names.h"
#include "jobq/types.h"

namespace jobq::wire {

// The text must outlive the reader.
inline capnp::Text::Reader text(const std::string& text) { return {text.c_str(), text.size()}; }
inline std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
inline std::string_view view(std::string_view bytes) { return bytes; }
inline std::uint64_t ms(Span span) {
  return static_cast<std::uint64_t>(std::max(span, Span::zero()).count());
}
inline std::uint64_t ms(Time time) { return ms(time.time_since_epoch()); }
inline Span span(std::uint64_t ms) { return Span(static_cast<Span::rep>(ms)); }
inline Time time(std::uint64_t ms) { return Time(span(ms)); }

// Most messages take no memory of their own but this. REQUIRES: a thread has one at a time.
class Message : public capnp::MallocMessageBuilder {
 public:
  Message() : MallocMessageBuilder(kj::arrayPtr(room().data(), room().size())) {}

 private:
  static std::vector<capnp::word>& room() {
    thread_local std::vector<capnp::word> words(std::size_t{1} << 15);
    return words;
  }
};

// A message as the bytes of a frame or a record.
inline std::string bytes_of(capnp::MessageBuilder& message) {
  struct Text : kj::OutputStream {
    std::string bytes;
    void write(const void* part, std::size_t size) override {
      bytes.append(static_cast<const char*>(part), size);
    }
  } text;
  text.bytes.reserve(capnp::computeSerializedSizeInWords(message) * sizeof(capnp::word));
  capnp::writeMessage(text, message);
  return std::move(text.bytes);
}

template <typename T>
inline constexpr bool kIsVector = false;
template <typename T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <typename Narrow, typename Number>
Narrow narrowed(Number number) {
  if constexpr (std::is_integral_v<Number> && sizeof(Narrow) < sizeof(Number)) {
    return static_cast<Narrow>(
        std::min<Number>(number, static_cast<Number>(std::numeric_limits<Narrow>::max())));
  } else {
    return static_cast<Narrow>(number);
  }
}

template <typename T, typename Out>
void write(const T& value, Out out);

template <typename Item, typename List>
void write_list(const std::vector<Item>& items, List list) {
  for (unsigned i = 0; i < list.size(); ++i) {
    if constexpr (std::is_same_v<Item, std::string>) {
      list.set(i, text(items[i]));
    } else if constexpr (std::is_enum_v<Item>) {
      list.set(i, static_cast<std::remove_cvref_t<decltype(list.asReader()[i])>>(items[i]));
    } else if constexpr (std::is_arithmetic_v<Item>) {
      list.set(i, items[i]);
    } else {
      write(items[i], list[i]);
    }
  }
}

template <typename Owner, typename Member, typename Out, typename Access>
void put(const Member& value, Out out, const Access& access) {
  if constexpr (std::is_same_v<Access, InlinedAccess>) {
    write(value, out);
  } else if constexpr (std::is_same_v<Member, std::string>) {
    if (!value.empty()) {
      access.set(out, text(value));
    }
  } else if constexpr (std::is_same_v<Member, Span> || std::is_same_v<Member, Time>) {
    access.set(out, narrowed<decltype(access.get(out))>(ms(value)));
  } else if constexpr (std::is_arithmetic_v<Member>) {
    access.set(out, narrowed<decltype(access.get(out))>(value));
  } else if constexpr (std::is_enum_v<Member>) {
    access.set(out, static_cast<decltype(access.get(out))>(value));
  } else if constexpr (kIsOptional<Member>) {
    if constexpr (std::is_same_v<Member, std::optional<std::string>>) {
      value ? access.set(out, text(*value)) : void();
    } else if (value) {
      write(*value, access.init(out));
    }
  } else if constexpr (kIsVector<Member>) {
    // Those of numbers came later.
    constexpr bool kKeepsEmpty =
        kKeepsEmptyLists<Owner> && !std::is_arithmetic_v<typename Member::value_type>;
    if (!value.empty() || kKeepsEmpty) {
      write_list(value, access.init(out, static_cast<unsigned>(value.size())));
    }
  } else {
    if constexpr (kMayBeLeftOut<Member>) {
      if (says_nothing(value)) {
        return;
      }
    }
    write(value, access.init(out));
  }
}

// REQUIRES: `out` is as it was initialised.
template <typename T, typename Out>
void write(const T& value, Out out) {
  each_field(value, [&](const auto& member, const auto& access) { put<T>(member, out, access); });
}

// `unknown(name)` is called where a word is none that this program knows; the member then stays as
// it was.
template <typename T, typename In, typename Unknown>
void read(In in, T& value, const Unknown& unknown);

template <typename Enum, typename Word, typename Unknown>
void take_word(Word word, Enum& value, std::string_view name, const Unknown& unknown) {
  if (static_cast<std::size_t>(word) < kNames<Enum>.size()) {
    value = static_cast<Enum>(word);
  } else {
    unknown(name);
  }
}

template <typename Item, typename List, typename Unknown>
void read_list(List list, std::vector<Item>& items, std::string_view name, const Unknown& unknown) {
  items.clear();
  items.reserve(list.size());
  for (const auto item : list) {
    if constexpr (std::is_same_v<Item, std::string>) {
      items.emplace_back(view(item));
    } else if constexpr (std::is_enum_v<Item>) {
      take_word(item, items.emplace_back(), name, unknown);
    } else if constexpr (std::is_arithmetic_v<Item>) {
      items.push_back(item);
    } else {
      read(item, items.emplace_back(), unknown);
    }
  }
}

template <typename Member, typename In, typename Access, typename Unknown>
void take(In in, Member& value, const Access& access, const Unknown& unknown) {
  if constexpr (std::is_same_v<Access, InlinedAccess>) {
    read(in, value, unknown);
  } else if constexpr (std::is_same_v<Member, std::string>) {
    value = view(access.get(in));
  } else if constexpr (std::is_same_v<Member, Span>) {
    value = span(access.get(in));
  } else if constexpr (std::is_same_v<Member, Time>) {
    value = time(access.get(in));
  } else if constexpr (std::is_arithmetic_v<Member>) {
    value = static_cast<Member>(access.get(in));
  } else if constexpr (std::is_enum_v<Member>) {
    take_word(access.get(in), value, access.name, unknown);
  } else if constexpr (kIsOptional<Member>) {
    value.reset();
    if (access.has(in)) {
      read(access.get(in), value.emplace(), unknown);
    }
  } else if constexpr (kIsVector<Member>) {
    read_list(access.get(in), value, access.name, unknown);
  } else {
    read(access.get(in), value, unknown);
  }
}

template <typename T, typename In, typename Unknown>
void read(In in, T& value, const Unknown& unknown) {
  each_field(value, [&](auto& member, const auto& access) { take(in, member, access, unknown); });
}

}  // namespace jobq::wire

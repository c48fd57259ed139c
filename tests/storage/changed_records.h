// Records of record.capnp with one value changed to another that it could have.
#pragma once

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace store {

// Walks a record and makes the change number `number`, if there are so many.
class RecordChange {
 public:
  explicit RecordChange(std::size_t number) : left_(number) {}

  bool is_made() const { return !what_.empty(); }
  // Which field, and how.
  const std::string& what() const { return what_; }

  void walk(capnp::DynamicStruct::Builder record, const std::string& path = {}) {
    for (const auto field : record.getSchema().getNonUnionFields()) {
      walk_field(record, field, path + "." + name_of(field));
    }
    KJ_IF_MAYBE (active, record.which()) {
      walk_field(record, *active, path + "." + name_of(*active));
      for (const auto other : record.getSchema().getUnionFields()) {
        if (other != *active && is_due(path + " is " + name_of(other))) {
          record.clear(other);
        }
      }
    }
  }

 private:
  template <typename Field>
  static std::string name_of(const Field& field) {
    return {field.getProto().getName().begin(), field.getProto().getName().size()};
  }

  bool is_due(const std::string& what) {
    if (is_made() || left_-- > 0) {
      return false;
    }
    what_ = what;
    return true;
  }

  void walk_field(capnp::DynamicStruct::Builder record, capnp::StructSchema::Field field,
                  const std::string& path) {
    if (is_made()) {
      return;
    }
    const auto type = field.getType();
    if (type.isStruct()) {
      if (record.has(field)) {
        walk(record.get(field).as<capnp::DynamicStruct>(), path);
      }
    } else if (type.isList()) {
      walk_list(record, field, path);
    } else if (!type.isVoid()) {
      walk_value(type, record.asReader().get(field), path,
                 [&](auto value) { record.set(field, capnp::DynamicValue::Reader(value)); });
      return;
    }
    if (!type.isVoid() && record.has(field) && is_due(path + " is gone")) {
      record.clear(field);
    }
  }

  void walk_list(capnp::DynamicStruct::Builder record, capnp::StructSchema::Field field,
                 const std::string& path) {
    auto list = record.get(field).as<capnp::DynamicList>();
    const auto type = field.getType().asList().getElementType();
    for (unsigned i = 0; i < list.size() && !is_made(); ++i) {
      const std::string place = path + "[" + std::to_string(i) + "]";
      if (type.isStruct()) {
        walk(list[i].as<capnp::DynamicStruct>(), place);
      } else {
        walk_value(type, list.asReader()[i], place,
                   [&](auto value) { list.set(i, capnp::DynamicValue::Reader(value)); });
      }
    }
  }

  template <typename Set>
  void walk_value(capnp::Type type, capnp::DynamicValue::Reader value, const std::string& path,
                  const Set& set) {
    const auto change = [&](const std::string& how, auto other) {
      if (is_due(path + how)) {
        set(other);
      }
    };
    if (type.isText()) {
      const auto text = value.as<capnp::Text>();
      const std::string longer = std::string(text.cStr()) + "x";
      change(" is longer", capnp::Text::Reader(longer.c_str(), longer.size()));
      if (text.size() > 0) {
        change(" is empty", capnp::Text::Reader(""));
      }
    } else if (type.isEnum()) {
      const unsigned word = value.as<capnp::DynamicEnum>().getRaw();
      for (const unsigned other : {word ^ 1, 2u, 200u}) {
        change(" is word " + std::to_string(other),
               capnp::DynamicEnum(type.asEnum(), static_cast<std::uint16_t>(other)));
      }
    } else if (type.isData()) {
      std::string data(reinterpret_cast<const char*>(value.as<capnp::Data>().begin()),
                       value.as<capnp::Data>().size());
      data.resize(16);
      data[0] = static_cast<char>(data[0] ^ 1);
      change(" is another",
             capnp::Data::Reader(reinterpret_cast<const kj::byte*>(data.data()), data.size()));
    } else if (type.isBool()) {
      change(" is the other", !value.as<bool>());
    } else if (type.isFloat32()) {
      change(" is more", value.as<float>() + 0.25F);
    } else {
      const auto number = value.as<std::uint64_t>();
      change(" is one more", number + 1);
      if (number > 0) {
        change(" is one less", number - 1);
        change(" is 0", std::uint64_t{0});
      }
      change(" is 200 more", number + 200);
    }
  }

  std::size_t left_;
  std::string what_;
};

// Calls visit(what, record) for each change that there is of the record, a Root.
template <typename Root, typename Visit>
void each_change(std::string_view record, const Visit& visit) {
  auto words = kj::heapArray<capnp::word>(record.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), record.data(), words.asBytes().size());
  for (std::size_t number = 0;; ++number) {
    capnp::FlatArrayMessageReader reader(words);
    capnp::MallocMessageBuilder changed;
    changed.setRoot(reader.getRoot<Root>());
    RecordChange change(number);
    try {
      change.walk(changed.getRoot<Root>());
    } catch (const kj::Exception&) {
      continue;  // it is too large for the field
    }
    if (!change.is_made()) {
      return;
    }
    const auto bytes = capnp::messageToFlatArray(changed);
    visit(change.what(), std::string(bytes.asChars().begin(), bytes.asChars().size()));
  }
}

}  // namespace store

// A part of a value that is mostly not there, and then takes a pointer: for what is moved often.
#pragma once

#include <memory>
#include <utility>

namespace store {

// A copy has a copy of what is in it.
template <typename T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Boxed(const Boxed& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(Boxed other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }

  explicit operator bool() const { return value_ != nullptr; }
  // REQUIRES: it is there.
  T& operator*() const { return *value_; }
  T* operator->() const { return value_.get(); }
  // One that says nothing where it is not there.
  const T& or_nothing() const {
    static const T kNothing{};
    return value_ ? *value_ : kNothing;
  }
  // Makes one that says nothing where it is not there.
  T& change() {
    if (!value_) {
      value_ = std::make_unique<T>();
    }
    return *value_;
  }
  void reset() { value_.reset(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace store

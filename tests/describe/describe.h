// Any value in words with all that is in it, to compare values that have no == and to show a person
// where they differ. A struct is told as its name and its members in their order.
#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <ranges>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace describing {

// "NewJob" of store::NewJob.
template <typename T>
constexpr std::string_view name_of() {
  std::string_view name = __PRETTY_FUNCTION__;  // "... T = store::NewJob]"
  name.remove_prefix(name.find("T = ") + 4);
  name = name.substr(0, name.find_first_of(";]"));
  return name.substr(name.rfind(':') + 1);
}

struct Anything {
  template <typename T>
  operator T() const;  // NOLINT: it is to be converted to whatever a member is
};

constexpr std::size_t kMembersMax = 49;

template <typename T, typename... Members>
constexpr std::size_t count_members() {
  if constexpr (requires { T{Members{}..., Anything{}}; }) {
    return count_members<T, Members..., Anything>();
  } else {
    return sizeof...(Members);
  }
}

// References to the members of a struct.
#define BIND(count, ...)                  \
  else if constexpr (kCount == (count)) { \
    auto& [__VA_ARGS__] = value;          \
    return std::tie(__VA_ARGS__);         \
  }
// clang-format off
template <std::size_t kCount, typename T>
auto many_members_of(T& value) {
  if constexpr (kCount == 0) return std::tie();
  BIND(40, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn)
  BIND(41, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo)
  BIND(42, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo, pp)
  BIND(43, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo, pp, qq)
  BIND(44, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo, pp, qq, rr)
  BIND(45, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo, pp, qq, rr, ss)
  BIND(46, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo, pp, qq, rr, ss, tt)
  BIND(47, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo, pp, qq, rr, ss, tt, uu)
  BIND(48, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo, pp, qq, rr, ss, tt, uu, vv)
  BIND(49, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm, nn, oo, pp, qq, rr, ss, tt, uu, vv, ww)
}
template <typename T>
auto members_of(T& value) {
  constexpr std::size_t kCount = count_members<std::remove_const_t<T>>();
  static_assert(kCount <= kMembersMax, "add a line below");
  if constexpr (kCount == 0) return std::tie();
  BIND(1, a)
  BIND(2, a, b) BIND(3, a, b, c)
  BIND(4, a, b, c, d)
  BIND(5, a, b, c, d, e)
  BIND(6, a, b, c, d, e, f)
  BIND(7, a, b, c, d, e, f, g)
  BIND(8, a, b, c, d, e, f, g, h)
  BIND(9, a, b, c, d, e, f, g, h, i)
  BIND(10, a, b, c, d, e, f, g, h, i, j)
  BIND(11, a, b, c, d, e, f, g, h, i, j, k)
  BIND(12, a, b, c, d, e, f, g, h, i, j, k, l)
  BIND(13, a, b, c, d, e, f, g, h, i, j, k, l, m)
  BIND(14, a, b, c, d, e, f, g, h, i, j, k, l, m, n)
  BIND(15, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
  BIND(16, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
  BIND(17, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q)
  BIND(18, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)
  BIND(19, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s)
  BIND(20, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t)
  BIND(21, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u)
  BIND(22, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v)
  BIND(23, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w)
  BIND(24, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x)
  BIND(25, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y)
  BIND(26, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z)
  BIND(27, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa)
  BIND(28, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb)
  BIND(29, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb, cc)
  BIND(30, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd)
  BIND(31, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee)
  BIND(32, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff)
  BIND(33, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg)
  BIND(34, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh)
  BIND(35, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii)
  BIND(36, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj)
  BIND(37, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk)
  BIND(38, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll)
  BIND(39, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, bb,
       cc, dd, ee, ff, gg, hh, ii, jj, kk, ll, mm)
  else return many_members_of<kCount>(value);
  // clang-format on
}
#undef BIND

template <typename T>
concept Optional = requires(const T& value) {
  value.has_value();
  *value;
};
template <typename T>
concept Pointer = requires(const T& value) {
  value.use_count();
};
template <typename T>
concept Variant = requires {
  std::variant_size<T>::value;
};
template <typename T>
concept Tuple = requires {
  std::tuple_size<T>::value;
};

// A struct with a base has no members of its own that are told.
template <typename T>
concept Derived = requires {
  typename T::Base;
};

template <typename T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T> ||
    std::convertible_to<T, std::string_view> || requires(const T& value) {
  value.time_since_epoch();
} || requires {
  typename T::period;
};

template <typename T>
void write(std::ostream& out, const T& value) {
  const auto write_all = [&](const auto&... values) {
    [[maybe_unused]] const char* separator = "";
    ((out << std::exchange(separator, ", "), write(out, values)), ...);
  };
  if constexpr (std::same_as<T, bool>) {
    out << (value ? "yes" : "no");
  } else if constexpr (std::is_enum_v<T> || std::same_as<T, std::uint8_t>) {
    out << static_cast<int>(value);
  } else if constexpr (std::is_arithmetic_v<T>) {
    out << value;
  } else if constexpr (std::convertible_to<T, std::string_view>) {
    out << '\'' << std::string_view(value) << '\'';
  } else if constexpr (requires { value.time_since_epoch(); }) {
    out << value.time_since_epoch().count();
  } else if constexpr (requires { typename T::period; }) {
    out << value.count();
  } else if constexpr (requires { value.or_nothing(); }) {
    value ? write(out, *value) : void(out << "none");
  } else if constexpr (Optional<T> || Pointer<T>) {
    value ? write(out, *value) : void(out << "none");
  } else if constexpr (Variant<T>) {
    std::visit([&](const auto& held) { write(out, held); }, value);
  } else if constexpr (std::ranges::range<T>) {
    out << '[';
    [[maybe_unused]] const char* separator = "";
    for (const auto& item : value) {
      out << std::exchange(separator, ", ");
      write(out, item);
    }
    out << ']';
  } else if constexpr (Tuple<T>) {
    std::apply(write_all, value);
  } else if constexpr (Derived<T>) {
    write<typename T::Base>(out, value);
  } else {
    out << name_of<T>() << '{';
    std::apply(write_all, members_of(value));
    out << '}';
  }
}

}  // namespace describing

template <typename T>
using BaseOf = std::conditional_t<std::is_const_v<T>, const typename T::Base, typename T::Base>;

// Calls act(part) with each Part that is in the value; structs of very many members are passed
// over.
template <typename Part, typename T, typename Act>
void for_each(T& value, const Act& act) {
  using Value = std::remove_const_t<T>;
  const auto look_into = [&](auto&... parts) { (for_each<Part>(parts, act), ...); };
  if constexpr (std::same_as<Value, Part>) {
    act(value);
  } else if constexpr (describing::Plain<Value>) {
  } else if constexpr (describing::Optional<Value> || describing::Pointer<Value>) {
    value ? for_each<Part>(*value, act) : void();
  } else if constexpr (describing::Variant<Value>) {
    std::visit(look_into, value);
  } else if constexpr (std::ranges::range<Value>) {
    for (auto& item : value) {
      for_each<Part>(item, act);
    }
  } else if constexpr (describing::Tuple<Value>) {
    std::apply(look_into, value);
  } else if constexpr (describing::Derived<Value>) {
    look_into(static_cast<BaseOf<T>&>(value));
  } else if constexpr (describing::count_members<Value>() <= describing::kMembersMax) {
    std::apply(look_into, describing::members_of(value));
  }
}

template <typename T>
std::string describe(const T& value) {
  std::ostringstream out;
  describing::write(out, value);
  return out.str();
}

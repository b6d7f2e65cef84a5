// What formulas call: functions of single numbers, which a loop over many may do several at a time.

#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace {

// a b + c, rounded once where the processor does that in one operation
template <typename T> T multiply_add(T a, T b, T c) {
#ifdef __FMA__
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

// ---- the exponential, without branches or calls, so that several are made at once: x = k log 2 + r, and a series in r

template <typename T> struct Exponential;
template <> struct Exponential<float> {
  using Bits = int32_t;
  static constexpr int bias = 127, mantissa = 23;
  static constexpr float magic = 12582912.0f, per_log_2 = 1.44269504f, high = 0.693359375f, low = -2.12194440e-4f;
  static constexpr float least = -87.33f, most = 88.72283f;
};
template <> struct Exponential<double> {
  using Bits = int64_t;
  static constexpr int bias = 1023, mantissa = 52;
  static constexpr double magic = 6755399441055744.0, per_log_2 = 1.4426950408889634, high = 6.93147180369123816490e-01;
  static constexpr double low = 1.90821492927058770002e-10, least = -708.39, most = 709.782712893384;
};

// (exp(r) - 1 - r) / r^2 for |r| <= log(2)/2
inline float rest_of_series(float r) {
  float sum = 2.48015873015873e-05f;
  sum = multiply_add(r, sum, 0.0001984126984126984f);
  sum = multiply_add(r, sum, 0.001388888888888889f);
  sum = multiply_add(r, sum, 0.008333333333333333f);
  sum = multiply_add(r, sum, 0.041666666666666664f);
  sum = multiply_add(r, sum, 0.16666666666666666f);
  sum = multiply_add(r, sum, 0.5f);
  return sum;
}
inline double rest_of_series(double r) {
  double sum = 1.1470745597729725e-11;
  sum = multiply_add(r, sum, 1.6059043836821613e-10);
  sum = multiply_add(r, sum, 2.08767569878681e-09);
  sum = multiply_add(r, sum, 2.505210838544172e-08);
  sum = multiply_add(r, sum, 2.755731922398589e-07);
  sum = multiply_add(r, sum, 2.7557319223985893e-06);
  sum = multiply_add(r, sum, 2.48015873015873e-05);
  sum = multiply_add(r, sum, 0.0001984126984126984);
  sum = multiply_add(r, sum, 0.001388888888888889);
  sum = multiply_add(r, sum, 0.008333333333333333);
  sum = multiply_add(r, sum, 0.041666666666666664);
  sum = multiply_add(r, sum, 0.16666666666666666);
  sum = multiply_add(r, sum, 0.5);
  return sum;
}

// exp(x) = scale * (1 + less_1)
template <typename T> struct Scaled { T less_1, scale; };

template <typename T> Scaled<T> scaled(T x) {
  using E = Exponential<T>;
  // The low bits of a sum with `magic` are those of the nearest whole number.
  T shifted = x * E::per_log_2 + E::magic;
  shifted = shifted < E::magic + T(E::bias) ? shifted : E::magic + T(E::bias);
  const T k = shifted - E::magic;
  const T r = (x - k * E::high) - k * E::low;
  typename E::Bits bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = static_cast<typename E::Bits>(static_cast<std::make_unsigned_t<typename E::Bits>>(bits + E::bias) << E::mantissa);
  T scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return {r + r * r * rest_of_series(r), scale};
}

template <typename T> T exponential(T x) {
  using E = Exponential<T>;
  const Scaled<T> found = scaled(x < E::least ? E::least : x);
  const T value = found.scale + found.scale * found.less_1;
  return x < E::least ? T(0) : x > E::most ? std::numeric_limits<T>::infinity() : value;
}
template <typename T> T exponential_less_1(T x) {
  using E = Exponential<T>;
  const Scaled<T> found = scaled(x < E::least ? E::least : x);
  const T value = found.scale * found.less_1 + (found.scale - T(1));
  return x > E::most ? std::numeric_limits<T>::infinity() : value;
}

// ---- the logarithm of a positive, normal number: x = 2^k (1 + f), log(1 + f) = f - s (f - R), s = f/(2 + f), R a series in s^2

inline double logarithm(double x) {
  constexpr uint64_t root_of_half = 0x3FE6A09E667F3BCD, bias = 1024;
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  const uint64_t biased = (bits - root_of_half + (bias << 52)) >> 52;
  // The low bits of 2^52 + n are those of n.
  const double k = std::bit_cast<double>(std::bit_cast<uint64_t>(0x1p52) + biased) - (0x1p52 + bias);
  const double f = std::bit_cast<double>(bits - ((biased - bias) << 52)) - 1.0;
  const double s = f / (2.0 + f), z = s * s;
  double sum = 2.0 / 23;
  sum = 2.0 / 21 + z * sum;
  sum = 2.0 / 19 + z * sum;
  sum = 2.0 / 17 + z * sum;
  sum = 2.0 / 15 + z * sum;
  sum = 2.0 / 13 + z * sum;
  sum = 2.0 / 11 + z * sum;
  sum = 2.0 / 9 + z * sum;
  sum = 2.0 / 7 + z * sum;
  sum = 2.0 / 5 + z * sum;
  sum = 2.0 / 3 + z * sum;
  using E = Exponential<double>;
  const double half_of_square = 0.5 * f * f;
  return k * E::high - ((half_of_square - (s * (half_of_square + z * sum) + k * E::low)) - f);
}

template <typename T> T modulo(T a, T b) { T m = std::fmod(a, b); return m != 0 && (m < 0) != (b < 0) ? m + b : m; }
template <typename T> T sigmoid(T x) { return T(1) / (T(1) + exponential(-x)); }
template <typename T> T sign(T x) { return T((x > 0) - (x < 0)); }

// ---- phi1(x) = (exp(x) - 1) / x

// Whether the series alone is phi1: it needs no scale and no division.
template <typename T> bool is_near_0(T x) { return std::abs(x) <= T(0.34); }
template <typename T> T phi1_near_0(T x) { return multiply_add(x, rest_of_series(x), T(1)); }
template <typename T> T phi1(T x) { return is_near_0(x) ? phi1_near_0(x) : exponential_less_1(x) / x; }

template <typename T> T smaller(T a, T b) { return a < b || a != a ? a : b; }
template <typename T> T larger(T a, T b) { return a > b || a != a ? a : b; }

}  // namespace

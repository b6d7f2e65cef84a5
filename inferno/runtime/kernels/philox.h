// Random numbers as functions of their place: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011).  `philox.py` says what a place is.

#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "functions.h"

namespace {

constexpr double pi = 3.141592653589793238462643383279502884;

template <int lanes>
struct Words {
  std::array<uint32_t, lanes> first, second, third, fourth;
};

struct Place {
  uint64_t key, sample;
  uint32_t step;
};

// Four random words in place of each four that count: element, step, and the two halves of the sample.  All lanes make a round before
// the next, so that what waits for a product has others to work on.
template <int lanes>
void philox(Words<lanes>& words, uint64_t key) {
  uint32_t low = static_cast<uint32_t>(key), high = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    for (int lane = 0; lane < lanes; ++lane) {
      const uint64_t p = uint64_t{0xD2511F53} * words.first[lane], q = uint64_t{0xCD9E8D57} * words.third[lane];
      words.first[lane] = static_cast<uint32_t>(q >> 32) ^ words.second[lane] ^ low;
      words.third[lane] = static_cast<uint32_t>(p >> 32) ^ words.fourth[lane] ^ high;
      words.second[lane] = static_cast<uint32_t>(q);
      words.fourth[lane] = static_cast<uint32_t>(p);
    }
    low += 0x9E3779B9;
    high += 0xBB67AE85;
  }
}

// The same for the elements in `words.first` at one place.
template <int lanes>
void philox(Words<lanes>& words, const Place& place) {
  words.second.fill(place.step);
  words.third.fill(static_cast<uint32_t>(place.sample));
  words.fourth.fill(static_cast<uint32_t>(place.sample >> 32));
  philox(words, place.key);
}

inline double unit_interval(uint32_t high, uint32_t low) {
  const uint64_t top_53_bits = (uint64_t{high} << 21) | (low >> 11);
  return (static_cast<double>(top_53_bits) + 0.5) * 0x1p-53;
}

enum class Kind { uniform, exponential, normal };

// The same formulas as reference.py, for all lanes at once.
template <Kind kind, int lanes>
std::array<double, lanes> distributed(const Words<lanes>& words) {
  std::array<double, lanes> found;
  for (int lane = 0; lane < lanes; ++lane) {
    const double u = unit_interval(words.first[lane], words.second[lane]);
    if constexpr (kind == Kind::uniform) found[lane] = u;
    else if constexpr (kind == Kind::exponential) found[lane] = -logarithm(u);
    else found[lane] = std::sqrt(-2.0 * logarithm(u));
  }
  if constexpr (kind == Kind::normal)
    for (int lane = 0; lane < lanes; ++lane) found[lane] *= std::cos(2.0 * pi * unit_interval(words.third[lane], words.fourth[lane]));
  return found;
}

// One draw.
template <Kind kind>
double drawn(uint64_t key, uint64_t sample, uint32_t step, uint32_t element) {
  Words<1> words{.first = {element}, .second = {}, .third = {}, .fourth = {}};
  philox(words, Place{key, sample, step});
  return distributed<kind>(words)[0];
}

}  // namespace

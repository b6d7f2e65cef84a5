// Sums over the rows of a weight matrix whose sources have an event: in float64, in the order of the sources, rounded once.

#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "events.h"

namespace {

// How many doubles the processor adds at once: left to itself, or given longer vectors than there are, GCC spills sums to memory.
#if defined(__AVX512F__)
constexpr int width = 8;
#else
constexpr int width = 4;
#endif

// Neighbouring values as one vector, a GCC and Clang extension.
template <class Value, int lanes>
using Several __attribute__((vector_size(lanes * sizeof(Value)))) = Value;

template <class Value, int lanes>
Several<double, lanes> widened(Several<Value, lanes> narrow) {
#if defined(__AVX512F__)
  // GCC 12 makes four instructions of it.
  if constexpr (std::is_same_v<Value, float> && lanes == 8) return reinterpret_cast<Several<double, lanes>>(_mm512_cvtps_pd(reinterpret_cast<__m256>(narrow)));
#endif
  return __builtin_convertvector(narrow, Several<double, lanes>);
}

// `count` times `lanes` neighbouring sums, held in registers over all events: a function of its own, for else there are too few of them.
template <int lanes, int count, class Spike, class Weight>
[[gnu::noinline]] void sum_tile(const int32_t* first, const int32_t* last, const Spike* spikes, const Weight* weight, int64_t targets, Weight* out) {
  Several<double, lanes> sums[count] = {};
  for (; first != last; ++first) {
    const Weight* row = weight + *first * targets;
    for (int k = 0; k < count; ++k) {
      Several<Weight, lanes> narrow;
      std::memcpy(&narrow, row + k * lanes, sizeof narrow);
      const auto wide = widened<Weight, lanes>(narrow);
      sums[k] += std::is_same_v<Spike, Flag> ? wide : wide * static_cast<double>(spikes[*first]);
    }
  }
  for (int k = 0; k < count; ++k) {
    const auto narrow = __builtin_convertvector(sums[k], Several<Weight, lanes>);
    std::memcpy(out + k * lanes, &narrow, sizeof narrow);
  }
}

// As many tiles as fit between `start` and `targets`; returns where the rest starts.
template <int lanes, int count, class Spike, class Weight>
int64_t sum_tiles(
    const int32_t* first, const int32_t* last, const Spike* spikes, const Weight* weight, int64_t targets, Weight* out, int64_t start) {
  for (; start + count * lanes <= targets; start += count * lanes)
    sum_tile<lanes, count>(first, last, spikes, weight + start, targets, out + start);
  return start;
}

// out[targets] of the events first … last, each the number of a source; what they count for is read from `spikes`, if these are graded.
template <class Spike, class Weight>
void sum_rows(const int32_t* first, const int32_t* last, const Spike* spikes, const Weight* weight, int64_t targets, Weight* out) {
  int64_t start = sum_tiles<width, 8>(first, last, spikes, weight, targets, out, 0);
  start = sum_tiles<width, 4>(first, last, spikes, weight, targets, out, start);
  start = sum_tiles<width, 1>(first, last, spikes, weight, targets, out, start);
  start = sum_tiles<4, 1>(first, last, spikes, weight, targets, out, start);
  for (; start < targets; ++start) {
    double sum = 0;
    for (const int32_t* e = first; e != last; ++e) {
      const double wide = static_cast<double>(weight[*e * targets + start]);
      sum += std::is_same_v<Spike, Flag> ? wide : wide * static_cast<double>(spikes[*e]);
    }
    out[start] = static_cast<Weight>(sum);
  }
}
template <class Weight>
void sum_rows(const int32_t* first, const int32_t* last, const Weight* weight, int64_t targets, Weight* out) {
  sum_rows<Flag, Weight>(first, last, nullptr, weight, targets, out);
}

}  // namespace

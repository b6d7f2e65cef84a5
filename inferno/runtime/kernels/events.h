// Events: which values of a row are not zero.  About 98 % of all spikes are zeros, so a block of them must cost next to nothing.

#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace {

// A bool tensor is read as bytes: to C++ a bool that is neither 0 nor 1 is undefined, to torch it is just true.
using Flag = uint8_t;

constexpr int64_t block = 64;

// Bit i is set where values[i] is not zero. Written so that the compiler vectorises it, whatever the type.
template <class Value>
uint64_t event_mask(const Value* values) {
  Flag flags[block];
  for (int64_t i = 0; i < block; ++i) flags[i] = values[i] != 0;
  uint64_t mask = 0;
  for (int64_t i = 0; i < block; i += 8) {
    uint64_t bytes;
    std::memcpy(&bytes, flags + i, sizeof bytes);
    // The multiplication moves the lowest bit of byte k to bit 56 + k.
    mask |= ((bytes * 0x0102040810204080) >> 56) << i;
  }
  return mask;
}

// Calls visit(index) for every non-zero value, in order; a block without any costs a few nanoseconds.
template <class Value, class Visit>
void for_each_event(const Value* values, int64_t length, Visit visit) {
  int64_t start = 0;
  for (; start + block <= length; start += block)
    for (uint64_t mask = event_mask(values + start); mask != 0; mask &= mask - 1) visit(start + std::countr_zero(mask));
  for (; start < length; ++start)
    if (values[start] != 0) visit(start);
}

}  // namespace

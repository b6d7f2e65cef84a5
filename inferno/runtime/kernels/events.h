// Events: which values of a row are not zero.  About 98 % of all spikes are zeros, so a block of them must cost next to nothing.

#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#if defined(__AVX512BW__) || defined(__AVX2__)
#include <immintrin.h>
#endif

namespace {

// A bool tensor is read as bytes: to C++ a bool that is neither 0 nor 1 is undefined, to torch it is just true.
using Flag = uint8_t;

constexpr int64_t block = 64;

#if defined(__AVX512BW__)
inline uint64_t flag_mask(const Flag* flags) {
  const __m512i bytes = _mm512_loadu_si512(flags);
  return _mm512_test_epi8_mask(bytes, bytes);
}
inline uint64_t flag_mask(const Flag* flags, int64_t count) {
  const __m512i bytes = _mm512_maskz_loadu_epi8((uint64_t{1} << count) - 1, flags);
  return _mm512_test_epi8_mask(bytes, bytes);
}
#elif defined(__AVX2__)
inline uint64_t flag_mask(const Flag* flags) {
  const auto zeros = [](const Flag* from) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256())));
  };
  return ~(uint64_t{zeros(flags)} | uint64_t{zeros(flags + 32)} << 32);
}
#else
inline uint64_t flag_mask(const Flag* flags) {
  uint64_t mask = 0;
  for (int64_t i = 0; i < block; i += 8) {
    uint64_t bytes;
    std::memcpy(&bytes, flags + i, sizeof bytes);
    bytes |= bytes >> 4;
    bytes |= bytes >> 2;
    bytes |= bytes >> 1;
    // The multiplication moves the lowest bit of byte k to bit 56 + k.
    mask |= (((bytes & 0x0101010101010101) * 0x0102040810204080) >> 56) << i;
  }
  return mask;
}
#endif

// Bit i is set where values[i] is not zero.
template <class Value>
uint64_t event_mask(const Value* values) {
  if constexpr (std::is_same_v<Value, Flag>) return flag_mask(values);
  Flag flags[block];
  for (int64_t i = 0; i < block; ++i) flags[i] = values[i] != 0;
  return flag_mask(flags);
}

// The same for fewer than a block.
template <class Value>
uint64_t event_mask(const Value* values, int64_t count) {
#if defined(__AVX512BW__)
  if constexpr (std::is_same_v<Value, Flag>) return flag_mask(values, count);
#endif
  Value whole[block] = {};
  std::memcpy(whole, values, count * sizeof(Value));
  return event_mask(whole);
}

// Calls visit(index) for every non-zero value, in order; a block without any costs a few nanoseconds.
template <class Value, class Visit>
void for_each_event(const Value* values, int64_t length, Visit visit) {
  int64_t start = 0;
  for (; start + block <= length; start += block)
    for (uint64_t mask = event_mask(values + start); mask != 0; mask &= mask - 1) visit(start + std::countr_zero(mask));
  if (start < length)
    for (uint64_t mask = event_mask(values + start, length - start); mask != 0; mask &= mask - 1) visit(start + std::countr_zero(mask));
}

// ---- events: which of a group's neurons spike, sample by sample

struct Events {
  std::vector<int32_t> members;  // the first `used` of which are
  std::vector<int64_t> ends;     // of each sample
  int64_t used = 0;

  const int32_t* begin(int64_t b) const { return members.data() + (b ? ends[b - 1] : 0); }
  const int32_t* end(int64_t b) const { return members.data() + ends[b]; }
  int64_t count(int64_t b) const { return ends[b] - (b ? ends[b - 1] : 0); }
  void make_room(int64_t more) {
    if (used + more > int64_t(members.size())) members.resize(2 * used + more);
  }
  void add(int64_t member) {
    make_room(1);
    members[used++] = static_cast<int32_t>(member);
  }
  void clear(int64_t batch) {
    used = 0;
    ends.assign(batch, 0);
  }
};

inline void find_events(Events& events, const Flag* flags, int64_t batch, int64_t size) {
  events.used = 0;
  events.ends.resize(batch);
  for (int64_t b = 0; b < batch; ++b, flags += size) {
    for (int64_t start = 0; start < size; start += block) {
      uint64_t mask = size - start < block ? event_mask(flags + start, size - start) : event_mask(flags + start);
      if (mask == 0) continue;
      events.make_room(block);
      int32_t* next = events.members.data() + events.used;
      events.used += std::popcount(mask);
      for (; mask != 0; mask &= mask - 1) *next++ = static_cast<int32_t>(start + std::countr_zero(mask));
    }
    events.ends[b] = events.used;
  }
}

}  // namespace

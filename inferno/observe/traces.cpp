// A step of a trace of spikes: after = decay * before, and `amplitude` more at a spike; each product and sum is rounded as torch does.
#include <cstdint>

namespace {
template <typename T>
void cumulative(int64_t size, const uint8_t* __restrict spikes, const T* __restrict before, double decay, double amplitude,
                T* __restrict after) {
  const T factor = static_cast<T>(decay), jump = static_cast<T>(amplitude);
  for (int64_t k = 0; k < size; ++k) after[k] = factor * before[k] + jump * static_cast<T>(spikes[k]);
}
}  // namespace

extern "C" void cumulative_float(int64_t size, const uint8_t* spikes, const float* before, double decay, double amplitude, float* after) {
  cumulative(size, spikes, before, decay, amplitude, after);
}

extern "C" void cumulative_double(int64_t size, const uint8_t* spikes, const double* before, double decay, double amplitude, double* after) {
  cumulative(size, spikes, before, decay, amplitude, after);
}

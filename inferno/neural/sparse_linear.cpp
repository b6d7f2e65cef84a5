// The product of few non-zero values with a matrix: out[b][o] = sum over i of values[b][i] * weight[o][i], in the order of i.
#include <cstdint>
#include <vector>

namespace {
constexpr int64_t BLOCK = 16, SUMS = 8;

template <typename T>
int64_t multiply(int64_t samples, int64_t inputs, int64_t outputs, const T* __restrict values, const T* __restrict weight,
                 int64_t most, T* __restrict out) {
  std::vector<int32_t> places(inputs);
  std::vector<T> found(inputs);
  int64_t total = 0;
  for (int64_t b = 0; b < samples; ++b) {
    const T* row = values + b * inputs;
    int64_t count = 0;
    // Blocks of zeros, which are most, are seen at once.
    for (int64_t start = 0; start < inputs; start += BLOCK) {
      const int64_t end = start + BLOCK < inputs ? start + BLOCK : inputs;
      int any = 0;
      for (int64_t i = start; i < end; ++i) any |= row[i] != T(0);
      if (!any) continue;
      for (int64_t i = start; i < end; ++i) {
        places[count] = static_cast<int32_t>(i);
        found[count] = row[i];
        count += row[i] != T(0);
      }
    }
    total += count;
    if (total > most) return 0;
    // Several sums at a time, so that none waits for itself.
    int64_t o = 0;
    for (; o + SUMS <= outputs; o += SUMS) {
      T sums[SUMS] = {};
      for (int64_t k = 0; k < count; ++k) {
        const T* column = weight + o * inputs + places[k];
        for (int64_t s = 0; s < SUMS; ++s) sums[s] += found[k] * column[s * inputs];
      }
      for (int64_t s = 0; s < SUMS; ++s) out[b * outputs + o + s] = sums[s];
    }
    for (; o < outputs; ++o) {
      T sum = 0;
      for (int64_t k = 0; k < count; ++k) sum += found[k] * weight[o * inputs + places[k]];
      out[b * outputs + o] = sum;
    }
  }
  return 1;
}
}  // namespace

extern "C" int64_t multiply_float(int64_t samples, int64_t inputs, int64_t outputs, const float* values, const float* weight, int64_t most,
                                  float* out) {
  return multiply(samples, inputs, outputs, values, weight, most, out);
}

extern "C" int64_t multiply_double(int64_t samples, int64_t inputs, int64_t outputs, const double* values, const double* weight,
                                   int64_t most, double* out) {
  return multiply(samples, inputs, outputs, values, weight, most, out);
}

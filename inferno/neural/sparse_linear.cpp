// Products of matrices most of whose elements are zero, as spikes are.
#include <algorithm>
#include <cstdint>
#include <vector>

namespace {
constexpr int64_t BLOCK = 16, SUMS = 8, LANES = 8;

// The elements of a row other than zero, and their places; their number. Blocks of zeros, which are most, are seen at once.
template <typename T>
int64_t pick(int64_t inputs, const T* __restrict row, int32_t* __restrict places, T* __restrict found) {
  int64_t count = 0;
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
  return count;
}

// out[b][o] = sum over i of values[b][i] * weight[o][i], in the order of i.
template <typename T>
int64_t multiply(int64_t samples, int64_t inputs, int64_t outputs, const T* __restrict values, const T* __restrict weight,
                 int64_t most, T* __restrict out) {
  std::vector<int32_t> places(inputs);
  std::vector<T> found(inputs);
  int64_t total = 0;
  for (int64_t b = 0; b < samples; ++b) {
    const int64_t count = pick(inputs, values + b * inputs, places.data(), found.data());
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

// Rows of out[o][i] += post[b][o] * pre[b][i], where `pre` is given by its elements other than zero; several rows read them at once.
template <int64_t ROWS, typename T>
void scatter(int64_t samples, int64_t outputs, int64_t inputs, const T* __restrict post, const int64_t* __restrict ends,
             const int32_t* __restrict places, const T* __restrict found, T* __restrict out) {
  std::fill(out, out + ROWS * inputs, T(0));
  for (int64_t b = 0, k = 0; b < samples; ++b) {
    T factors[ROWS];
    bool any = false;
    for (int64_t r = 0; r < ROWS; ++r) factors[r] = post[b * outputs + r], any |= factors[r] != T(0);
    if (!any) k = ends[b];
    for (; k < ends[b]; ++k) {
      T* column = out + places[k];
      T sums[ROWS];
      for (int64_t r = 0; r < ROWS; ++r) sums[r] = column[r * inputs] + factors[r] * found[k];
      for (int64_t r = 0; r < ROWS; ++r) column[r * inputs] = sums[r];
    }
  }
}

// out[o][i] = sum over b of post[b][o] * pre[b][i], in the order of b; refused where there is more than `most` to multiply.
template <typename T>
int64_t correlate(int64_t samples, int64_t outputs, int64_t inputs, const T* __restrict post, const T* __restrict pre, int64_t most,
                  T* __restrict out) {
  int64_t spikes = 0;
  for (int64_t k = 0; k < samples * outputs; ++k) spikes += post[k] != T(0);
  // Rows of `pre` are added at the width of a vector.
  if (spikes * inputs / LANES <= most) {
    std::fill(out, out + outputs * inputs, T(0));
    for (int64_t b = 0; b < samples; ++b)
      for (int64_t o = 0; o < outputs; ++o) {
        const T factor = post[b * outputs + o];
        if (factor == T(0)) continue;
        for (int64_t i = 0; i < inputs; ++i) out[o * inputs + i] += factor * pre[b * inputs + i];
      }
    return 1;
  }
  const int64_t room = most / outputs;
  std::vector<int32_t> places(room + inputs);
  std::vector<T> found(room + inputs);
  std::vector<int64_t> ends(samples);
  for (int64_t b = 0, total = 0; b < samples; ++b) {
    total += pick(inputs, pre + b * inputs, places.data() + total, found.data() + total);
    if (total > room) return 0;
    ends[b] = total;
  }
  int64_t o = 0;
  for (; o + SUMS <= outputs; o += SUMS)
    scatter<SUMS>(samples, outputs, inputs, post + o, ends.data(), places.data(), found.data(), out + o * inputs);
  for (; o < outputs; ++o) scatter<1>(samples, outputs, inputs, post + o, ends.data(), places.data(), found.data(), out + o * inputs);
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

extern "C" int64_t correlate_float(int64_t samples, int64_t outputs, int64_t inputs, const float* post, const float* pre, int64_t most,
                                   float* out) {
  return correlate(samples, outputs, inputs, post, pre, most, out);
}

extern "C" int64_t correlate_double(int64_t samples, int64_t outputs, int64_t inputs, const double* post, const double* pre, int64_t most,
                                    double* out) {
  return correlate(samples, outputs, inputs, post, pre, most, out);
}

// The CPU kernels behind the sums of namespace `inferno`, written against torch's stable ABI alone (seconds to compile).
//
// Schemas, shape rules and gradients are in operators.py, the meaning of each kernel in reference.py. What C++ adds is that zeros
// cost nothing: about 98 % of all spikes are zeros. Every sum is taken in index order by one thread, so the split of the work over
// threads and batches cannot change a bit; -ffp-contract=off and no -ffast-math keep it so.

#include "events.h"
#include "sums.h"

#include <torch/csrc/stable/library.h>
#include <torch/csrc/stable/ops.h>
#include <torch/csrc/stable/tensor.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using torch::headeronly::ScalarType;
using torch::stable::Tensor;

// Below this many elements a second thread costs more than it brings.
constexpr int64_t elements_per_thread = int64_t{1} << 20;

// ---- tensors in and out

template <class Value>
const Value* values_of(const Tensor& tensor) {
  return static_cast<const Value*>(tensor.const_data_ptr());
}

// `tensor` itself where it already is contiguous and of this type.
Tensor prepared(const Tensor& tensor, ScalarType type) {
  Tensor typed = tensor.scalar_type() == type ? tensor : torch::stable::to(tensor, type);
  return typed.is_contiguous() ? typed : torch::stable::contiguous(typed);
}

// A contiguous, uninitialised CPU tensor. The C function behind torch::stable::empty, without its trip through the dispatcher.
Tensor empty(const std::vector<int64_t>& sizes, ScalarType type) {
  std::vector<int64_t> strides(sizes.size(), 1);
  for (int64_t axis = static_cast<int64_t>(sizes.size()) - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * std::max<int64_t>(sizes[axis + 1], 1);
  const int32_t code = type == ScalarType::Double ? aoti_torch_dtype_float64() : aoti_torch_dtype_float32();
  AtenTensorHandle handle = nullptr;
  STABLE_TORCH_ERROR_CODE_CHECK(aoti_torch_empty_strided(
      static_cast<int64_t>(sizes.size()), sizes.data(), strides.data(), code, aoti_torch_device_type_cpu(), 0, &handle));
  return Tensor(handle);
}

bool is_native(ScalarType type) { return type == ScalarType::Float || type == ScalarType::Double; }

// What an event counts for: 1 for a spike, itself for a graded one.
template <class Out, class Value>
Out amount(Value value) {
  if constexpr (std::is_same_v<Value, Flag>) return Out(value != 0);
  return static_cast<Out>(value);
}

// Calls use(float{}) or use(double{}).
template <class Use>
void with_float(ScalarType type, Use use) {
  if (type == ScalarType::Double) return use(double{});
  use(float{});
}

// Calls use(Flag{}), use(float{}) or use(double{}).
template <class Use>
void with_event(ScalarType type, Use use) {
  if (type == ScalarType::Bool) return use(Flag{});
  with_float(type, use);
}

// A type that the kernels have a template for: integers and half precision go through double.
ScalarType event_type(const Tensor& events) {
  const ScalarType type = events.scalar_type();
  return type == ScalarType::Bool || is_native(type) ? type : ScalarType::Double;
}

int64_t rows_per_thread(int64_t columns, int64_t elements) { return std::max<int64_t>(1, elements / std::max<int64_t>(columns, 1)); }

// ---- spike_sum

template <class Spike, class Weight>
void spike_sum_rows(const Tensor& spikes, const Tensor& weight, const Tensor& out, int64_t rows) {
  const int64_t sources = weight.size(0), targets = weight.size(1);
  const auto* in = values_of<Spike>(spikes);
  const auto* weights = values_of<Weight>(weight);
  auto* result = static_cast<Weight*>(out.mutable_data_ptr());
  torch::stable::parallel_for(0, rows, rows_per_thread(sources, elements_per_thread), [&](int64_t begin, int64_t end) {
    std::vector<int32_t> events(sources);
    for (int64_t row = begin; row < end; ++row) {
      int32_t* last = events.data();
      for_each_event(in + row * sources, sources, [&](int64_t i) { *last++ = static_cast<int32_t>(i); });
      sum_rows<Spike, Weight>(events.data(), last, in + row * sources, weights, targets, result + row * targets);
    }
  });
}

Tensor spike_sum(const Tensor& spikes, const Tensor& weight) {
  STD_TORCH_CHECK(weight.dim() == 2 && spikes.dim() >= 1, "spike_sum: spikes must be [..., N] and weight [N, M]");
  STD_TORCH_CHECK(spikes.size(-1) == weight.size(0), "spike_sum: spikes [..., N] do not fit weight [N, M]");
  const ScalarType asked = weight.scalar_type(), type = is_native(asked) ? asked : ScalarType::Double;
  const Tensor in = prepared(spikes, event_type(spikes)), weights = prepared(weight, type);
  std::vector<int64_t> sizes(in.sizes().begin(), in.sizes().end());
  sizes.back() = weights.size(1);
  int64_t rows = 1;
  for (size_t axis = 0; axis + 1 < sizes.size(); ++axis) rows *= sizes[axis];
  Tensor out = empty(sizes, type);
  with_event(in.scalar_type(), [&]<class Spike>(Spike) {
    with_float(type, [&]<class Weight>(Weight) { spike_sum_rows<Spike, Weight>(in, weights, out, rows); });
  });
  return type == asked ? out : torch::stable::to(out, asked);
}

// ---- sparse_sum

// Rows of synapses: those of source i are indptr[i] ... indptr[i + 1], sorted by delay; `delay` may be missing.
template <class Weight, class Steps>
struct Rows {
  const int64_t* indptr;
  const int32_t* targets;
  const Weight* weight;
  const Steps* delay;
  bool same_weight;

  // The synapses of source i whose delay is `age` steps; all of them where there are no delays.
  std::pair<int64_t, int64_t> of(int64_t i, int64_t age) const {
    if (delay == nullptr) return {indptr[i], indptr[i + 1]};
    const auto range = std::equal_range(delay + indptr[i], delay + indptr[i + 1], static_cast<Steps>(age));
    return {range.first - delay, range.second - delay};
  }
};

// Adds what the events of one row of spikes bring, in order of the sources and of their synapses.
template <class Spike, class Weight, class Steps>
void add_events(const Rows<Weight, Steps>& rows, const Spike* spikes, int64_t sources, int64_t age, double* sums) {
  for_each_event(spikes, sources, [&](int64_t i) {
    const auto [first, last] = rows.of(i, age);
    const double size = amount<double>(spikes[i]);
    if (rows.same_weight) {
      for (int64_t s = first; s < last; ++s) sums[rows.targets[s]] += size;
    } else {
      for (int64_t s = first; s < last; ++s) sums[rows.targets[s]] += size * static_cast<double>(rows.weight[s]);
    }
  });
}

struct Window {
  int64_t past, steps, count;
};

template <class Spike, class Weight, class Steps>
void sparse_sum_rows(const Tensor& spikes, const Rows<Weight, Steps>& rows, const Window& window, const Tensor& out) {
  const int64_t moments = spikes.size(0), batch = spikes.size(1), sources = spikes.size(2), count = window.count;
  const int64_t per_moment = spikes.stride(0), per_sample = spikes.stride(1);
  const auto* in = values_of<Spike>(spikes);
  auto* result = static_cast<Weight*>(out.mutable_data_ptr());
  const int64_t oldest = rows.delay == nullptr ? 0 : window.past;
  torch::stable::parallel_for(
      0, window.steps * batch, rows_per_thread(sources * (oldest + 1), elements_per_thread), [&](int64_t begin, int64_t end) {
        std::vector<double> sums(count);
        for (int64_t row = begin; row < end; ++row) {
          const int64_t now = window.past + row / batch;
          std::fill(sums.begin(), sums.end(), 0.0);
          for (int64_t age = 0; age <= oldest; ++age)
            if (now - age < moments)
              add_events(rows, in + (now - age) * per_moment + row % batch * per_sample, sources, age, sums.data());
          const double scale = rows.same_weight ? static_cast<double>(rows.weight[0]) : 1.0;
          for (int64_t j = 0; j < count; ++j) result[row * count + j] = static_cast<Weight>(sums[j] * scale);
        }
      });
}

// Indices from outside are trusted nowhere else: a wrong one would write past the end.
void check_rows(const Tensor& spikes, const Tensor& indptr, const Tensor& targets, const Window& window) {
  STD_TORCH_CHECK(spikes.dim() == 3 && indptr.dim() == 1 && indptr.size(0) == spikes.size(2) + 1, "sparse_sum: spikes [R, B, N] need indptr [N + 1]");
  STD_TORCH_CHECK(values_of<int64_t>(indptr)[spikes.size(2)] == targets.size(0), "sparse_sum: indptr does not end with the last target");
  STD_TORCH_CHECK(window.past >= 0 && window.steps >= 0 && window.past + window.steps <= spikes.size(0) + 1, "sparse_sum: spikes are missing");
}

Tensor sparse_sum(const Tensor& spikes, const Tensor& weight, const Tensor& indptr, const Tensor& targets, std::optional<Tensor> delay,
                  int64_t past, int64_t steps, int64_t count) {
  const ScalarType asked = weight.scalar_type(), type = is_native(asked) ? asked : ScalarType::Double;
  const Window window{past, steps, count};
  const Tensor weights = prepared(weight, type), starts = prepared(indptr, ScalarType::Long), ends = prepared(targets, ScalarType::Int);
  const ScalarType events = event_type(spikes);
  Tensor in = spikes.scalar_type() == events ? spikes : torch::stable::to(spikes, events);
  if (in.size(2) > 1 && in.stride(2) != 1) in = torch::stable::contiguous(in);
  check_rows(in, starts, ends, window);
  Tensor out = empty({steps, in.size(1), count}, type);
  const auto run = [&]<class Spike, class Weight, class Steps>(Spike, Weight, Steps, const Steps* late) {
    const Rows<Weight, Steps> rows{
        values_of<int64_t>(starts), values_of<int32_t>(ends), values_of<Weight>(weights), late, weights.size(0) == 1};
    sparse_sum_rows<Spike>(in, rows, window, out);
  };
  with_event(events, [&]<class Spike>(Spike) {
    with_float(type, [&]<class Weight>(Weight) {
      if (delay && delay->scalar_type() == ScalarType::Short) {
        const Tensor late = prepared(*delay, ScalarType::Short);
        run(Spike{}, Weight{}, int16_t{}, values_of<int16_t>(late));
      } else if (delay) {
        const Tensor late = prepared(*delay, ScalarType::Int);
        run(Spike{}, Weight{}, int32_t{}, values_of<int32_t>(late));
      } else {
        run(Spike{}, Weight{}, int32_t{}, static_cast<const int32_t*>(nullptr));
      }
    });
  });
  return type == asked ? out : torch::stable::to(out, asked);
}

// ---- event_outer

// Adds left * right[j] to out[j] for every non-zero right[j].
template <class Right, class Out>
void add_scaled(Out left, const Right* __restrict right, const std::vector<int64_t>& events, Out* __restrict out, int64_t columns) {
  if (static_cast<int64_t>(events.size()) * 4 < columns) {
    for (const int64_t j : events) out[j] += left * amount<Out>(right[j]);
    return;
  }
  // Enough of them that a dense loop is faster. The choice keeps 0 * infinity out; adding 0 changes no bit, as out is never -0.
  for (int64_t j = 0; j < columns; ++j) out[j] += right[j] != 0 ? left * amount<Out>(right[j]) : Out{0};
}

// Rows begin … end of the result; each of its elements is summed in order of the batch.
template <class Left, class Right, class Out>
void event_outer_rows(const Tensor& left, const Tensor& right, Out* out, int64_t begin, int64_t end) {
  const int64_t batch = left.size(0), rows = left.size(1), columns = right.size(1);
  std::vector<int64_t> events;
  events.reserve(columns);
  std::fill(out + begin * columns, out + end * columns, Out{0});
  for (int64_t b = 0; b < batch; ++b) {
    const Left* scales = values_of<Left>(left) + b * rows;
    const Right* values = values_of<Right>(right) + b * columns;
    events.clear();
    for_each_event(values, columns, [&](int64_t j) { events.push_back(j); });
    if (events.empty()) continue;
    for_each_event(scales + begin, end - begin, [&](int64_t i) {
      add_scaled(amount<Out>(scales[begin + i]), values, events, out + (begin + i) * columns, columns);
    });
  }
}

// Calls event_outer_rows for every share of the rows, with the types of the three tensors.
template <class Out>
void event_outer_typed(const Tensor& left, const Tensor& right, const Tensor& result) {
  auto* out = static_cast<Out*>(result.mutable_data_ptr());
  const auto run = [&]<class Left, class Right>(Left, Right) {
    const int64_t grain = rows_per_thread(left.size(0) * right.size(1), elements_per_thread);
    torch::stable::parallel_for(
        0, left.size(1), grain, [&](int64_t begin, int64_t end) { event_outer_rows<Left, Right>(left, right, out, begin, end); });
  };
  const bool spikes_left = left.scalar_type() == ScalarType::Bool, spikes_right = right.scalar_type() == ScalarType::Bool;
  if (spikes_left && spikes_right) return run(Flag{}, Flag{});
  if (spikes_left) return run(Flag{}, Out{});
  if (spikes_right) return run(Out{}, Flag{});
  run(Out{}, Out{});
}

Tensor event_outer(const Tensor& left, const Tensor& right, ScalarType dtype) {
  STD_TORCH_CHECK(left.dim() == 2 && right.dim() == 2, "event_outer: both sides must be matrices, [B, N] and [B, M]");
  STD_TORCH_CHECK(left.size(0) == right.size(0), "event_outer: the two sides differ in batch size");
  const ScalarType type = is_native(dtype) ? dtype : ScalarType::Double;
  const auto side = [type](const Tensor& t) { return prepared(t, t.scalar_type() == ScalarType::Bool ? ScalarType::Bool : type); };
  const Tensor scales = side(left), values = side(right), out = empty({left.size(1), right.size(1)}, type);
  with_float(type, [&]<class Out>(Out) { event_outer_typed<Out>(scales, values, out); });
  return type == dtype ? out : torch::stable::to(out, dtype);
}

}  // namespace

STABLE_TORCH_LIBRARY_IMPL(inferno, CPU, library) {
  library.impl("spike_sum", TORCH_BOX(&spike_sum));
  library.impl("sparse_sum", TORCH_BOX(&sparse_sum));
  library.impl("event_outer", TORCH_BOX(&event_outer));
}

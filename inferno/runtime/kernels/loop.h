// The fixed part of a loop library: sums over rows, parts, spikes under way, what changes in a step.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

#include "events.h"
#include "functions.h"
#include "intervals.h"
#include "philox.h"
#include "sums.h"

namespace {

// Zero, without telling the compiler, which makes two instructions of a comparison with a zero that it knows, and one with any other.
template <typename T> T unknown_zero() {
  volatile T zero = 0;
  return zero;
}
template <typename T> T positive(T x, T zero) { return x < zero ? zero : x; }
template <typename T> T negative(T x, T zero) { return x > zero ? zero : x; }

// ---- sums over the rows of those that spike: sums.h; and over all rows, for values of any size

template <typename T>
void sum_graded(const T* values, int64_t sources, const T* weight, int64_t targets, std::vector<double>& sums, T* out) {
  sums.assign(targets, 0.0);
  for (int64_t i = 0; i < sources; ++i)
    if (values[i] != 0)
      for (int64_t j = 0; j < targets; ++j) sums[j] += static_cast<double>(weight[i * targets + j]) * static_cast<double>(values[i]);
  for (int64_t j = 0; j < targets; ++j) out[j] = static_cast<T>(sums[j]);
}

template <typename T>
T sum_values(const T* values, int64_t size) {
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) sum += static_cast<double>(values[i]);
  return static_cast<T>(sum);
}

// ---- spikes (or values) under way: the last `steps` steps of a group, in a ring

template <typename Value>
struct Line {
  int64_t steps, batch, size;
  std::vector<Value> values;

  Line(int64_t steps, int64_t batch, int64_t size) : steps(steps), batch(batch), size(size), values(steps * batch * size) {}
  Value* at(int64_t time) { return values.data() + ((time % steps + steps) % steps) * batch * size; }

  // A line tensor is [batch, steps, neurons], the newest last; `now` is the step that comes next.
  template <typename T> void load(const T* line) {
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t s = 0; s < steps; ++s)
        for (int64_t n = 0; n < size; ++n) {
          const T under_way = line[(b * steps + s) * size + n];
          if constexpr (std::is_same_v<Value, Flag>) at(s - steps)[b * size + n] = under_way != 0;
          else at(s - steps)[b * size + n] = under_way;
        }
  }
  template <typename T> void store(T* line, int64_t now) {
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t s = 0; s < steps; ++s)
        for (int64_t n = 0; n < size; ++n) line[(b * steps + s) * size + n] = T(at(now - steps + s)[b * size + n]);
  }
};

// ---- parts of a population: the numbers of its neurons, row by row

struct Range { int64_t size, low, high; };

struct Part {
  std::vector<int32_t> members;
  bool is_run;  // whether they lie one after the other

  size_t size() const { return members.size(); }
  int32_t operator[](size_t k) const { return members[k]; }
};

inline Part part_of(std::initializer_list<Range> axes) {
  std::vector<int32_t> found{0};
  for (const Range& axis : axes) {
    std::vector<int32_t> finer;
    for (const int32_t start : found)
      for (int64_t k = axis.low; k < axis.high; ++k) finer.push_back(static_cast<int32_t>(start * axis.size + k));
    found = std::move(finer);
  }
  const bool is_run = found.empty() || found.back() - found.front() + 1 == int64_t(found.size());
  return {std::move(found), is_run};
}

template <typename Value>
void gather(const Value* values, int64_t batch, int64_t size, const Part& part, Value* out) {
  for (int64_t b = 0; b < batch; ++b, values += size) {
    if (part.is_run) out = std::copy_n(values + (part.size() ? part[0] : 0), part.size(), out);
    else for (const int32_t n : part.members) *out++ = values[n];
  }
}

// ---- rows of synapses: those of a source lie together, sorted by delay

template <typename Weight>
void add_row(int64_t first, int64_t last, const int32_t* targets, Weight weight, std::vector<double>& sums) {
  for (int64_t s = first; s < last; ++s) sums[targets[s]] += weight(s);
}

// Sums over rows that are wanted as numbers of type T.  Where few targets get something, the others are not looked at.
template <typename T>
class RowSums {
 public:
  explicit RowSums(int64_t targets) : sums_(targets) {}

  // What the rows of the events bring to each target, times `scale`.
  template <typename Weight>
  const T* of(const int32_t* first, const int32_t* last, const int64_t* starts, const int32_t* targets, Weight weight, double scale) {
    out_.resize(sums_.size());
    if (is_dense_) std::fill(out_.begin(), out_.end(), T(0));
    else visit(starts, targets, [&](int64_t n) { out_[n] = 0, sums_[n] = 0; });
    add(first, last, starts, targets, weight);
    if (is_dense_)
      for (size_t n = 0; n < out_.size(); ++n) out_[n] = take(n, scale);
    else visit(starts, targets, [&](int64_t n) { out_[n] = static_cast<T>(sums_[n] * scale); });
    return out_.data();
  }

  // Sums the rows of the events; what was summed before has been taken.
  template <typename Weight>
  void add(const int32_t* first, const int32_t* last, const int64_t* starts, const int32_t* targets, Weight weight) {
    int64_t synapses = 0;
    for (const int32_t* e = first; e != last; ++e) synapses += starts[*e + 1] - starts[*e];
    // A visit of a target by a synapse takes about as long as that of so many neighbours.
    is_dense_ = 8 * synapses > static_cast<int64_t>(sums_.size());
    few_.assign(first, is_dense_ ? first : last);
    for (; first != last; ++first) {
      // The row of the next event lies anywhere.
      if (first + 1 != last)
        for (int64_t s = starts[first[1]]; s < starts[first[1] + 1]; s += 64 / sizeof(int32_t)) __builtin_prefetch(targets + s);
      add_row(starts[*first], starts[*first + 1], targets, weight, sums_);
    }
  }

  // What target n gets, once.
  T take(int64_t n, double scale) {
    const double sum = sums_[n];
    sums_[n] = 0;
    return static_cast<T>(sum * scale);
  }

  // Visits all targets that may get something, some of them several times.
  template <typename Visit>
  void visit(const int64_t* starts, const int32_t* targets, Visit visit_target) const {
    if (is_dense_)
      for (size_t n = 0; n < sums_.size(); ++n) visit_target(n);
    for (const int32_t source : few_)
      for (int64_t s = starts[source]; s < starts[source + 1]; ++s) visit_target(targets[s]);
  }

 private:
  std::vector<double> sums_;
  std::vector<T> out_;
  std::vector<int32_t> few_;  // the sources of what was summed, unless all targets may get something
  bool is_dense_ = false;
};

// The same for values of any size, of all sources.
template <typename T, typename Weight>
void add_graded(const T* values, int64_t sources, const int64_t* starts, const int32_t* targets, Weight weight, std::vector<double>& sums) {
  for (int64_t i = 0; i < sources; ++i)
    if (values[i] != 0)
      for (int64_t s = starts[i]; s < starts[i + 1]; ++s) sums[targets[s]] += static_cast<double>(values[i]) * weight(s);
}

// Currents through gap junctions between the neurons of a part: conductance * sum over neighbours j of (x_j - x_i).
template <typename T>
void couple(const T* values, const Part& part, const int64_t* starts, const int32_t* targets, T conductance, T* out) {
  for (size_t i = 0; i < part.size(); ++i) {
    double around = 0;
    for (int64_t s = starts[i]; s < starts[i + 1]; ++s) around += static_cast<double>(values[part[targets[s]]]);
    const double own = static_cast<double>(starts[i + 1] - starts[i]) * static_cast<double>(values[part[i]]);
    out[part[i]] = static_cast<T>(static_cast<double>(conductance) * (around - own));
  }
}

// The same into the neurons of one part from those of another, whose rows these are.
template <typename T>
void couple_to(const T* there, const Part& sources, const T* here, const Part& part, const int64_t* starts,
               const int32_t* targets, T conductance, T* out) {
  std::vector<double> around(part.size(), 0.0), neighbours(part.size(), 0.0);
  for (size_t i = 0; i < sources.size(); ++i) {
    for (int64_t s = starts[i]; s < starts[i + 1]; ++s) {
      around[targets[s]] += static_cast<double>(there[sources[i]]);
      neighbours[targets[s]] += 1.0;
    }
  }
  for (size_t j = 0; j < part.size(); ++j) {
    const double own = neighbours[j] * static_cast<double>(here[part[j]]);
    out[part[j]] = static_cast<T>(static_cast<double>(conductance) * (around[j] - own));
  }
}

// The events of the last steps, each with the synapse of its row that comes next.
template <typename Steps>
struct Late {
  const int64_t* starts;
  const int32_t* targets;
  const Steps* delays;
  std::vector<Events> events;
  std::vector<std::vector<int64_t>> next;

  Late(int64_t longest, const int64_t* starts, const int32_t* targets, const Steps* delays)
      : starts(starts), targets(targets), delays(delays), events(longest + 1), next(longest + 1) {}

  size_t slot(int64_t time) const { return (time % int64_t(events.size()) + events.size()) % events.size(); }

  // Takes the events of a step that is `age` steps ago; what has been delivered since then is passed over.
  void push(int64_t time, int64_t age, const Flag* flags, int64_t batch, int64_t size) {
    Events& found = events[slot(time)];
    find_events(found, flags, batch, size);
    std::vector<int64_t>& synapses = next[slot(time)];
    synapses.clear();
    for (int64_t k = 0; k < found.used; ++k) {
      const int32_t n = found.members[k];
      int64_t s = starts[n];
      while (age > 0 && s < starts[n + 1] && delays[s] < age) ++s;
      synapses.push_back(s);
    }
  }

  template <typename Weight>
  void deliver(int64_t time, int64_t newest, int64_t b, Weight weight, std::vector<double>& sums) {
    for (int64_t age = newest; age < int64_t(events.size()); ++age) {
      const Events& found = events[slot(time - age)];
      if (found.ends.empty()) continue;
      std::vector<int64_t>& synapses = next[slot(time - age)];
      for (int64_t k = b ? found.ends[b - 1] : 0; k < found.ends[b]; ++k) {
        int64_t s = synapses[k];
        const int64_t end = starts[found.members[k] + 1];
        for (; s < end && delays[s] == age; ++s) sums[targets[s]] += weight(s);
        synapses[k] = s;
      }
    }
  }
};

// ---- what changes in a step: rows or columns of a matrix, each with a slot, and the samples in which its neuron spiked, in order

struct Touched {
  std::vector<int32_t> members, slots;
  std::vector<int32_t> first, last, samples, next;  // of each slot, and of each event the one that follows; -1 for none

  explicit Touched(int64_t size) : slots(size, -1) {}
  void clear() {
    for (const int32_t m : members) slots[m] = -1;
    for (std::vector<int32_t>* list : {&members, &first, &last, &samples, &next}) list->clear();
  }
  int32_t add(int32_t member) {
    if (slots[member] < 0) {
      slots[member] = static_cast<int32_t>(members.size());
      members.push_back(member);
      first.push_back(-1);
      last.push_back(-1);
    }
    return slots[member];
  }
  void add(const Events& events, int64_t batch) {
    int32_t event = static_cast<int32_t>(samples.size());
    samples.resize(event + events.used);
    next.resize(event + events.used, -1);
    int32_t *const of_event = samples.data(), *const after = next.data();
    for (int64_t b = 0; b < batch; ++b) {
      for (const int32_t* e = events.begin(b); e != events.end(b); ++e, ++event) {
        const int32_t slot = add(*e);
        (last[slot] < 0 ? first[slot] : after[last[slot]]) = event;
        last[slot] = event;
        of_event[event] = static_cast<int32_t>(b);
      }
    }
  }
  void add_all() {
    for (size_t m = 0; m < slots.size(); ++m) add(static_cast<int32_t>(m));
  }
  size_t count() const { return members.size(); }
  bool has(int64_t slot, int64_t b) const {
    int32_t event = first[slot];
    while (event >= 0 && samples[event] != b) event = next[event];
    return event >= 0;
  }
};

// ---- weights whose sums of absolute values over the sources (or the targets) are brought to `norm`; sums of zero stay

template <typename T>
void normalize(T* weight, int64_t sources, int64_t targets, double norm, bool over_sources) {
  std::vector<double> sums(over_sources ? targets : sources, 0.0);
  for (int64_t i = 0; i < sources; ++i)
    for (int64_t j = 0; j < targets; ++j) sums[over_sources ? j : i] += static_cast<double>(std::abs(weight[i * targets + j]));
  for (double& sum : sums) sum = static_cast<double>(static_cast<T>(sum > 0 ? norm / sum : 1.0));
  for (int64_t i = 0; i < sources; ++i)
    for (int64_t j = 0; j < targets; ++j) weight[i * targets + j] *= static_cast<T>(sums[over_sources ? j : i]);
}

// The same for rows of synapses, each of which belongs to one of `count` neurons.
template <typename T>
void normalize_rows(T* weight, int64_t synapses, const int32_t* neurons, int64_t count, double norm) {
  std::vector<double> sums(count, 0.0);
  for (int64_t s = 0; s < synapses; ++s) sums[neurons[s]] += static_cast<double>(std::abs(weight[s]));
  for (double& sum : sums) sum = static_cast<double>(static_cast<T>(sum > 0 ? norm / sum : 1.0));
  for (int64_t s = 0; s < synapses; ++s) weight[s] *= static_cast<T>(sums[neurons[s]]);
}

}  // namespace

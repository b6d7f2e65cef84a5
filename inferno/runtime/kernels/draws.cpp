// Random numbers and the spikes of sources whose intervals are random, many at a time.  A draw is a function of its place (philox.h), so
// rows may be made in any order and by any thread.  Rows are samples; what each kernel means is in reference.py.  The type `Number` of
// waits is defined where this is compiled.

#include "intervals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

// Draws for up to `lanes` elements of one sample, numbered from `first`; the numbers of the other lanes are thrown away.
template <Kind kind>
void draw_block(const Place& place, uint32_t first, const std::array<uint32_t, lanes>& elements, int count, double* out) {
  Words<lanes> words{};
  for (int lane = 0; lane < lanes; ++lane) words.first[lane] = first + elements[lane];
  philox(words, place);
  const std::array<double, lanes> found = distributed<kind>(words);
  for (int lane = 0; lane < count; ++lane) out[elements[lane]] = found[lane];
}

// Draws for so many blocks of neighbours, numbered from `first`: there are always enough of them to fill more lanes.
constexpr int wide = 32;
template <Kind kind>
void draw_neighbours(const Place& place, uint32_t first, int64_t blocks, double* out) {
  for (int64_t element = 0; element < blocks * wide; element += wide) {
    Words<wide> words{};
    for (int lane = 0; lane < wide; ++lane) words.first[lane] = first + static_cast<uint32_t>(element + lane);
    philox(words, place);
    const std::array<double, wide> found = distributed<kind>(words);
    std::copy(found.begin(), found.end(), out + element);
  }
}

// Collects elements and draws for a full block of them at a time.
template <Kind kind>
class Drawer {
 public:
  Drawer(Place place, uint32_t first, double* out) : place_(place), first_(first), out_(out) {}
  void add(int64_t element) {
    elements_[count_++] = static_cast<uint32_t>(element);
    if (count_ == lanes) finish();
  }
  void finish() {
    if (count_ > 0) draw_block<kind>(place_, first_, elements_, count_, out_);
    count_ = 0;
  }

 private:
  Place place_;
  uint32_t first_;
  double* out_;
  std::array<uint32_t, lanes> elements_{};
  int count_ = 0;
};

template <Kind kind>
void draw_row(const Place& place, uint32_t first, int64_t elements, const Flag* where, double* out) {
  Drawer<kind> drawer(place, first, out);
  if (where != nullptr) {
    std::fill_n(out, elements, 0.0);
    for_each_event(where, elements, [&](int64_t element) { drawer.add(element); });
  } else {
    draw_neighbours<kind>(place, first, elements / wide, out);
    for (int64_t element = elements / wide * wide; element < elements; ++element) drawer.add(element);
  }
  drawer.finish();
}

// Rows `begin` to `end` of a draw.
template <Kind kind>
void draw_rows(uint64_t key, const uint64_t* samples, uint32_t step, const Flag* where, int64_t first, int64_t elements, double* out,
               int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const Flag* chosen = where == nullptr ? nullptr : where + row * elements;
    draw_row<kind>(Place{key, samples[row], step}, static_cast<uint32_t>(first), elements, chosen, out + row * elements);
  }
}

// ---- interval_spikes

// Where and when a sample's elements spike; each step's drifts and spikes lie so many elements behind those of the step before.
template <class Value>
struct IntervalRow {
  uint64_t key, sample, first;
  int64_t steps, size, drift_stride, spikes_stride;

  Place place(int64_t step) const { return {key, sample, static_cast<uint32_t>(first + step)}; }

  void run(const Value* drift, Value* wait, Flag* spikes, int64_t* counts) const {
    Prolonging<Value> prolonging(key);
    for (int64_t step = 0; step < steps; ++step, drift += drift_stride, spikes += spikes_stride) {
      interval_step(size, drift, wait, spikes, [&](int64_t i) {
        prolonging.add(place(step), i, wait + i);
        ++counts[i];
      });
      prolonging.finish();
    }
  }

  void run_held(const Value* drift, Value* wait, Flag* spikes, int64_t* counts) const {
    Moving<Value> moving(size, drift, wait);
    const int32_t* elements = moving.elements.data();
    Prolonging<Value> prolonging(key);
    std::vector<Flag> flags(moving.wait.size());
    for (int64_t step = 0; step < steps; ++step, spikes += spikes_stride) {
      std::fill_n(spikes, size, Flag{0});
      interval_step(static_cast<int64_t>(flags.size()), moving.drift.data(), moving.wait.data(), flags.data(), [&](int64_t k) {
        prolonging.add(place(step), elements[k], &moving.wait[k]);
        spikes[elements[k]] = 1;
        ++counts[elements[k]];
      });
      prolonging.finish();
    }
    for (size_t k = 0; k < moving.elements.size(); ++k) wait[elements[k]] = moving.wait[k];
  }
};

// Rows `begin` to `end` of `rows`; drifts are the same in every step where `held` is not zero.  Spikes are added to `counts`.
template <class Value>
void interval_rows(uint64_t key, const uint64_t* samples, uint64_t first, const Value* drifts, int64_t held, Value* waits, Flag* spikes,
                   int64_t* counts, int64_t steps, int64_t rows, int64_t elements, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const IntervalRow<Value> intervals{key, samples[row], first, steps, elements, held ? 0 : rows * elements, rows * elements};
    const int64_t start = row * elements;
    if (held) intervals.run_held(drifts + start, waits + start, spikes + start, counts + start);
    else intervals.run(drifts + start, waits + start, spikes + start, counts + start);
  }
}

}  // namespace

extern "C" void draw(int64_t kind, uint64_t key, const uint64_t* samples, uint32_t step, const Flag* where, int64_t first,
                     int64_t elements, double* out, int64_t begin, int64_t end) {
  constexpr decltype(&draw_rows<Kind::uniform>) of_kind[] = {draw_rows<Kind::uniform>, draw_rows<Kind::exponential>, draw_rows<Kind::normal>};
  of_kind[kind](key, samples, step, where, first, elements, out, begin, end);
}
extern "C" void interval_spikes(uint64_t key, const uint64_t* samples, uint64_t first, const Number* drifts, int64_t held, Number* waits,
                                Flag* spikes, int64_t* counts, int64_t steps, int64_t rows, int64_t elements, int64_t begin, int64_t end) {
  interval_rows(key, samples, first, drifts, held, waits, spikes, counts, steps, rows, elements, begin, end);
}

// Who is joined to whom, by chance, and in which order.  A draw is a function of its place (philox.h), so rows may be made in any order,
// more than once and by any thread; what each kernel means is in reference_pairs.py.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <numeric>
#include <vector>

#include "events.h"
#include "philox.h"

namespace {

constexpr int lanes = 32;
constexpr int64_t word = 64;

// The draws of a row from an element on, as many as there are lanes.
template <Kind kind>
std::array<double, lanes> draws_from(uint64_t key, int64_t row, int64_t element) {
  Words<lanes> words{};
  for (int lane = 0; lane < lanes; ++lane) words.first[lane] = static_cast<uint32_t>(element + lane);
  philox(words, Place{key, static_cast<uint64_t>(row), 0});
  return distributed<kind>(words);
}

// Chooses so many different numbers below `among` for a row, none of which is the barred one, unless that is negative.
class Chooser {
 public:
  Chooser(uint64_t key, int64_t count, int64_t among)
      : key_(key), count_(count), among_(among), is_chosen_((among + word - 1) / word), chosen_(count) {}

  // In any order.
  const std::vector<int32_t>& of(int64_t row, int64_t barred) {
    choose(row, barred);
    if (has_many_words()) for (const int32_t number : chosen_) is_chosen_[number / word] = 0;
    else std::fill(is_chosen_.begin(), is_chosen_.end(), 0);
    pass_over(barred);
    return chosen_;
  }

  // In ascending order.
  const std::vector<int32_t>& in_order(int64_t row, int64_t barred) {
    if (has_many_words()) {
      of(row, barred);
      std::sort(chosen_.begin(), chosen_.end());
      return chosen_;
    }
    choose(row, barred);
    int32_t* next = chosen_.data();
    for (size_t k = 0; k < is_chosen_.size(); ++k) {
      for (uint64_t bits = is_chosen_[k]; bits != 0; bits &= bits - 1) *next++ = static_cast<int32_t>(k * word + std::countr_zero(bits));
      is_chosen_[k] = 0;
    }
    pass_over(barred);
    return chosen_;
  }

 private:
  bool takes_smallest() const { return 2 * count_ > among_; }
  bool has_many_words() const { return static_cast<int64_t>(is_chosen_.size()) > 16 * count_; }

  bool mark(int32_t number) {
    uint64_t& bits = is_chosen_[number / word];
    const uint64_t bit = uint64_t{1} << (number % word);
    const bool is_new = (bits & bit) == 0;
    bits |= bit;
    return is_new;
  }

  // Chooses and marks.
  void choose(int64_t row, int64_t barred) {
    if (takes_smallest()) choose_smallest(row, barred);
    else choose_first(row, among_ - (barred >= 0));
  }

  // The first different ones of the row's draws, which are below `limit`.
  void choose_first(int64_t row, int64_t limit) {
    const int32_t last = static_cast<int32_t>(limit - 1);
    int64_t found = 0;
    for (int64_t element = 0; found < count_; element += lanes) {
      const std::array<double, lanes> draws = draws_from<Kind::uniform>(key_, row, element);
      std::array<int32_t, lanes> numbers;
      for (int lane = 0; lane < lanes; ++lane) {
        const double place = draws[lane] * static_cast<double>(limit);
        numbers[lane] = place < last ? static_cast<int32_t>(place) : last;
      }
      for (int lane = 0; lane < lanes && found < count_; ++lane) {
        chosen_[found] = numbers[lane];
        found += mark(numbers[lane]);
      }
    }
  }

  // The numbers whose draws are the smallest.
  void choose_smallest(int64_t row, int64_t barred) {
    draws_.resize(among_ + lanes);
    for (int64_t element = 0; element < among_; element += lanes) {
      const std::array<double, lanes> draws = draws_from<Kind::uniform>(key_, row, element);
      std::copy(draws.begin(), draws.end(), draws_.begin() + element);
    }
    if (barred >= 0) draws_[barred] = 2.0;
    order_.resize(among_);
    std::iota(order_.begin(), order_.end(), 0);
    const auto is_before = [this](int32_t a, int32_t b) { return draws_[a] < draws_[b] || (draws_[a] == draws_[b] && a < b); };
    if (count_ < among_) std::nth_element(order_.begin(), order_.begin() + count_, order_.end(), is_before);
    for (int64_t k = 0; k < count_; ++k) mark(chosen_[k] = order_[k]);
  }

  // The first ones were chosen as if the barred one were not there.
  void pass_over(int64_t barred) {
    if (barred >= 0 && !takes_smallest())
      for (int32_t& number : chosen_) number += number >= barred;
  }

  uint64_t key_;
  int64_t count_, among_;
  std::vector<uint64_t> is_chosen_;
  std::vector<int32_t> chosen_, order_;
  std::vector<double> draws_;
};

// Calls visit(place) for the places of a row, each an exponential number of steps behind the one before, in units of 1/`rate`.
template <class Visit>
void for_each_jump(uint64_t key, int64_t row, int64_t width, double rate, Visit visit) {
  int64_t place = -1;
  for (int64_t element = 0;; element += lanes) {
    std::array<double, lanes> waits = draws_from<Kind::exponential>(key, row, element);
    const double most = static_cast<double>(width);
    for (double& wait : waits) {
      wait /= rate;
      wait = wait < most ? wait : most;
    }
    for (const double wait : waits) {
      place += static_cast<int64_t>(wait) + 1;
      if (place >= width) return;
      visit(place);
    }
  }
}

// Which of a row's draws are below exp(-distance^2 / `width`), and how many; a chance of 2^-54 or less is none, since no draw is below it.
// Targets have their places axis by axis.
int64_t find_near(uint64_t key, int64_t row, const double* source, const double* targets, int64_t axes, int64_t count, double width, Flag* out) {
  constexpr double least = 0x1p-54;
  for (int64_t first = 0; first < count; first += lanes) {
    const int64_t length = std::min<int64_t>(lanes, count - first);
    std::array<double, lanes> chances{}, places{};
    for (int64_t axis = 0; axis < axes; ++axis) {
      std::copy_n(targets + axis * count + first, length, places.begin());
      for (int lane = 0; lane < lanes; ++lane) {
        const double apart = source[axis] - places[lane];
        chances[lane] += apart * apart;
      }
    }
    bool is_near = false;
    for (double& chance : chances) {
      chance = exponential(-chance / width);
      is_near |= chance > least;
    }
    if (!is_near) {
      std::fill_n(out + first, length, Flag{0});
      continue;
    }
    const std::array<double, lanes> draws = draws_from<Kind::uniform>(key, row, first);
    std::array<Flag, lanes> joined;
    for (int lane = 0; lane < lanes; ++lane) joined[lane] = (chances[lane] > least) & (draws[lane] < chances[lane]);
    std::copy_n(joined.begin(), length, out + first);
  }
  int64_t found = 0;
  for_each_event(out, count, [&](int64_t) { ++found; });
  return found;
}

// Numbers `begin` to `end` in the order of their values, which are below `range`, equal ones as they are.
class Sorter {
 public:
  void sort(const int64_t* values, int64_t begin, int64_t end, int64_t range, int64_t* order) {
    if (range > 4 * (end - begin) + word) {
      std::iota(order + begin, order + end, begin);
      std::stable_sort(order + begin, order + end, [values](int64_t a, int64_t b) { return values[a] < values[b]; });
      return;
    }
    next_.assign(range + 1, 0);
    for (int64_t k = begin; k < end; ++k) ++next_[values[k] + 1];
    std::partial_sum(next_.begin(), next_.end(), next_.begin());
    for (int64_t k = begin; k < end; ++k) order[begin + next_[values[k]]++] = k;
  }

 private:
  std::vector<int64_t> next_;
};

}  // namespace

// ---- choose: rows `begin` to `end` of [rows, count]

extern "C" void choose(uint64_t key, const int64_t* rows, const int64_t* barred, int64_t count, int64_t among, int32_t* out, int64_t begin,
                       int64_t end) {
  Chooser chooser(key, count, among);
  for (int64_t k = begin; k < end; ++k) std::copy_n(chooser.in_order(rows[k], barred[k]).begin(), count, out + k * count);
}

// ---- choose_sources: how often targets `begin` to `end` choose each source, and then the targets at the places of their sources

extern "C" void count_sources(uint64_t key, const int64_t* barred, int64_t count, int64_t sources, int64_t* counts, int64_t begin, int64_t end) {
  Chooser chooser(key, count, sources);
  for (int64_t target = begin; target < end; ++target)
    for (const int32_t source : chooser.of(target, barred[target])) ++counts[source];
}
extern "C" void place_targets(uint64_t key, const int64_t* barred, int64_t count, int64_t sources, int64_t* places, int32_t* targets,
                              int64_t begin, int64_t end) {
  Chooser chooser(key, count, sources);
  for (int64_t target = begin; target < end; ++target)
    for (const int32_t source : chooser.of(target, barred[target])) targets[places[source]++] = static_cast<int32_t>(target);
}

// ---- jump: how many places rows `begin` to `end` have, and then the places

extern "C" void count_jumps(uint64_t key, int64_t width, double rate, int64_t* counts, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    int64_t count = 0;
    for_each_jump(key, row, width, rate, [&](int64_t) { ++count; });
    counts[row] = count;
  }
}
extern "C" void place_jumps(uint64_t key, int64_t width, double rate, const int64_t* starts, int32_t* targets, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    int32_t* next = targets + starts[row];
    for_each_jump(key, row, width, rate, [&](int64_t place) { *next++ = static_cast<int32_t>(place); });
  }
}

// ---- near: which targets rows `begin` to `end` are joined to, as flags [rows, count], and then these targets

extern "C" void find_near_targets(uint64_t key, const int64_t* rows, const double* sources, const double* targets, int64_t axes, int64_t count,
                                  double width, Flag* flags, int64_t* counts, int64_t begin, int64_t end) {
  for (int64_t k = begin; k < end; ++k)
    counts[k] = find_near(key, rows[k], sources + k * axes, targets, axes, count, width, flags + k * count);
}
extern "C" void place_near_targets(const Flag* flags, int64_t count, const int64_t* starts, int32_t* targets, int64_t begin, int64_t end) {
  for (int64_t k = begin; k < end; ++k) {
    int32_t* next = targets + starts[k];
    for_each_event(flags + k * count, count, [&](int64_t target) { *next++ = static_cast<int32_t>(target); });
  }
}

// ---- sort_rows: rows `begin` to `end`

extern "C" void sort_rows(const int64_t* starts, const int64_t* values, int64_t range, int64_t* order, int64_t begin, int64_t end) {
  Sorter sorter;
  for (int64_t row = begin; row < end; ++row) sorter.sort(values, starts[row], starts[row + 1], range, order);
}

// ---- columns: how often synapses `begin` to `end` have each target, and then the synapses at the places of their targets

extern "C" void count_targets(const int32_t* targets, int64_t* counts, int64_t begin, int64_t end) {
  for (int64_t synapse = begin; synapse < end; ++synapse) ++counts[targets[synapse]];
}
extern "C" void place_synapses(const int32_t* targets, int64_t* places, int32_t* synapses, int64_t begin, int64_t end) {
  for (int64_t synapse = begin; synapse < end; ++synapse) synapses[places[targets[synapse]]++] = static_cast<int32_t>(synapse);
}

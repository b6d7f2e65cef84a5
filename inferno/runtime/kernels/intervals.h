// Sources whose intervals are random: each counts down, spikes where it has run down, and draws its next interval then.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "events.h"
#include "philox.h"

namespace {

constexpr int lanes = 16;

// Prolongs the waits of those that spike by new intervals, drawn for several of them at a time.
template <class Value>
class Prolonging {
 public:
  // `elements`: the numbers of the elements behind `wait`; null where each is its own.
  Prolonging(Value* wait, const int32_t* elements) : wait_(wait), elements_(elements) {}

  void add(const Place& place, int64_t index) {
    chosen_[count_++] = static_cast<int32_t>(index);
    if (count_ == lanes) finish(place);
  }
  void finish(const Place& place) {
    if (count_ == 0) return;
    Words<lanes> words{};
    for (int lane = 0; lane < count_; ++lane) words.first[lane] = elements_ == nullptr ? chosen_[lane] : elements_[chosen_[lane]];
    philox(words, place);
    const std::array<double, lanes> intervals = distributed<Kind::exponential>(words);
    for (int lane = 0; lane < count_; ++lane) wait_[chosen_[lane]] += static_cast<Value>(intervals[lane]);
    count_ = 0;
  }

 private:
  Value* wait_;
  const int32_t* elements_;
  std::array<int32_t, lanes> chosen_{};
  int count_ = 0;
};

// One step of `size` elements: the drift is added everywhere, and whoever has run down spikes and draws its next interval.
template <class Value, class Visit>
void interval_step(
    const Place& place, int64_t size, const Value* drift, Value* wait, Flag* spikes, Prolonging<Value>& prolonging, Visit visit) {
  for (int64_t i = 0; i < size; ++i) {
    wait[i] += drift[i];
    spikes[i] = wait[i] <= Value{0};
  }
  for_each_event(spikes, size, [&](int64_t i) {
    prolonging.add(place, i);
    visit(i);
  });
  prolonging.finish(place);
}

// The elements of a sample that may spike while drifts stay as they are: who does not drift does not.
template <class Value>
struct Moving {
  std::vector<int32_t> elements;
  std::vector<Value> drift, wait;  // filled up to whole blocks of what never spikes

  Moving(int64_t size, const Value* drifts, const Value* waits) {
    for (int64_t i = 0; i < size; ++i) {
      if (drifts[i] == Value{0} && waits[i] > Value{0}) continue;
      elements.push_back(static_cast<int32_t>(i));
      drift.push_back(drifts[i]);
      wait.push_back(waits[i]);
    }
    const size_t whole = (elements.size() + block - 1) / block * block;
    drift.resize(whole, Value{0});
    wait.resize(whole, Value{1});
  }
};

// The sources of a loop: step by step, of all samples.  Drifts lie `drift_stride` apart from step to step; 0 is for what stays as it is.
template <class Value>
class Countdowns {
 public:
  Countdowns(int64_t batch, int64_t size, Value* wait, const Value* drift, int64_t drift_stride, uint64_t key, const int64_t* samples,
             int64_t first_step, int64_t* counts)
      : batch_(batch), size_(size), drift_stride_(drift_stride), wait_(wait), drift_(drift), key_(key), samples_(samples),
        first_step_(first_step), counts_(counts), flags_(batch * size) {
    events_.ends.assign(batch, 0);
    if (drift_stride != 0) return;
    for (int64_t b = 0; b < batch; ++b) moving_.emplace_back(size, drift + b * size, wait + b * size);
    for (const Moving<Value>& moving : moving_) own_flags_.resize(std::max(own_flags_.size(), moving.wait.size()));
  }

  // The spikes of the last step, [batch, size], and the same as events.
  const Flag* flags() const { return flags_.data(); }
  const Events& events() const { return events_; }

  void step(int64_t t) {
    if (drift_stride_ == 0) forget();
    events_.used = 0;
    for (int64_t b = 0; b < batch_; ++b) {
      const Place place{key_, static_cast<uint64_t>(samples_[b]), static_cast<uint32_t>(first_step_ + t)};
      Flag* const flags = flags_.data() + b * size_;
      int64_t* const counts = counts_ + b * size_;
      events_.make_room(size_);
      int32_t* next = events_.members.data() + events_.used;
      if (drift_stride_ == 0) {
        Moving<Value>& moving = moving_[b];
        const int32_t* elements = moving.elements.data();
        Prolonging<Value> prolonging(moving.wait.data(), elements);
        interval_step(place, static_cast<int64_t>(moving.wait.size()), moving.drift.data(), moving.wait.data(), own_flags_.data(), prolonging,
                      [&](int64_t k) {
                        flags[elements[k]] = 1;
                        ++counts[elements[k]];
                        *next++ = elements[k];
                      });
      } else {
        Prolonging<Value> prolonging(wait_ + b * size_, nullptr);
        interval_step(place, size_, drift_ + t * drift_stride_ + b * size_, wait_ + b * size_, flags, prolonging, [&](int64_t i) {
          ++counts[i];
          *next++ = static_cast<int32_t>(i);
        });
      }
      events_.used = events_.ends[b] = next - events_.members.data();
    }
  }

  // The waits after the last step.
  void finish() {
    for (int64_t b = 0; b < static_cast<int64_t>(moving_.size()); ++b)
      for (size_t k = 0; k < moving_[b].elements.size(); ++k) wait_[b * size_ + moving_[b].elements[k]] = moving_[b].wait[k];
  }

 private:
  void forget() {
    for (int64_t b = 0; b < batch_; ++b)
      for (const int32_t* e = events_.begin(b); e != events_.end(b); ++e) flags_[b * size_ + *e] = 0;
  }

  int64_t batch_, size_, drift_stride_;
  Value* wait_;
  const Value* drift_;
  uint64_t key_;
  const int64_t* samples_;
  int64_t first_step_;
  int64_t* counts_;
  std::vector<Flag> flags_, own_flags_;
  std::vector<Moving<Value>> moving_;
  Events events_;
};

}  // namespace

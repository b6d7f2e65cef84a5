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

// Prolongs the waits of those that spike by new intervals, drawn for several of them at a time; each must be finished within its step.
template <class Value>
class Prolonging {
 public:
  explicit Prolonging(uint64_t key) : key_(key) {}

  void add(const Place& place, int64_t element, Value* wait) {
    words_.first[count_] = static_cast<uint32_t>(element);
    words_.second[count_] = place.step;
    words_.third[count_] = static_cast<uint32_t>(place.sample);
    words_.fourth[count_] = static_cast<uint32_t>(place.sample >> 32);
    waits_[count_++] = wait;
    if (count_ == lanes) finish();
  }
  void finish() {
    if (count_ == 0) return;
    Words<lanes> words = words_;
    philox(words, key_);
    const std::array<double, lanes> intervals = distributed<Kind::exponential>(words);
    for (int lane = 0; lane < count_; ++lane) *waits_[lane] += static_cast<Value>(intervals[lane]);
    count_ = 0;
  }

 private:
  uint64_t key_;
  Words<lanes> words_{};
  std::array<Value*, lanes> waits_{};
  int count_ = 0;
};

// One step of `size` elements: the drift is added everywhere, and whoever has run down spikes; visit(index) draws its next interval.
template <class Value, class Visit>
void interval_step(int64_t size, const Value* drift, Value* wait, Flag* spikes, Visit visit) {
  for (int64_t i = 0; i < size; ++i) {
    wait[i] += drift[i];
    spikes[i] = wait[i] <= Value{0};
  }
  for_each_event(spikes, size, visit);
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
        first_step_(first_step), counts_(counts), flags_(batch * size), prolonging_(key) {
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
      const auto spike = [&](int64_t element, Value* wait) {
        prolonging_.add(place, element, wait);
        ++counts[element];
        *next++ = static_cast<int32_t>(element);
      };
      if (drift_stride_ == 0) {
        Moving<Value>& moving = moving_[b];
        interval_step(static_cast<int64_t>(moving.wait.size()), moving.drift.data(), moving.wait.data(), own_flags_.data(), [&](int64_t k) {
          flags[moving.elements[k]] = 1;
          spike(moving.elements[k], &moving.wait[k]);
        });
      } else {
        Value* const wait = wait_ + b * size_;
        interval_step(size_, drift_ + t * drift_stride_ + b * size_, wait, flags, [&](int64_t i) { spike(i, wait + i); });
      }
      events_.used = events_.ends[b] = next - events_.members.data();
    }
    prolonging_.finish();
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
  Prolonging<Value> prolonging_;
  Events events_;
};

}  // namespace

// A network of leaky neurons with rows of synapses, as a loop does it, on one thread or on several that share the neurons of one sample.
//
// Each thread has a range of the neurons: it adds what the last step's spikes bring to them, steps them and lists who spiked.  Lists are
// read thread by thread, so that every sum is made in the order of the sources, whatever the number of threads.  They meet once in a step.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace {

// Where threads wait for each other: they look for a while, then let others run.
class Meeting {
 public:
  explicit Meeting(int threads) : threads_(threads) {}
  void wait() {
    const int64_t now = round_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.store(now + 1, std::memory_order_release);
      return;
    }
    for (int looks = 0; round_.load(std::memory_order_acquire) == now; ++looks)
      if (looks > 2000) std::this_thread::yield();
  }

 private:
  const int threads_;
  std::atomic<int> arrived_{0};
  std::atomic<int64_t> round_{0};
};

struct Network {
  int64_t neurons;
  const int64_t* starts;
  const int32_t* targets;
  const float* drive;
  float* membrane;
  float* conductance;
};

using Lists = std::vector<std::vector<int32_t>>;

void step(const Network& net, int64_t low, int64_t high, const Lists& before, std::vector<int32_t>& now, double* sums) {
  std::fill(sums + low, sums + high, 0.0);
  for (const auto& list : before)
    for (const int32_t source : list) {
      const int32_t* end = net.targets + net.starts[source + 1];
      const int32_t* s = std::lower_bound(net.targets + net.starts[source], end, static_cast<int32_t>(low));
      for (; s < end && *s < high; ++s) sums[*s] += 1.0;
    }
  for (int64_t n = low; n < high; ++n) {
    const float g = net.conductance[n] * 0.98f + 0.006f * static_cast<float>(sums[n]);
    const float rate = 0.05f + g;
    const float v = net.membrane[n] + (net.drive[n] - rate * net.membrane[n]) / (1.0f + rate);
    net.conductance[n] = g;
    net.membrane[n] = v >= 1.0f ? 0.0f : v;
    sums[n] = v >= 1.0f;
  }
  now.clear();
  for (int64_t n = low; n < high; ++n)
    if (sums[n] != 0) now.push_back(static_cast<int32_t>(n));
}

}  // namespace

extern "C" int64_t run(int64_t steps, int64_t threads, int64_t neurons, const int64_t* starts, const int32_t* targets, const float* drive,
                       float* membrane, float* conductance) {
  const Network net{neurons, starts, targets, drive, membrane, conductance};
  Meeting meeting(static_cast<int>(threads));
  Lists lists[2] = {Lists(threads), Lists(threads)};
  std::vector<double> sums(neurons);
  std::vector<int64_t> spikes(threads * 8);
  const auto part = [&](int64_t k) {
    for (int64_t t = 0; t < steps; ++t) {
      step(net, neurons * k / threads, neurons * (k + 1) / threads, lists[t % 2], lists[(t + 1) % 2][k], sums.data());
      spikes[k * 8] += static_cast<int64_t>(lists[(t + 1) % 2][k].size());
      if (threads > 1) meeting.wait();
    }
  };
  std::vector<std::thread> others;
  for (int64_t k = 1; k < threads; ++k) others.emplace_back(part, k);
  part(0);
  for (auto& other : others) other.join();
  int64_t count = 0;
  for (int64_t k = 0; k < threads; ++k) count += spikes[k * 8];
  return count;
}

"""Runs the COBA network for a second and prints, as JSON, the seconds of its loop and those until the first result is there.

Usage: coba.py PROGRAM. The first run begins with whatever the cache holds; the loop is measured after it, from the same start.
"""

import json
import sys
import time

started = time.perf_counter()

import inferno  # noqa: E402

DURATION = "1 s"


def main() -> None:
    net = inferno.load_network(sys.argv[1], device="cpu")
    net(duration="1 ms")
    first = time.perf_counter() - started
    net.reset()
    begun = time.perf_counter()
    result = net(duration=DURATION)
    loop = time.perf_counter() - begun
    rate = float(result.spike_counts["all"].double().mean())
    print(json.dumps({"first_s": first, "loop_s": loop, "rate_hz": rate}))


if __name__ == "__main__":
    main()

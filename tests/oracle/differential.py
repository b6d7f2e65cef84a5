"""Compare compiled networks with the oracle on random programs: `python tests/oracle/differential.py --seeds 1000`.

Prints the first disagreement (program, population, step, sample, neuron) and exits with 1; with `--all` goes on and counts them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from oracle import generator  # noqa: E402
from oracle.comparison import Disagreement, compare  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many random programs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--backend", choices=("eager", "native", "inductor"), default="eager")
    parser.add_argument("--all", action="store_true", help="go on after a disagreement, one line for each")
    options = parser.parse_args()
    began, failed, numbers, seed = time.monotonic(), 0, 0, options.first
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.first, options.first + options.seeds):
            try:
                numbers += compare(generator.case(seed), Path(folder), options.backend)
            except Exception as problem:  # noqa: BLE001
                failed += 1
                words = str(problem) if isinstance(problem, Disagreement) else f"seed {seed}: {type(problem).__name__}: {problem}"
                print(
                    words.splitlines()[0]
                    if options.all
                    else f"{words}\n\n{generator.case(seed).text}"
                    if not isinstance(problem, Disagreement)
                    else words
                )
                if not options.all:
                    break
    print(f"{seed - options.first + 1} programs, {numbers} numbers, {failed} disagreements, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

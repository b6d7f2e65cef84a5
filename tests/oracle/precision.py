"""Where a network in float32 first leaves the same network in float64: `python tests/oracle/precision.py --seeds 50`, or `--program FILE`.

Until then the spikes are the same and the states differ by roundings; what comes after follows from that one spike.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from oracle import generator  # noqa: E402
from oracle.generator import Case  # noqa: E402

import inferno  # noqa: E402
from inferno.runtime.result import Result  # noqa: E402


@dataclass(frozen=True)
class Divergence:
    """The first spike that only one of the two has, and how far their states are apart in the steps before it.

    `step` is None where there is no such spike; the distance is relative to the largest value of a recording, 0 where none was sampled.
    """

    step: int | None
    place: str
    distance: float

    def __str__(self) -> str:
        where = "no spike differs" if self.step is None else f"the first spike that differs: {self.place} in step {self.step}"
        return f"{where}; states until then differ by {self.distance:.1e}"


def divergence(case: Case, folder: Path, backend: str = "native") -> Divergence:
    """Compare the first call of a case in evaluation in the two types of numbers."""
    path = folder / f"precision_{case.seed}.snn"
    path.write_text(case.text)
    stimulus: dict[str, Any] = {name: torch.as_tensor(value) for name, value in case.stimuli[0].items()}
    return divergence_of(path, backend, **stimulus or {"batch": case.batch})


def divergence_of(path: Path, backend: str, **arguments: object) -> Divergence:
    """Compare a call of a program in evaluation in the two types of numbers."""
    wide, narrow = (inferno.load_network(path, backend=backend, device="cpu", dtype=dtype).eval() for dtype in ("float64", "float32"))
    exact, rounded = wide(**arguments), narrow(**arguments)
    step, place = _first_spike(exact, rounded)
    every = {recording.name: recording.every for recording in wide.program.recordings}
    return Divergence(step, place, _distance(exact, rounded, every, exact.steps if step is None else step))


def _first_spike(exact: Result, rounded: Result) -> tuple[int | None, str]:
    found: list[tuple[int, str]] = []
    for name, recording in exact.recordings.items():
        if recording.values.dtype != torch.bool:
            continue
        places = (recording.values != rounded[name].values).nonzero()
        if len(places):
            step, sample, *neuron = places[0].tolist()
            found.append((step, f"{name}, sample {sample}, neuron {neuron}"))
    return min(found) if found else (None, "")


def _distance(exact: Result, rounded: Result, every: Mapping[str, int], steps: int) -> float:
    """How far states are apart at most in the first steps, in units of the largest value of their recording."""
    found = 0.0
    for name, recording in exact.recordings.items():
        if recording.values.dtype == torch.bool:
            continue
        values, others = (result[name].values[: steps // every[name]].double() for result in (exact, rounded))
        if values.numel():
            found = max(found, float((values - others).abs().max() / values.abs().max().clamp(min=1e-12)))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="how many random programs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--backend", choices=("eager", "native"), default="native")
    parser.add_argument("--program", type=Path, help="a program in place of random ones")
    options = parser.parse_args()
    if options.program is not None:
        print(divergence_of(options.program, options.backend))
        return 0
    same = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.first, options.first + options.seeds):
            found = divergence(generator.case(seed), Path(folder), options.backend)
            same += found.step is None
            print(f"seed {seed}: {found}", flush=True)
    print(f"{options.seeds} programs, {same} without a spike that differs")
    return 0


if __name__ == "__main__":
    sys.exit(main())

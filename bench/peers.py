"""Measures a training and an evaluation batch of the Diehl & Cook network, 20 samples x 250 steps, beside the 2024 library's.

Ours are the compiled program and the quickstart's network from components, run eagerly.  All run on one thread, one after the other,
several times, so that the ratio means something on a machine that others use as well.
Encoding and plasticity are part of a batch.  BindsNET and Brian2 train networks of the same kind and size.
Then a second of the COBA network, 4,000 neurons in 10,000 steps, beside Brian2's C++.
Prints tables and writes them, with the machine, into RESULTS.md beside this file.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = HERE.parent / "examples" / "diehl_cook.snn"
WORKER = HERE / "batch.py"
COMPONENTS_WORKER = HERE / "components.py"
PEER_SCRIPT = "seed_inferno.py"
TRAINED_BY_OTHERS = {"BindsNET": "seed_bindsnet.py", "Brian2, C++ standalone": "seed_brian2.py"}
COBA = HERE.parent / "examples" / "coba.snn"
COBA_WORKER = HERE / "coba.py"
COBA_PEER_SCRIPT = "coba_brian2.py"
PARTS = ("train", "eval")


@dataclass(frozen=True)
class Coba:
    """Runs of the COBA network; the first of ours began with an empty cache."""

    ours: list[dict[str, float]]
    peers: list[dict[str, float]]


@dataclass(frozen=True)
class Measured:
    ours: list[dict[str, float]]
    components: list[dict[str, float]]
    peers: list[dict[str, float]]
    others: dict[str, list[dict[str, float]]]
    first_cold: float
    first_warm: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, default=Path("../shared/bench/peers"), help="folder with the peers' scripts")
    parser.add_argument("--mnist", type=Path, default=Path("../shared/data"), help="folder with MNIST/raw")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run")
    parser.add_argument("--batches", type=int, default=5, help="batches in a run, the median of which counts")
    options = parser.parse_args()
    python = peer_python()
    if python is None or not (options.peers / PEER_SCRIPT).is_file():
        print(f"the peers are not installed: run {options.peers / 'setup.sh'}, or name their folder with --peers and", file=sys.stderr)
        print("their environment with PEERS_VENV; measuring this project alone", file=sys.stderr)
        python = None
    mnist = options.mnist.resolve()
    with tempfile.TemporaryDirectory() as cache:
        cold, warm = (ours(mnist, options.batches, cache) for _ in range(2))
        measured = Measured([], [], [], {}, cold["first_ms"], warm["first_ms"])
        print(f"first batch, empty and warm cache: {cold['first_ms'] / 1e3:.1f} s, {warm['first_ms'] / 1e3:.1f} s", flush=True)
        for number in range(1, options.rounds + 1):
            measured.ours.append(ours(mnist, options.batches, cache))
            measured.components.append(components(mnist, options.batches))
            line = f"round {number}: ours {shown(measured.ours[-1])}; of components {shown(measured.components[-1])}"
            if python is not None:
                measured.peers.append(peer(python, options.peers.resolve(), mnist, options.batches))
                line += f"; the 2024 library {shown(measured.peers[-1])}"
                for name, script in TRAINED_BY_OTHERS.items():
                    found = other_peer(python, options.peers.resolve() / script, mnist)
                    measured.others.setdefault(name, []).append(found)
                    line += f"; {name} train {found['train_ms']:,.1f} ms"
            print(line, flush=True)
    text = report(measured) + "\n" + coba_report(coba(python, options.peers.resolve(), options.rounds))
    print("\n" + text)
    (HERE / "RESULTS.md").write_text(text)
    return 0


def peer_python() -> Path | None:
    """The Python of the peers' own environment: their package is called `inferno` as well."""
    folder = Path(os.environ.get("PEERS_VENV") or Path.home() / ".cache" / "snn-peers")
    python = folder / "bin" / "python"
    return python if python.exists() else None


def one_thread(**more: str) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", **more}


def last_object(command: list[str | Path], environment: dict[str, str]) -> dict[str, float]:
    """The JSON object on the last line that a command prints."""
    words = [str(part) for part in command]
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def ours(mnist: Path, batches: int, cache: str) -> dict[str, float]:
    return last_object([sys.executable, WORKER, PROGRAM, mnist, str(batches)], one_thread(INFERNO_CACHE=cache))


def components(mnist: Path, batches: int) -> dict[str, float]:
    return last_object([sys.executable, COMPONENTS_WORKER, mnist, str(batches)], one_thread())


def peer(python: Path, folder: Path, mnist: Path, batches: int) -> dict[str, float]:
    return last_object([python, folder / PEER_SCRIPT, mnist, str(batches)], peer_environment())


def other_peer(python: Path, script: Path, mnist: Path) -> dict[str, float]:
    return last_object([python, script, mnist], peer_environment())


def peer_environment() -> dict[str, str]:
    return {name: value for name, value in one_thread().items() if name != "PYTHONPATH"}


def coba(python: Path | None, folder: Path, rounds: int) -> Coba:
    measured = Coba([], [])
    with tempfile.TemporaryDirectory() as cache:
        for number in range(1, rounds + 1):
            measured.ours.append(last_object([sys.executable, COBA_WORKER, COBA], one_thread(INFERNO_CACHE=cache)))
            if python is not None and (folder / COBA_PEER_SCRIPT).is_file():
                measured.peers.append(last_object([python, folder / COBA_PEER_SCRIPT], peer_environment()))
            print(f"COBA, round {number}: a loop of {measured.ours[-1]['loop_s']:.2f} s", flush=True)
    return measured


def shown(found: dict[str, float]) -> str:
    return ", ".join(f"{part} {found[f'{part}_ms']:,.1f} ms" for part in PARTS)


def median(runs: list[dict[str, float]], part: str) -> float:
    return statistics.median(run[f"{part}_ms"] for run in runs)


def report(measured: Measured) -> str:
    lines = ["# One batch of the Diehl & Cook network", ""]
    lines += ["20 samples x 250 steps, 784 inputs, 100 + 100 neurons, encoding and plasticity included; one thread; medians.", ""]
    lines += ["| | this project | 2024 library | ratio |", "|---|---|---|---|"]
    for part, words in zip(PARTS, ("a training batch", "an evaluation batch"), strict=True):
        for own, how in ((measured.ours, "compiled from `.snn`"), (measured.components, "of components, eagerly")):
            lines.append(row(f"{words}, {how}", part, own, measured.peers))
    for name, runs in measured.others.items():
        lines += [""] if name == next(iter(measured.others)) else []
        ratio = statistics.median(other["train_ms"] / mine["train_ms"] for mine, other in zip(measured.ours, runs, strict=True))
        lines.append(f"A training batch takes {name} {median(runs, 'train'):,.0f} ms; the compiled program 1/{ratio:.1f} of that.")
    cold, warm = (f"{milliseconds / 1e3:.1f} s" for milliseconds in (measured.first_cold, measured.first_warm))
    lines += ["", f"The first training batch, compiling included: {cold} with an empty cache, {warm} with a warm one."]
    lines += ["", f"{len(measured.ours)} rounds, one after the other. {machine()}."]
    return "\n".join(lines) + "\n"


def coba_report(measured: Coba) -> str:
    """The first result with an empty cache is that of the first round alone; Brian2 has no cache, and builds for every run."""
    loop = statistics.median(run["loop_s"] for run in measured.ours)
    first, later = measured.ours[0]["first_s"], statistics.median(run["first_s"] for run in measured.ours[1:] or measured.ours)
    lines = ["# One second of the COBA network", ""]
    lines += ["`examples/coba.snn`: 4,000 neurons, 80 inputs each, 10,000 steps; one thread; medians.", ""]
    lines += ["| | the loop | from an empty cache to the first step | with a warm cache | rate |", "|---|---|---|---|---|"]
    lines.append(f"| this project | {loop:.2f} s | {first:.1f} s | {later:.1f} s | {measured.ours[-1]['rate_hz']:.1f} Hz |")
    if measured.peers:
        other = statistics.median(run["loop_s"] for run in measured.peers)
        built = statistics.median(run["build_s"] for run in measured.peers)
        rate = measured.peers[-1]["rate_hz"]
        lines.append(f"| Brian2, C++ standalone | {other:.2f} s | {built:.1f} s | {built:.1f} s | {rate:.1f} Hz |")
    else:
        lines.append("| Brian2, C++ standalone | not installed | | | |")
    return "\n".join(lines) + "\n"


def row(words: str, part: str, own: list[dict[str, float]], peers: list[dict[str, float]]) -> str:
    if not peers:
        return f"| {words} | {median(own, part):,.1f} ms | not installed | |"
    # A round's runs saw the machine in about the same state, so their ratio is what to take the median of.
    ratio = statistics.median(other[f"{part}_ms"] / mine[f"{part}_ms"] for mine, other in zip(own, peers, strict=True))
    return f"| {words} | {median(own, part):,.1f} ms | {median(peers, part):,.0f} ms | 1/{ratio:.1f} |"


def machine() -> str:
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        names = [line.partition(":")[2].strip() for line in information.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    import torch

    return f"{model}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}, torch {torch.__version__}"


if __name__ == "__main__":
    sys.exit(main())

"""A program of blocks, loops and conditions means what the same program means that is laid out by hand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from inferno.compiler.pipeline import compile_program
from inferno.compiler.text import to_json
from inferno.grammar import check_text

HEAD = "snn 1\nfrom std.neurons import LIF, ALIF\nfrom std.synapses import Delta\n"


@dataclass
class Written:
    """A program twice: in blocks, and laid out by hand with `_` for what a qualified name has of other signs."""

    blocks: list[str] = field(default_factory=list)
    flat: list[str] = field(default_factory=list)


def plain(name: str) -> str:
    return re.sub(r"[\[\].]", "_", name)


def edge(name: str, source: str, target: str, weight: float, delay: int) -> list[str]:
    return [
        f"projection {name}: {source} -> {target}:", "    connect = dense", "    synapse = Delta(q = 50 pC)",
        f"    weight = {weight}", f"    delay = {delay} dt",
    ]  # fmt: skip


def program(seed: int) -> Written:
    """A chain of blocks, each of a few populations that are joined; every number is a parameter, a list's value or a loop's variable."""
    random = Random(seed)
    written = Written()
    kinds = random.randint(1, 3)
    inner = [random.randint(1, 3) for _ in range(kinds)]
    taus = [random.choice([10, 20, 35]) for _ in range(kinds)]
    weights = [random.choice([0.25, 0.5, 1.0]) for _ in range(kinds)]
    delays = [random.randint(0, 3) for _ in range(kinds)]
    through = [random.random() < 0.5 for _ in range(kinds)]
    for kind in range(kinds):
        body = [f"network Block{kind}(n : int, tau = {taus[kind]} ms, late : int = {delays[kind]}):", "    port inp"]
        body += [f"    population p{i}[n] = {random.choice(['LIF', 'ALIF'])}(tau_m = tau)" for i in range(inner[kind])]
        body += ["    " + line for line in edge("first", "inp", "p0", weights[kind], 1)]
        for i in range(inner[kind] - 1):
            body += ["    " + line for line in edge(f"e{i}", f"p{i}", f"p{i + 1}", weights[kind], 0)]
        if through[kind]:
            body += ["    if late > 0:", *("        " + line for line in edge("back", f"p{inner[kind] - 1}", "p0", 0.125, 1))]
        body += [f"    export p{inner[kind] - 1}", ""]
        written.blocks += body
    models = {
        (k, i): re.search(rf"p{i}\[n\] = (\w+)", "\n".join(b for b in _of(written.blocks, k)))[1]
        for k in range(kinds)
        for i in range(inner[k])
    }  # type: ignore[index]
    widths = [random.randint(1, 6) for _ in range(random.randint(1, 5))]
    which = random.randrange(kinds)
    written.blocks += [f"param widths = {widths}", "population source[3] = LIF(I = 3 nA)"]
    written.flat += ["population source[3] = LIF(I = 3 nA)"]
    deep = random.random() < 0.5
    written.blocks += [
        "for i in 0 .. len(widths):",
        f"    use block[i] = Block{which}(n = widths[i], tau = (10 + i) * 1 ms if {str(deep).lower()} else {taus[which]} ms)",
    ]
    written.blocks += ["source -> block[0].inp", "for i in 1 .. len(widths):", f"    block[i - 1].p{inner[which] - 1} -> block[i].inp"]
    last = "source"
    for number, width in enumerate(widths):
        owner = f"block[{number}]"
        tau = 10 + number if deep else taus[which]
        for i in range(inner[which]):
            written.flat.append(f"population {plain(f'{owner}.p{i}')}[{width}] = {models[which, i]}(tau_m = {tau} ms)")
        written.flat += edge(plain(f"{owner}.first"), last, plain(f"{owner}.p0"), weights[which], 1)
        for i in range(inner[which] - 1):
            written.flat += edge(plain(f"{owner}.e{i}"), plain(f"{owner}.p{i}"), plain(f"{owner}.p{i + 1}"), weights[which], 0)
        last = plain(f"{owner}.p{inner[which] - 1}")
        if through[which] and delays[which] > 0:
            written.flat += edge(plain(f"{owner}.back"), last, plain(f"{owner}.p0"), 0.125, 1)
    written.blocks.append(f"output rates = mean(block[-1].p{inner[which] - 1}.spikes, over = time)")
    written.flat.append(f"output rates = mean({last}.spikes, over = time)")
    run = ["run:", "    steps = 60", "    dt = 1 ms"]
    written.blocks += run
    written.flat += run
    return written


def _of(lines: list[str], kind: int) -> list[str]:
    start = lines.index(next(line for line in lines if line.startswith(f"network Block{kind}(")))
    return lines[start : lines.index("", start)]


def graph_of(lines: list[str]) -> object:
    """The graph with plain names, as data that has no order and no places."""
    text = to_json(compile_program(check_text(HEAD + "\n".join(lines) + "\n", "p.snn")).graph)
    data = json.loads(re.sub(r'"(?:[^"\\]|\\.)*"', lambda m: json.dumps(plain(json.loads(m[0]))), text))
    return _unordered(data)


def _unordered(value: object) -> object:
    if isinstance(value, dict):
        return {k: _unordered(v) for k, v in value.items() if k not in ("origin", "regions")}
    if isinstance(value, list):
        return sorted((_unordered(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


@pytest.mark.parametrize("seed", range(25))
def test_blocks_are_the_graph_that_is_laid_out_by_hand(seed: int) -> None:
    written = program(seed)
    assert graph_of(written.blocks) == graph_of(written.flat)


@pytest.mark.parametrize("seed", range(25, 28))
def test_blocks_spike_as_what_is_laid_out_by_hand(seed: int, tmp_path: Path) -> None:
    import inferno

    written, spikes = program(seed), []
    for name, lines in (("blocks", written.blocks), ("flat", written.flat)):
        (tmp_path / f"{name}.snn").write_text(HEAD + "\n".join(lines) + "\n")
        net = inferno.load_network(tmp_path / f"{name}.snn", backend="eager", device="cpu", dtype="float64")
        spikes.append({plain(n): c.tolist() for n, c in net().spike_counts.items()})
    assert spikes[0] == spikes[1]
    assert sum(sum(map(sum, c)) for c in spikes[0].values()) > 0

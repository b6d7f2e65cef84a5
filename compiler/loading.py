"""A compiled program as a running network; beside `describe.py` the one place of the compiler that knows torch."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import torch

from inferno.compiler import artifact, memory
from inferno.compiler import graph as graphs
from inferno.compiler.codegen.drawn import owners
from inferno.compiler.costs.report import explain_costs, step_work
from inferno.compiler.describe import describe
from inferno.compiler.generated import load_module
from inferno.compiler.graph import Graph
from inferno.compiler.notebook import to_html
from inferno.compiler.pipeline import Compiled, compile_program
from inferno.compiler.plan import is_list
from inferno.compiler.refusals import refusal
from inferno.errors import RunError, UsageError
from inferno.grammar import FolderModules, Modules, check_text, read_program
from inferno.grammar.checked import Program
from inferno.grammar.durations import duration_steps
from inferno.machine import BUILT_IN
from inferno.machine_cache import known_machine
from inferno.runtime.calibration import measured_machine
from inferno.runtime.execution import Engine, chunk_length
from inferno.runtime.kernels import NativeUnavailable, are_pairs_built, build_pairs_meanwhile, use_native, use_native_pairs
from inferno.runtime.loops import build_loops_meanwhile
from inferno.runtime.network import Network
from inferno.runtime.plan import Plan

BACKENDS = ("auto", "native", "inductor", "eager")
DTYPES = {"float32": torch.float32, "float64": torch.float64}
Progress = Callable[[str], None]


def load_network(
    path: str | os.PathLike[str],
    *,
    device: str | torch.device = "auto",
    backend: str = "auto",
    dtype: str | torch.dtype = "float32",
    seed: int | None = None,
    batch: int | None = None,
    progress: Progress | None = None,
    force: bool = False,
    search_path: Iterable[str | os.PathLike[str]] = (),
    **overrides: object,
) -> Network:
    """The network of a `.snn` file, or of a folder made by `inferno compile -o`, ready to run.

    Parameters
    ----------
    path
        A `.snn` file or an artifact folder.
    device
        `auto` (a GPU if there is one), `cpu`, `cuda`, `cuda:N`.
    backend
        `native` (C++ loops over time where a region can be one, the rest as with `inductor`), `inductor`, `eager` (the same generated
        source, not compiled), or `auto`: `native` on the CPU, `inductor` elsewhere.
    dtype
        `float32` or `float64`.
    seed, batch
        In place of those of the `run:` block.
    progress
        Called with a line whenever something takes long.
    force
        Whether to try also what surely needs more memory than there is.
    search_path
        Folders in which imported files are looked for, behind the file's own.
    overrides
        Parameters by name, as quantities: `tau_m="30 ms"`, `**{"exc.tau_m": "30 ms"}`.

    Raises
    ------
    SnnError
        Where the program, or an override, is wrong; with all its diagnostics.
    UsageError
        For an unknown device, backend or type, or where nothing can compile.
    """
    where = choose_device(str(device))
    kind = str(dtype).removeprefix("torch.")
    if kind not in DTYPES:
        raise UsageError(f"unknown dtype `{dtype}`", f"there are {', '.join(DTYPES)}")
    settings = dict(overrides) | {f"run.{n}": v for n, v in (("seed", seed), ("batch", batch)) if v is not None}
    found = read_source(Path(path), search_path)
    origin = FileOrigin(found.program, found.name, {**found.overrides, **settings}, backend, kind, where, progress, force, found.modules)
    return origin.build()


def read_source(path: Path, search_path: Iterable[str | os.PathLike[str]] = ()) -> artifact.Artifact:
    """A program's text, from a file or an artifact folder, with where its imports are found.

    Raises
    ------
    SnnError, UsageError, RunError
        Where there is no program to read.
    """
    if path.is_dir():
        return artifact.read(path)
    return artifact.Artifact(read_program(path), str(path), {}, FolderModules(path, tuple(Path(f) for f in search_path)))


def choose_device(name: str) -> torch.device:
    """The device of a name.

    Raises
    ------
    UsageError
        With what there is, where the one asked for is not there.
    """
    cuda = torch.cuda.device_count() if torch.cuda.is_available() else 0
    there = ["cpu", *(f"cuda:{i}" for i in range(cuda))]
    if name == "auto":
        return torch.device("cuda" if cuda else "cpu")
    if name == "mps":
        raise UsageError(
            "mps can't run networks: it has no float64, in which sums and random numbers are made", f"there are {', '.join(there)}"
        )
    if name in there or (name == "cuda" and cuda):
        return torch.device(name)
    raise UsageError(f"there is no device `{name}` here", f"there are {', '.join(there)}")


def choose_backend(name: str, device: torch.device) -> str:
    """`native`, `inductor` or `eager`.

    Raises
    ------
    UsageError
        For another name, or without the compiler that inductor needs.
    """
    if name not in BACKENDS:
        raise UsageError(f"unknown backend `{name}`", f"there are {', '.join(BACKENDS)}")
    if name == "eager":
        return name
    if name == "native" and device.type != "cpu":
        raise UsageError(f"native loops run on the CPU, not on {device.type}", "use --backend inductor")
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        raise UsageError(
            "compiling needs a C++ compiler, and there is no g++ here",
            "install g++, or use --backend eager, which runs the same source uncompiled",
        )
    return "native" if name == "native" or (name == "auto" and device.type == "cpu") else "inductor"


@dataclass
class FileOrigin:
    """The text of a program with the values given from outside, and how to make a network of it."""

    text: bytes
    name: str
    overrides: Mapping[str, object]
    backend: str
    dtype: str
    device: torch.device
    progress: Progress | None = None
    force: bool = False
    modules: Modules | None = None
    compiled: Compiled = field(init=False)

    def __post_init__(self) -> None:
        packed = self.modules.packed if self.modules is not None else None
        self.compiled = compile_program(check_text(self.text, self.name, self.overrides, self.modules), packed)

    def __deepcopy__(self, memo: dict[int, object]) -> FileOrigin:
        return self

    @property
    def program(self) -> Program:
        """The checked program."""
        return self.compiled.program

    @property
    def graph(self) -> Graph:
        """The scheduled graph."""
        return self.compiled.graph

    @property
    def source(self) -> str:
        """The text of the generated module."""
        return self.compiled.source

    @property
    def recipes(self) -> dict[str, object]:
        """How the pairs of every projection that is stored as a list are made; no generated text says it."""
        lists: dict[str, object] = {e.name: e.recipe for e in graphs.projections(self.graph) if is_list(e)}
        places: dict[str, object] = {f"{p.name} places": p.places for p in self.program.populations}
        return lists | places | {g.name: g.recipe for p in graphs.populations(self.graph) for g in p.gaps}

    @property
    def explanation(self) -> str:
        """What the passes did, and what the steps are expected to cost."""
        return self.compiled.explanation + explain_costs(self.compiled, known_machine())

    def as_html(self, heading: str) -> str:
        """The network for notebooks."""
        return to_html(self.program, self.graph, heading)

    def steps_of(self, duration: object) -> int:
        """A duration such as `"200 ms"` in steps."""
        return duration_steps(duration, Fraction(self.program.run.dt))

    def changed(self, name: str, value: object) -> Network | Mapping[str, float | int]:
        """The constants with a parameter changed; another network where that changes the generated code."""
        overrides = {**self.overrides, name: value}
        other = FileOrigin(self.text, self.name, overrides, self.backend, self.dtype, self.device, self.progress, self.force, self.modules)
        if other.source != self.source or other.recipes != self.recipes:
            return other.build()
        self.overrides, self.compiled = other.overrides, other.compiled
        return other.compiled.constants

    def build(self) -> Network:
        """A network of this program."""
        backend = choose_backend(self.backend, self.device)
        if not self.force:
            require_memory(self.compiled, DTYPES[self.dtype].itemsize)
        loops = self.compiled.loops if backend == "native" else ""
        if loops:
            build_loops_meanwhile(loops, "evaluation", DTYPES[self.dtype])
        module = load_module(self.compiled.source)
        plan: Plan = module.PLAN
        prepare_backend(backend, self.progress, memory.pairs_looked_at(self.graph, _pairs_in_files(self.compiled)))
        per_sample = frozenset(v.key for v in plan.variables if v.per_sample)
        synaptic = frozenset(f"{s.name}.{kind}" for s in plan.lists for kind in ("targets", "steps", "pre", "weight"))
        synaptic |= _of_list_synapses(self.graph) | {v.key for v in plan.variables if v.kind == "common" and -1 in v.shape}
        machine = measured_machine(self.progress) if loops else BUILT_IN
        engine = Engine(
            backend, chunk_length(_stretch(self.program)), per_sample, synaptic, progress=self.progress, loops=loops,
            work=step_work(self.compiled) if loops else {}, machine=machine,
        )  # fmt: skip
        network = Network(plan, describe(self.compiled), self.compiled.constants, engine, self, self.program.run.seed, DTYPES[self.dtype])
        return network.to(self.device)


def _of_list_synapses(graph: Graph) -> frozenset[str]:
    """The keys of constants that rules have for each synapse of a list."""
    found: set[str] = set()
    for owner in (o for o in owners(graph) if o.edge is not None and o.edge.pattern == "list"):
        found |= {f"{owner.prefix}{n}" for n in (*(n for n, _ in owner.drawn), *(d.name for d in owner.differing))}
        late = owner.edge is not None and owner.edge.delays is not None
        found |= {f"{t.key} decay" for t in (owner.rule.traces if owner.rule is not None else ()) if late and t.side == "pre"}
    return frozenset(found)


def _stretch(program: Program) -> int:
    """Steps between the places where a run must stop: its end, and the samplings of recorded weights."""
    weights = [r.every for r in program.recordings if r.owner in {p.name for p in program.projections}]
    return math.gcd(program.run.steps or 0, *weights)


WORTH_KERNELS = 1_000_000
"""Synapses, or pairs at a distance, that plain torch finds in less time than the kernels for lists take to build."""


def _pairs_in_files(compiled: Compiled) -> dict[str, int]:
    return {path: len(found.source) for files in compiled.files.values() for path, found in files.items()}


def prepare_backend(backend: str, progress: Progress | None, pairs: float = 0) -> None:
    """Load the C++ kernels, those for lists where these have enough `pairs` or the kernels are there; what they make is the same.

    Raises
    ------
    UsageError
        Where compiling was asked for and can't be done.
    """
    by_kernels = pairs >= WORTH_KERNELS or (pairs > 0 and are_pairs_built())
    try:
        if by_kernels:
            build_pairs_meanwhile()
        use_native(progress)
        if by_kernels:
            use_native_pairs()
    except NativeUnavailable as problem:
        if backend != "eager":
            raise UsageError(str(problem), "use --backend eager") from problem
        if progress is not None:
            progress(f"running on plain torch: {problem}")


def require_memory(compiled: Compiled, item: int) -> None:
    """Refuse, before anything is allocated, a network that can't fit.

    Raises
    ------
    RunError
        With what is needed, what there is, and a way out.
    """
    pairs = _pairs_in_files(compiled)
    batch = compiled.program.run.batch
    need = memory.needed(compiled.graph, item, batch, pairs)
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if need.total > available:
        raise RunError(*refusal(compiled.graph, need, available, item, batch, pairs))

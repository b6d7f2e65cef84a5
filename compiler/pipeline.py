"""From a checked program to the text of a module, on one screen.

    program ──lower──▶ graph ──PASSES──▶ scheduled graph ──generate──▶ source
                                                     ├──loop_functions─▶ C++ loops
                                                     └────constants──▶ numbers

The source depends on the structure of the network alone; the numbers are inputs of its functions, so that another value of a
parameter needs no other source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.drawn import literals
from inferno.compiler.codegen.loop.library import library_text, loop_functions
from inferno.compiler.codegen.module import generate
from inferno.compiler.graph import Graph
from inferno.compiler.lower import lower
from inferno.compiler.passes import PASSES
from inferno.compiler.plan import ConstantTable, constants
from inferno.compiler.report import Report
from inferno.compiler.synapse_files import Pairs, read_files
from inferno.compiler.verify import verify
from inferno.grammar.checked import Program


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled program: the scheduled graph, the module's text, the constants that it reads, and what the passes did.

    `loops` is the text of a C++ library that runs regions in place of the module's steps; it may be empty.  `files` are the synapses that
    projections read from files, by projection and path.
    """

    program: Program
    graph: Graph
    source: str
    loops: str
    constants: ConstantTable
    explanation: str
    files: Mapping[str, Mapping[str, Pairs]] = field(default_factory=dict)


def optimise(graph: Graph, report: Report) -> Graph:
    """The graph after all passes."""
    verify(graph, "lower")
    for run in PASSES:
        report.begin(run.__name__)
        graph = run(graph, report)
        verify(graph, run.__name__)
    return graph


def compile_program(program: Program, packed: Mapping[tuple[str, str], str] | None = None) -> Compiled:
    """The compiled form of a checked program; `packed` says where an artifact holds the files that it names.

    Raises
    ------
    SnnError
        Where a file of synapses is missing or does not fit.
    UsageError
        Where states drive each other beyond all numbers within a step.
    """
    program, files = read_files(program, packed)
    report = Report()
    graph = optimise(lower(program), report)
    report.begin("native loops on the CPU")
    loops = loop_functions(graph, report)
    library = library_text(graphs.experiment(graph).name, list(loops.values()))
    return Compiled(program, graph, generate(graph, loops), library, constants(graph) | literals(graph), report.text, files)

"""A parsed file becomes a checked program: the order of the checks, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import settings
from inferno.grammar.check.claims import check_expect
from inferno.grammar.check.declarations import Names
from inferno.grammar.check.links import check_link, check_modulators
from inferno.grammar.check.overrides import parse_overrides
from inferno.grammar.check.projections import check_projection, name_of
from inferno.grammar.check.results import check_output, check_record, distinguished
from inferno.grammar.check.scope import EXPANSION_LIMIT, Budget
from inferno.grammar.check.settable import check_overrides
from inferno.grammar.check.sizes import FILE_LIMIT
from inferno.grammar.check.stacks import check_stack, edges_of, infer_shapes, is_stack
from inferno.grammar.check.unread import warn_unread
from inferno.grammar.check.unused import check_unused
from inferno.grammar.check.unused_networks import belongs, groups, module_of_uses, plainly, unused_networks
from inferno.grammar.check.views import check_views
from inferno.grammar.check.wiring import Network, check_input, check_population
from inferno.grammar.check.zero_delay import check_cycles
from inferno.grammar.diagnostics import Findings
from inferno.grammar.elaborate import Elaborated, elaborate
from inferno.grammar.modules import Modules, NoModules
from inferno.grammar.source import Span

FOLLOW_ONS = frozenset(
    {"E0301", "E0304", "E0402", "E0403", "E0405", "E0406", "E0412", "E0413", "E0415", "E0417", "E0418", "E0419"}
    | {"E0303", "E0307", "E0501", "E0502", "E0503", "E0504", "E0505", "E0506", "E0508", "E0511", "E0512", "E0513"}
    | {"E0604", "E0703", "E0704", "W0903"}
)
"""What is said of something missing.  Where a statement could not be read, or a block not be put in, it is that which is missing."""


def check_module(
    module: ast.Module, name: str, overrides: Mapping[str, object], findings: Findings, modules: Modules | None = None
) -> checked.Program | None:
    """The program that a module describes, or None where `findings` holds errors; `modules` finds the files that it imports."""
    given = parse_overrides(overrides, findings)
    found = _check_used(module, name, dict(given), findings, modules or NoModules())
    for networks in groups(unused_networks(module)):
        _check_unused(module, networks, {n: v for n, v in given.items() if "." not in n}, findings, modules or NoModules())
    return found if not findings.has_errors else None


def _check_used(
    module: ast.Module, name: str, given: Mapping[str, ast.Expr], findings: Findings, modules: Modules
) -> checked.Program | None:
    """The program that a module describes, but for the networks that it does not use."""
    whole = elaborate(module, modules, given, findings)
    if whole.is_whole:
        return _check(whole, name, findings, modules.packed)
    later = Findings()
    _check(whole, name, later, modules.packed)
    follow_ons = [found for found in later.all if found.code in FOLLOW_ONS]
    for found in later.all:
        if found not in follow_ons:
            findings.add(found)
    if not findings.has_errors:
        # Nothing else is wrong: what a condition or a number hangs on is itself something missing.
        for found in follow_ons:
            findings.add(found)
    assert findings.has_errors, "something could not be put in, and nobody said why"
    return None


def _check_unused(
    module: ast.Module, networks: list[ast.Network], given: Mapping[str, ast.Expr], findings: Findings, modules: Modules
) -> None:
    """Report what is wrong in networks that nothing uses."""
    own = Findings()
    _check_used(module_of_uses(module, networks), "", dict(given), own, modules)
    found_there = own.all
    for network in networks:
        for found in (f for f in found_there if belongs(f, network)):
            findings.add(plainly(found, network))


def _check(whole: Elaborated, name: str, findings: Findings, packed: Mapping[tuple[str, str], str]) -> checked.Program | None:
    """The program of an elaborated module."""
    module, given = whole.module, whole.given
    names = Names(module, given, findings, Budget(EXPANSION_LIMIT), whole.failed)
    names.collect()
    run_block, train_block = names.block("run"), names.block("train")
    run = settings.attributes(run_block, settings.RUN, _prefixed(given, "run", settings.RUN), findings)
    train = settings.attributes(train_block, settings.TRAIN, _prefixed(given, "train", settings.TRAIN), findings)
    network = _network(names, run.get("dt"), findings)
    network.packed = packed
    for item in module.items:
        if isinstance(item, ast.InputDecl) and names.is_counted(item):
            check_input(network, item)
    infer_shapes(network, module.items)
    for item in module.items:
        if isinstance(item, ast.PopulationDecl) and names.is_counted(item):
            check_population(network, item)
    check_views(network, [i for i in module.items if isinstance(i, ast.View) and names.is_counted(i)])
    for item in module.items:
        if isinstance(item, ast.ProjectionDecl) and names.is_counted(item):
            check_projection(network, item)
    for edge in edges_of(module.items):
        if not is_stack(edge, network):
            check_link(network, edge.source, edge.target, edge.span)
        elif (label := name_of(edge.declaration)) is not None and names.claim_edge(label, edge.span):
            check_stack(network, edge)
    check_modulators(network)
    found = [check_output(network, i) for i in module.items if isinstance(i, ast.OutputDecl) and names.is_counted(i)]
    outputs = [output for output in found if output is not None]
    network.outputs = {o.name: o for o in outputs}
    network.has_faulty_outputs = len(outputs) != len(found)
    recordings = [r for i in module.items if isinstance(i, ast.Record) for r in check_record(network, i)]
    claims = [check_expect(network, i) for i in module.items if isinstance(i, ast.Expect)]
    checked_run, checked_train = settings.check_run(network, run), settings.check_train(network, train_block, train)
    check_overrides(given, names, network)
    written = whole.written.items
    is_empty = not any(isinstance(i, ast.PopulationDecl) for i in module.items) and not any(isinstance(i, ast.Network) for i in written)
    if is_empty:
        start = written[0].span.start if written else 0
        place = Span(module.span.source, start, start)
        findings.error(
            "E0513", "there is no network in this file", place, "no `population` is declared", "write, say, `population cells[100] = LIF()`"
        )
    check_cycles(network.projections.values(), network.links, findings)
    check_unused(network, module)
    if findings.has_errors:
        return None
    program = checked.Program(
        name,
        module.doc or "",
        tuple(sorted((n, network.names[n].expression) for n in names.declarations)),
        tuple(network.inputs[n] for n in sorted(network.inputs)),
        tuple(network.populations[n] for n in sorted(network.populations)),
        tuple(network.projections[n] for n in sorted(network.projections)),
        tuple(sorted(outputs, key=lambda o: o.name)),
        distinguished(recordings, network.dt),
        checked_run,
        checked_train,
        tuple(network.views[n] for n in sorted(network.views)),
        links=tuple(sorted(network.links, key=lambda link: link.name)),
        expectations=tuple(sorted(dict.fromkeys(e for e in claims if e is not None), key=lambda e: e.text)),
        trains=tuple(network.trains[n] for n in sorted(network.trains)),
        gaps=tuple(network.gaps[n] for n in sorted(network.gaps)),
    )
    warn_unread(network, module, program)
    return program


def _prefixed(given: Mapping[str, ast.Expr], owner: str, names: tuple[str, ...]) -> dict[str, ast.Expr]:
    return {n: given[f"{owner}.{n}"] for n in names if f"{owner}.{n}" in given}


def _network(names: Names, step: ast.Expr | None, findings: Findings) -> Network:
    """The network with its time step, its parameters and its models, and nothing in it yet."""
    dt = settings.time_step(step, names.parameters(None, Findings()), findings)
    before = findings.errors
    parameters = names.parameters(dt or Fraction(1), findings)
    if dt is None and step is not None and findings.errors == before:
        findings.error("E0415", "`dt` is defined through itself", step.span, "this is a multiple of `dt`", "write a time, such as `1 ms`")
    models = names.models(dt or Fraction(1))
    return Network(
        findings,
        dt or Fraction(1),
        parameters,
        models,
        names.faulty,
        names.given,
        names.functions,
        names.budget,
        Budget(FILE_LIMIT),
        names.declared,
        names.projected,
    )

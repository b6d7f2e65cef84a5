"""The ways in which a projection's sums could be made, what each would cost in a step of one sample, and why one can't serve."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.compiler.costs.projections import Sums, element_by_element, layers, matrix_product, one_sum, row_gather, synapse_rows
from inferno.compiler.nodes import ProjectionEdge
from inferno.machine import Work


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to do something; `why_not` is empty for the one that is taken, and `work` None where there is no such way."""

    name: str
    work: Work | None
    why_not: str = ""


ROWS, PRODUCT, LIST, SUM, ELEMENTS = "rows of a matrix", "matrix product", "rows of synapses", "one sum", "element by element"
ORDER = "its last place would change with the batch and the library"
VISIBLE = "the weights would have another shape"
ROUNDED = "rounds otherwise"


def candidates(edge: ProjectionEdge, sums: Sums) -> tuple[Candidate, ...]:
    """Every way to make the sums of a projection, the chosen one first."""
    if edge.stages is not None:
        return (Candidate("matrix products of its layers", layers(edge.stages)),)
    rows = Candidate(ROWS, row_gather(sums), VISIBLE)
    product = Candidate(PRODUCT, matrix_product(sums), ORDER)
    listed = Candidate(LIST, synapse_rows(sums), VISIBLE)
    summed = Candidate(SUM, None, _why_no_sum(edge))
    if edge.kernel == "matrix":
        return _chosen(rows), product, listed, summed
    if edge.kernel in ("list", "list_uniform"):
        return _chosen(listed), rows, product, Candidate(SUM, None, "not all pairs are joined")
    if edge.kernel in ("vector", "scaled"):
        return Candidate(ELEMENTS, element_by_element(sums)), rows, Candidate(SUM, None, "each source has its own target")
    return Candidate(SUM, one_sum(sums)), Candidate(ROWS, row_gather(sums), ROUNDED), Candidate(LIST, synapse_rows(sums), ROUNDED)


def _chosen(candidate: Candidate) -> Candidate:
    return Candidate(candidate.name, candidate.work)


def _why_no_sum(edge: ProjectionEdge) -> str:
    learns = edge.rule is not None or "weight" in edge.trainable
    return "its weights learn" if learns else "its weights are normalized" if edge.normalize is not None else "its weights differ"

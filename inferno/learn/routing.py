"""Which terms of a rule raise a parameter and which lower it, by the signs of the learning rates."""

from __future__ import annotations

from torch import Tensor

Parts = tuple[Tensor | None, Tensor | None]


def routed(post: Tensor | None, pre: Tensor | None, post_raises: bool, pre_raises: bool) -> Parts:
    """The raising and the lowering part of the terms of postsynaptic and of presynaptic spikes, which are magnitudes."""
    raising = [term for term, raises in ((post, post_raises), (pre, pre_raises)) if raises and term is not None]
    lowering = [term for term, raises in ((post, post_raises), (pre, pre_raises)) if not raises and term is not None]
    return _sum(raising), _sum(lowering)


def _sum(terms: list[Tensor]) -> Tensor | None:
    if not terms:
        return None
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]

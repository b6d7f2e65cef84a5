"""Pairs of which a number is chosen among all: as if drawn one after the other, whatever the blocks in which they are made."""

import pytest
import torch
from tensors import key

from inferno.runtime import fixed_total
from inferno.runtime.fixed_total import Total, chosen_pairs
from inferno.runtime.kernels import draw

pytestmark = pytest.mark.usefixtures("kernels")


def drawn_one_by_one(total: Total) -> list[tuple[int, int]]:
    barred = set(total.barred.tolist())
    pairs = [divmod(n, total.targets) for n in range(total.sources * total.targets) if n not in barred]
    zero = torch.zeros(1, dtype=torch.int64)
    draws = draw("uniform", total.key, zero, zero[0], 40 * len(pairs), dtype=torch.float64)[0].tolist()
    if 2 * total.count > len(pairs):
        return sorted(pairs[n] for n in sorted(range(len(pairs)), key=lambda n: draws[n])[: total.count])
    found: set[tuple[int, int]] = set()
    for number in draws:
        if len(found) == total.count:
            break
        found.add(pairs[int(number * len(pairs))])
    return sorted(found)


@pytest.mark.parametrize("block", [7, 1 << 18])
@pytest.mark.parametrize(("sources", "targets"), [(1, 40), (40, 1), (9, 31), (31, 9)])
@pytest.mark.parametrize("bars", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.5, 0.6, 1.0])
def test_pairs_are_chosen_as_if_drawn_one_after_the_other(
    block: int, sources: int, targets: int, bars: bool, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fixed_total, "BLOCK", block)
    diagonal = torch.arange(min(sources, targets)) * (targets + 1)
    barred = diagonal if bars else diagonal[:0]
    total = Total(key(), int(share * (sources * targets - len(barred))), sources, targets, barred)
    starts, chosen = chosen_pairs(total)
    source = torch.repeat_interleave(torch.arange(sources), starts.diff())
    assert chosen.dtype == torch.int32
    assert list(zip(source.tolist(), chosen.tolist(), strict=True)) == drawn_one_by_one(total)

"""Who is joined to whom by chance, and in which order: the native kernels and their twins."""

import math

import pytest
import torch
from tensors import key
from torch import Tensor

from inferno.runtime import philox
from inferno.runtime.kernels import choose, choose_sources, columns, jump, near, reference_pairs, sort_rows

pytestmark = pytest.mark.usefixtures("kernels")

# Few of many, about half, most, all, none; more words of marks than numbers to choose.
CHOICES = [(0, 5), (1, 1), (3, 7), (4, 7), (7, 7), (30, 60), (31, 60), (5, 100_000), (400, 1000), (1, 5_000_000)]


def uniform(row: int, element: int) -> float:
    first, second, third, fourth = (torch.tensor([n]) for n in (element, 0, row & philox.WORD, row >> 32))
    found = philox.philox4x32((first, second, third, fourth), philox.key_words(key()))
    return float(philox.unit_interval(found[0], found[1]))


def chosen_one_by_one(row: int, barred: int, count: int, among: int) -> list[int]:
    allowed = [n for n in range(among) if n != barred]
    if 2 * count > among:
        return sorted(sorted(allowed, key=lambda n: uniform(row, n))[:count])
    found: set[int] = set()
    element = 0
    while len(found) < count:
        found.add(allowed[int(uniform(row, element) * len(allowed))])
        element += 1
    return sorted(found)


@pytest.mark.parametrize(("count", "among"), [(3, 7), (4, 7), (6, 7), (9, 200)])
def test_numbers_are_chosen_as_if_drawn_one_after_the_other(count: int, among: int) -> None:
    rows, barred = torch.tensor([0, 1, 9, 2**33]), torch.tensor([-1, 0, 3, among - 1])
    expected = [chosen_one_by_one(r, b, count, among) for r, b in zip(rows.tolist(), barred.tolist(), strict=True)]
    assert choose(key(), rows, barred, count, among).tolist() == expected


@pytest.mark.parametrize(("count", "among"), CHOICES)
@pytest.mark.parametrize("bars", [False, True])
def test_choices_are_the_twins_bit_for_bit(count: int, among: int, bars: bool) -> None:
    if bars and count == among:
        pytest.skip("there are not so many without the barred one")
    rows = torch.arange(50)
    barred = (rows * 7) % among if bars else torch.full((50,), -1)
    found = choose(key(), rows, barred, count, among)
    assert found.dtype == torch.int32
    assert torch.equal(found, reference_pairs.choose(key(), rows, barred, count, among))
    assert not (found == barred[:, None]).any()
    assert (found.diff(dim=1) > 0).all()


@pytest.mark.parametrize(("count", "sources"), [c for c in CHOICES if c[1] < 5_000_000])
def test_sources_that_targets_choose_are_their_choices_the_other_way_round(count: int, sources: int) -> None:
    barred = torch.arange(300) % sources if count < sources else torch.full((300,), -1)
    starts, targets = choose_sources(key(), barred, count, sources)
    assert targets.dtype == torch.int32
    chosen = choose(key(), torch.arange(300), barred, count, sources)
    pairs = torch.stack((chosen.reshape(-1).long(), torch.arange(300).repeat_interleave(count)), 1).tolist()
    source = torch.repeat_interleave(torch.arange(sources), starts.diff())
    assert torch.stack((source, targets.long()), 1).tolist() == sorted(pairs)


@pytest.mark.parametrize(("width", "chance"), [(0, 0.5), (1, 0.5), (70, 0.001), (900, 0.1), (50, 0.999)])
def test_jumps_are_the_twins(width: int, chance: float) -> None:
    starts, targets = jump(key(), 200, width, chance)
    expected = reference_pairs.jump(key(), 200, width, chance)
    assert torch.equal(starts, expected[0])
    assert torch.equal(targets, expected[1])
    deviation = math.sqrt(200 * width * chance * (1 - chance))
    assert abs(len(targets) - 200 * width * chance) <= 5 * deviation


@pytest.mark.parametrize("sigma", [1e-200, 0.3, 2.0, 1e9])
def test_near_ones_are_joined_as_the_twin_joins_them(sigma: float) -> None:
    generator = torch.Generator().manual_seed(3)
    sources, targets = (20 * torch.rand(n, 2, generator=generator, dtype=torch.float64) for n in (90, 75))
    rows = torch.arange(90) + 7
    sources[0] = targets[5]
    lengths, found = near(key(), rows, sources, targets, sigma)
    expected = reference_pairs.near(key(), rows, sources, targets, sigma)
    assert torch.equal(lengths, expected[0])
    assert torch.equal(found, expected[1])
    if sigma == 1e9:
        assert found.tolist() == 90 * list(range(75))


@pytest.mark.parametrize("highest", [0, 3, 40_000])
def test_rows_are_sorted_and_equal_values_stay_as_they_are(highest: int) -> None:
    generator = torch.Generator().manual_seed(2)
    lengths = torch.randint(0, 9, (100,), generator=generator)
    starts = torch.cat((torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)))
    values = torch.randint(0, highest + 1, (int(starts[-1]),), generator=generator)
    row = torch.repeat_interleave(torch.arange(100), lengths).tolist()
    expected = sorted(range(len(values)), key=lambda k: (row[k], int(values[k])))
    assert sort_rows(starts, values).tolist() == expected


@pytest.mark.parametrize(("synapses", "count"), [(0, 3), (1000, 17)])
def test_columns_are_the_synapses_by_their_targets(synapses: int, count: int) -> None:
    targets = torch.randint(0, count - 1, (synapses,), generator=torch.Generator().manual_seed(2), dtype=torch.int32)
    starts, found = columns(targets, count)
    assert found.tolist() == sorted(range(synapses), key=lambda k: int(targets[k]))
    assert starts.diff().tolist() == torch.bincount(targets, minlength=count).tolist()


def everything() -> list[Tensor]:
    rows = torch.arange(3000)
    targets = choose_sources(key(), rows, 90, 3000)
    return [choose(key(), rows, rows, 90, 3000), *targets, *jump(key(), 3000, 900, 0.1), *columns(targets[1], 3000)]


def test_pairs_do_not_depend_on_the_number_of_threads() -> None:
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = everything()
        torch.set_num_threads(3)
        together = everything()
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize(("count", "barred"), [(8, -1), (7, 2), (2, 7)])
def test_what_can_not_be_chosen_is_refused(count: int, barred: int) -> None:
    with pytest.raises(ValueError, match="can't be chosen"):
        choose(key(), torch.arange(3), torch.full((3,), barred), count, 7)
    with pytest.raises(ValueError, match="can't be chosen"):
        choose_sources(key(), torch.full((3,), barred), count, 7)

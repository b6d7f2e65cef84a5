import itertools

import pytest
import torch
from tensors import FLOATS, SAMPLE, STEP, events, key

from inferno.runtime.kernels import KINDS, draw, reference

pytestmark = pytest.mark.usefixtures("kernels")


def test_uniform_draws_are_the_twin_bit_for_bit() -> None:
    expected = reference.draw("uniform", key(), SAMPLE, STEP, 100, None, torch.float64)
    assert torch.equal(draw("uniform", key(), SAMPLE, STEP, 100, dtype=torch.float64), expected)


@pytest.mark.parametrize(("kind", "places"), [("exponential", 1), ("normal", 4)])
def test_draws_agree_with_the_twin_in_the_last_places(kind: str, places: int) -> None:
    # Box and Muller's formula chains three functions that may each be off by one place.
    sample = torch.arange(200)
    expected = reference.draw(kind, key(), sample, STEP, 500, None, torch.float64)
    actual = draw(kind, key(), sample, STEP, 500, dtype=torch.float64)
    place = torch.nextafter(expected.abs(), torch.tensor(torch.inf, dtype=torch.float64)) - expected.abs()
    assert ((actual - expected).abs() / place).max().item() <= places


@pytest.mark.parametrize(("kind", "dtype"), list(itertools.product(KINDS, [torch.float16, *FLOATS])))
def test_a_mask_leaves_zeros_and_changes_no_number(kind: str, dtype: torch.dtype) -> None:
    where = events(5, 100)
    everything = draw(kind, key(), SAMPLE, STEP, 100, dtype=dtype)
    assert torch.equal(draw(kind, key(), SAMPLE, STEP, 100, where, dtype), torch.where(where, everything, 0))


def test_a_draw_depends_on_its_place_alone() -> None:
    whole = draw("uniform", key(), SAMPLE, STEP, 33)
    parts = torch.cat([draw("uniform", key(), part, STEP, 33) for part in SAMPLE.split(2)])
    assert torch.equal(whole, parts)
    assert torch.equal(whole[:, :20], draw("uniform", key(), SAMPLE, STEP, 20))
    assert torch.equal(whole[:, 20:], draw("uniform", key(), SAMPLE, STEP, 13, first=20))
    where = events(len(SAMPLE), 13)
    assert torch.equal(whole[:, 20:] * where, draw("uniform", key(), SAMPLE, STEP, 13, where, first=20))


def test_every_argument_of_a_draw_matters() -> None:
    sample = torch.arange(0, 50, 10)
    draws = [
        draw("uniform", key(), sample, STEP, 4, dtype=torch.float64),
        draw("uniform", key("other"), sample, STEP, 4, dtype=torch.float64),
        draw("uniform", key(), sample + 1, STEP, 4, dtype=torch.float64),
        draw("uniform", key(), sample + 2**32, STEP, 4, dtype=torch.float64),
        draw("uniform", key(), sample, STEP + 1, 4, dtype=torch.float64),
    ]
    assert torch.cat(draws).unique().numel() == len(draws) * 20


@pytest.mark.parametrize(("batch", "elements"), [(0, 5), (3, 0)])
@pytest.mark.parametrize("masked", [False, True])
def test_a_draw_of_nothing_is_empty(batch: int, elements: int, masked: bool) -> None:
    where = events(batch, elements) if masked else None
    assert draw("normal", key(), torch.arange(batch), STEP, elements, where).shape == (batch, elements)


def test_a_draw_takes_views() -> None:
    where = events(100, 10).T[::2]
    sample = torch.arange(10)[::2]
    assert torch.equal(draw("uniform", key(), sample, STEP, 100, where), draw("uniform", key(), sample.clone(), STEP, 100, where.clone()))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="there are uniform, exponential, normal"):
        draw("cauchy", key(), SAMPLE, STEP, 3)

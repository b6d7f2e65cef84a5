"""Random programs: the compiled network and the slow interpreter of language.md agree, spike for spike."""

from pathlib import Path

import pytest
from oracle import generator
from oracle.comparison import compare
from oracle.precision import divergence

GROUP = 10
SEEDS = 200
# Each compiles for some ten seconds, so each is tried in one mode.
COMPILED_SEEDS = (1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008)


LOOP_SEEDS = range(2000, 2011)


@pytest.mark.parametrize("first", range(0, SEEDS, GROUP))
def test_the_network_does_what_the_oracle_says(first: int, tmp_path: Path) -> None:
    wrong = []
    for seed in range(first, first + GROUP):
        try:
            assert compare(generator.case(seed), tmp_path) > 0
        except Exception as problem:  # noqa: BLE001
            wrong.append(f"{type(problem).__name__} at seed {seed}: {problem}")
    assert not wrong, f"{len(wrong)} of {GROUP} programs; the first: {wrong[0]}"


@pytest.mark.parametrize("seed", COMPILED_SEEDS)
def test_the_compiled_network_does_what_the_oracle_says(seed: int, tmp_path: Path) -> None:
    assert compare(generator.case(seed), tmp_path, backend="inductor", modes=(seed % 2 == 1,)) > 0


@pytest.mark.parametrize("seed", LOOP_SEEDS)
def test_native_loops_do_what_the_oracle_says(seed: int, tmp_path: Path) -> None:
    assert compare(generator.case(seed), tmp_path, backend="native") > 0


@pytest.mark.parametrize("seed", range(3000, 3006))
def test_until_a_spike_differs_single_precision_differs_from_double_by_roundings(seed: int, tmp_path: Path) -> None:
    found = divergence(generator.case(seed), tmp_path, backend="native" if seed % 2 else "eager")
    assert found.distance < 1e-4, str(found)
    assert found.step is None or found.step > 0, str(found)


def test_a_seed_always_gives_the_same_program() -> None:
    first = generator.program(3)
    generator.case.cache_clear()
    assert generator.program(3) == first

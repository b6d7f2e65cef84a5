from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from inferno.core import traces

SPIKES = [True, False, True, True, False]
MATCHED = {
    "nearest": (traces.trace_nearest, [2.0, 1.0, 2.0, 2.0, 1.0]),
    "cumulative": (traces.trace_cumulative, [2.0, 1.0, 2.5, 3.25, 1.625]),
}
SCALED = {
    "nearest": (traces.trace_nearest_scaled, [7.0, 3.5, 10.0, 5.0]),
    "cumulative": (traces.trace_cumulative_scaled, [7.0, 3.5, 11.75, 5.875]),
}


def run(function: Callable[..., Any], observations: list[Tensor], **arguments: Any) -> list[Tensor]:
    trace, seen = None, []
    for obs in observations:
        trace = function(obs, trace, **arguments)
        seen.append(trace)
    return seen


@pytest.mark.parametrize("name", MATCHED)
@pytest.mark.parametrize(
    "dtype, target", [(torch.bool, True), (torch.bool, 1), (torch.float32, 1.0), (torch.float64, True), (torch.uint8, 1)]
)
def test_traces_jump_at_events_and_decay(name: str, dtype: torch.dtype, target: Any) -> None:
    function, expected = MATCHED[name]
    seen = run(function, [torch.tensor([s]).to(dtype) for s in SPIKES], decay=0.5, amplitude=2, target=target)
    assert [float(s) for s in seen] == expected
    assert {s.dtype for s in seen} == {torch.float64 if dtype == torch.float64 else torch.float32}


@pytest.mark.parametrize("name", MATCHED)
def test_silence_can_be_the_event(name: str) -> None:
    function, expected = MATCHED[name]
    seen = run(function, [torch.tensor([not s]) for s in SPIKES], decay=0.5, amplitude=2, target=False)
    assert [float(s) for s in seen] == expected


@pytest.mark.parametrize("name", MATCHED)
def test_numbers_may_be_tensors(name: str) -> None:
    function, expected = MATCHED[name]
    tensors = {"decay": torch.tensor([0.5]), "amplitude": torch.tensor([2.0]), "target": torch.tensor([True])}
    seen = run(function, [torch.tensor([s]) for s in SPIKES], **tensors)
    assert [float(s) for s in seen] == expected


@pytest.mark.parametrize("name", MATCHED)
@pytest.mark.parametrize("target", [3, torch.tensor(3)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8])
def test_the_tolerance_widens_the_target(name: str, target: Any, dtype: torch.dtype) -> None:
    obs = torch.tensor([1, 2, 3, 4, 5]).to(dtype)
    seen = MATCHED[name][0](obs, None, decay=0.5, amplitude=1.5, target=target, tolerance=1)
    assert seen.equal(torch.tensor([0.0, 1.5, 1.5, 1.5, 0.0]))


@pytest.mark.parametrize("target", [True, torch.tensor(True)])
def test_the_tolerance_works_on_spikes(target: Any) -> None:
    obs = torch.tensor([True, False])
    assert traces.trace_nearest(obs, None, decay=0.5, amplitude=1, target=target, tolerance=0.1).equal(torch.tensor([1.0, 0.0]))


@pytest.mark.parametrize("name", SCALED)
def test_scaled_traces_jump_by_the_size_of_the_event(name: str) -> None:
    function, expected = SCALED[name]
    observations = [torch.tensor([value]) for value in (2.0, -1.0, 3.0, 0.0)]
    seen = run(function, observations, decay=0.5, amplitude=1, scale=3, matchfn=lambda obs: obs > 0)
    assert [float(s) for s in seen] == expected


@pytest.mark.parametrize("name", SCALED)
def test_what_is_no_event_may_be_infinite_or_nan(name: str) -> None:
    obs = torch.tensor([math.inf, math.nan, 1.0])
    seen = run(SCALED[name][0], [obs, obs], decay=0.5, amplitude=1.0, scale=1.0, matchfn=lambda values: values == 1)
    assert seen[0].equal(torch.tensor([0.0, 0.0, 2.0]))
    assert seen[1].isfinite().all()


def test_all_values_are_traced() -> None:
    seen = run(traces.trace_cumulative_value, [torch.tensor([v]) for v in (1.0, -2.0, 0.5)], decay=0.5, scale=2)
    assert [float(s) for s in seen] == [2.0, -3.0, -0.5]
    seen = run(traces.trace_cumulative_value, [torch.tensor([v]) for v in (1.0, 1.0)], decay=0.5, scale=torch.tensor([2.0]))
    assert [float(s) for s in seen] == [2.0, 3.0]


@pytest.mark.parametrize("obs", [torch.tensor([True, False]), torch.tensor([1, 0])])
def test_traces_of_spikes_and_counts_are_floats(obs: Tensor) -> None:
    matched = {"decay": 0.5, "amplitude": 1, "target": 1}
    scaled = {"decay": 0.5, "amplitude": 1, "scale": 1, "matchfn": lambda values: values > 0}
    for function, arguments in [
        (traces.trace_nearest, matched),
        (traces.trace_cumulative, matched),
        (traces.trace_nearest_scaled, scaled),
        (traces.trace_cumulative_scaled, scaled),
        (traces.trace_cumulative_value, {"decay": 0.5, "scale": 1}),
    ]:
        assert {trace.dtype for trace in run(function, [obs, obs], **arguments)} == {torch.float32}


@pytest.mark.parametrize(
    "function, plain", [(traces.exp_trace_nearest, traces.trace_nearest), (traces.exp_trace_cumulative, traces.trace_cumulative)]
)
def test_time_constants_give_the_decay(function: Callable[..., Any], plain: Callable[..., Any]) -> None:
    observations = [torch.tensor([s]) for s in SPIKES]
    expected = run(plain, observations, decay=math.exp(-0.5 / 20), amplitude=1.0, target=True)
    for constant in (20.0, torch.tensor([20.0])):
        seen = run(function, observations, step_time=0.5, time_constant=constant, amplitude=1.0, target=True)
        assert torch.stack(seen).allclose(torch.stack(expected))
    with pytest.raises(ValueError, match="`time_constant` must be greater than 0, got 0"):
        function(observations[0], None, step_time=0.5, time_constant=0, amplitude=1.0, target=True)
    with pytest.raises(ValueError, match="`step_time` must be greater than 0, got -1.0"):
        function(observations[0], None, step_time=-1.0, time_constant=20, amplitude=1.0, target=True)


@pytest.mark.parametrize(
    "function, plain", [(traces.exprate_trace_nearest, traces.trace_nearest), (traces.exprate_trace_cumulative, traces.trace_cumulative)]
)
def test_rate_constants_give_the_decay(function: Callable[..., Any], plain: Callable[..., Any]) -> None:
    observations = [torch.tensor([s]) for s in SPIKES]
    expected = run(plain, observations, decay=math.exp(-0.5 * 0.05), amplitude=1.0, target=True)
    for constant in (0.05, torch.tensor([0.05])):
        seen = run(function, observations, step_time=0.5, rate_constant=constant, amplitude=1.0, target=True)
        assert torch.stack(seen).allclose(torch.stack(expected))
    with pytest.raises(ValueError, match="`rate_constant` must be greater than 0, got -2"):
        function(observations[0], None, step_time=0.5, rate_constant=-2, amplitude=1.0, target=True)


def test_traces_compile_without_breaks() -> None:
    def step(obs: Tensor, trace: Tensor) -> Tensor:
        return traces.exp_trace_cumulative(obs, trace, step_time=1.0, time_constant=20.0, amplitude=1.0, target=True)

    obs, trace = torch.tensor([True, False]), torch.tensor([0.5, 1.0])
    compiled = torch.compile(step, fullgraph=True, backend="eager")
    assert compiled(obs, trace).allclose(step(obs, trace))

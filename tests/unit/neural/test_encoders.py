"""Statistics below use fixed seeds; tolerances are about five standard deviations, so that another stream of numbers would pass as well."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from inferno.neural.encoders import Encoder, HomogeneousPoissonApproxEncoder, HomogeneousPoissonEncoder, PoissonIntervalEncoder
from inferno.neural.functional import encoding

KINDS = (HomogeneousPoissonEncoder, HomogeneousPoissonApproxEncoder, PoissonIntervalEncoder)
every_kind = pytest.mark.parametrize("kind", KINDS)
both_ways = pytest.mark.parametrize("online", (False, True), ids=("offline", "online"))


@pytest.fixture(autouse=True)
def seed() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(20)
        yield


def train(encoder: Encoder, inputs: Tensor, online: bool = False) -> Tensor:
    spikes = encoder(inputs, online=online)
    return torch.stack(list(spikes)) if online else spikes


def gaps(spikes: Tensor, most: int | None = None) -> Tensor:
    """Intervals in steps, of each element's first `most`: a fixed number, because what the end cuts off are the long ones."""
    found = [element.nonzero().squeeze(1).diff()[:most] for element in spikes.flatten(1).T]
    assert most is None or all(len(element) == most for element in found)
    return torch.cat(found)


def kolmogorov_smirnov(sample: Tensor, scale: float) -> float:
    """The greatest distance of the sample's distribution to the exponential one."""
    ordered = sample.double().sort().values
    expected = 1 - torch.exp(-ordered / scale)
    ranks = torch.arange(len(ordered) + 1, dtype=torch.float64) / len(ordered)
    return max((expected - ranks[:-1]).max().item(), (ranks[1:] - expected).max().item())


def plain_refractory_train(rates: Tensor, steps: int, least: float, scale: float) -> Tensor:
    """All intervals, all sums, one float64 each: the definition."""
    times = (torch.empty(steps, *rates.shape, dtype=torch.float64).exponential_() * scale + least).cumsum(0)
    return torch.zeros(steps + 1, *rates.shape, dtype=torch.bool).scatter_(0, times.clamp(max=steps).long(), True)[:steps]


@every_kind
@both_ways
@pytest.mark.parametrize("shape", ((), (3,), (2, 3, 4), (0,), (2, 0)))
def test_a_train_is_bool_with_time_first(kind: type[Encoder], online: bool, shape: tuple[int, ...]) -> None:
    encoder = kind(7, 1.0, 100.0)
    spikes = encoder(torch.rand(shape), online=online)
    if online:
        spikes = list(spikes)
        assert len(spikes) == 7 and all(s.shape == shape and s.dtype == torch.bool for s in spikes)
    else:
        assert spikes.shape == (7, *shape) and spikes.dtype == torch.bool and spikes.is_contiguous()


@every_kind
@both_ways
def test_a_rate_of_zero_never_spikes(kind: type[Encoder], online: bool) -> None:
    inputs = torch.tensor([0.0, 1.0, 0.0, 1.0])
    spikes = train(kind(500, 1.0, 200.0), inputs, online)
    assert spikes.any(0).tolist() == [False, True, False, True]
    assert not train(kind(500, 1.0, 0.0), inputs, online).any()
    assert not train(kind(500, 1.0, 200.0), torch.full((4,), 1e-42), online).any()


@every_kind
@both_ways
def test_rates_are_as_asked(kind: type[Encoder], online: bool) -> None:
    # 400 elements x 2 s; the variance of a count is at most its mean, so 5 standard deviations of a mean are 5 sqrt(mean / 400).
    inputs = torch.tensor([0.25, 0.5, 1.0]).expand(400, 3)
    counts = train(kind(2000, 1.0, 128.0), inputs, online).sum(0, dtype=torch.float64).mean(0)
    for count, expected in zip(counts.tolist(), (64.0, 128.0, 256.0), strict=True):
        # The first interval is a whole one, which costs half a spike more or less.
        assert abs(count - expected) < 5 * math.sqrt(expected / 400) + 0.6


def test_half_of_the_steps_spike_at_half_of_the_highest_rate() -> None:
    rate = train(HomogeneousPoissonEncoder(250, 1.0, 500.0), torch.ones(4000))[1:].double().mean()
    assert abs(rate.item() - 0.5) < 0.003


@both_ways
def test_step_zero_is_silent_with_a_refractory_period_of_a_step(online: bool) -> None:
    assert not train(HomogeneousPoissonEncoder(3, 1.0, 990.0), torch.ones(1000), online)[0].any()
    assert train(HomogeneousPoissonEncoder(3, 1.0, 990.0, refrac=0.5), torch.ones(1000), online)[0].any()


@both_ways
def test_at_1000_hertz_every_step_but_the_first_spikes(online: bool) -> None:
    for step_time, frequency in ((1.0, 1000.0), (0.1, 10000.0), (0.7, 1000 / 0.7)):
        spikes = train(HomogeneousPoissonEncoder(50, step_time, frequency), torch.ones(5), online)
        assert not spikes[0].any() and spikes[1:].all()


@both_ways
def test_intensities_above_the_highest_rate_spike_after_every_refractory_period(online: bool) -> None:
    spikes = train(HomogeneousPoissonEncoder(30, 0.1, 1000.0, refrac=0.3), torch.tensor([255.0]), online)
    assert spikes[:, 0].nonzero().squeeze(1).tolist() == list(range(3, 30, 3))


@both_ways
def test_a_given_refractory_period_is_the_least_interval(online: bool) -> None:
    spikes = train(HomogeneousPoissonEncoder(4000, 1.0, 60.0, refrac=8.0), torch.ones(50), online)
    assert gaps(spikes).min() == 8
    # Compensated: the rate stays.  The variance of a count is 240 (1 - 60 * 0.008)^2 = 65; 50 elements.
    assert abs(spikes.sum(0).double().mean().item() - 240) < 5 * math.sqrt(65 / 50) + 0.6


@both_ways
def test_without_compensation_the_refractory_period_adds_to_the_interval(online: bool) -> None:
    encoder = HomogeneousPoissonEncoder(4000, 1.0, 60.0, refrac=8.0, compensate=False)
    counts = train(encoder, torch.ones(50), online).sum(0).double().mean().item()
    expected = 4000 / (1000 / 60 + 8)
    assert abs(counts - expected) < 5 * math.sqrt(expected * 0.46 / 50) + 0.6


@both_ways
@pytest.mark.parametrize("refrac", (0.0, 2.0, 8.0))
def test_intervals_are_shifted_exponentials(online: bool, refrac: float) -> None:
    # Steps of 0.02 ms, so that they hardly show; 40 elements, 40 intervals of each, of about 80 of 10 ms in 0.8 s.
    encoder = HomogeneousPoissonEncoder(40_000, 0.02, 100.0, refrac=refrac)
    sample = gaps(train(encoder, torch.ones(40), online), most=40).double() * 0.02 - refrac
    scale = 10 - refrac
    # 2.2 / sqrt(n) is exceeded once in 8000 times; the steps shift the distribution by at most one of them.
    assert kolmogorov_smirnov(sample, scale) < 2.2 / math.sqrt(len(sample)) + 0.02 / scale


@both_ways
@pytest.mark.parametrize(("frequency", "refrac"), ((128.0, None), (500.0, None), (100.0, 2.5), (700.0, 0.4), (3000.0, 0.2), (900.0, 0.0)))
def test_trains_are_those_of_the_definition(online: bool, frequency: float, refrac: float | None) -> None:
    inputs = torch.ones(20_000 if not online else 10_000)
    least = 1.0 if refrac is None else refrac
    plain = plain_refractory_train(inputs, 250, least, 1000 / frequency - least)[:24].double()
    drawn = train(HomogeneousPoissonEncoder(24, 1.0, frequency, refrac=refrac), inputs, online).double()
    # The probability of a spike in each step, and of one in both of each two steps: a proportion's variance is at most 1/4.
    tolerance = 5 * math.sqrt(0.25 / 20_000 + 0.25 / len(inputs))
    assert (plain.mean(1) - drawn.mean(1)).abs().max() < tolerance
    assert ((plain @ plain.T) / len(inputs) - (drawn @ drawn.T) / len(inputs)).abs().max() < tolerance


def test_long_trains_keep_their_statistics_to_the_end() -> None:
    spikes = train(HomogeneousPoissonEncoder(4_000_000, 0.01, 500.0, refrac=1.0), torch.ones(2))
    late = spikes[2_000_000:]
    assert gaps(late).min() >= 100
    counts = late.sum(0).double()  # 10000 expected, variance 10000 / 4
    assert (counts - 10_000).abs().max() < 5 * 50 + 1
    # An interval may end in any step, not only in those that a coarser number could hold.
    assert abs(gaps(late).double().remainder(2).mean().item() - 0.5) < 5 * math.sqrt(0.25 / 20_000)


@every_kind
@both_ways
def test_elements_spike_independently(kind: type[Encoder], online: bool) -> None:
    spikes = train(kind(4000, 1.0, 250.0), torch.ones(6), online).double()
    correlations = torch.corrcoef(spikes.T) - torch.eye(6, dtype=torch.float64)
    assert correlations.abs().max() < 5 / math.sqrt(4000)


def test_approximate_trains_have_independent_steps() -> None:
    spikes = train(HomogeneousPoissonApproxEncoder(200_000, 1.0, 300.0), torch.ones(1))[:, 0].double()
    for lag in (1, 2, 3):
        both = (spikes[lag:] * spikes[:-lag]).mean().item()
        assert abs(both - 0.09) < 5 * math.sqrt(0.09 / 200_000)
    assert abs(train(HomogeneousPoissonApproxEncoder(1, 1.0, 300.0), torch.ones(40_000)).double().mean().item() - 0.3) < 0.012


@both_ways
def test_approximate_trains_spike_in_every_step_from_the_highest_rate_on(online: bool) -> None:
    assert train(HomogeneousPoissonApproxEncoder(20, 1.0, 1000.0), torch.tensor([1.0, 3.0]), online).all()


@both_ways
def test_poisson_interval_times_past_the_end_are_discarded(online: bool) -> None:
    # A mean interval of 20 steps: each of the last steps holds a spike with a probability of about 1/20, and no more.
    spikes = train(PoissonIntervalEncoder(50, 1.0, 50.0), torch.ones(4000), online).double()
    assert abs(spikes[-1].mean().item() - 0.05) < 0.03
    assert not train(PoissonIntervalEncoder(50, 1.0, 1.0), torch.ones(1000), online).any()


@both_ways
def test_poisson_intervals_are_poisson_distributed_from_one_on(online: bool) -> None:
    sample = gaps(train(PoissonIntervalEncoder(400, 1.0, 250.0), torch.ones(200), online), most=40)
    probabilities = torch.distributions.Poisson(4.0).log_prob(torch.arange(13.0)).exp()
    probabilities[1] += probabilities[0]
    probabilities[0] = 0
    observed = torch.bincount(sample, minlength=13)[:13] / len(sample)
    assert (observed - probabilities).abs().max() < 5 * math.sqrt(0.2 * 0.8 / len(sample))


@every_kind
@both_ways
def test_a_seed_or_a_generator_repeats_a_train(kind: type[Encoder], online: bool) -> None:
    inputs = torch.rand(5, 4)
    encoder = kind(60, 1.0, 200.0)
    first = train(encoder, inputs, online)
    torch.manual_seed(20)
    torch.rand(5, 4)
    assert torch.equal(first, train(encoder, inputs, online))
    before = torch.get_rng_state()
    encoder.generator = torch.Generator().manual_seed(3)
    first = train(encoder, inputs, online)
    assert not torch.equal(first, train(encoder, inputs, online))
    encoder.generator.manual_seed(3)
    assert torch.equal(first, train(encoder, inputs, online))
    assert torch.equal(before, torch.get_rng_state())


@every_kind
def test_a_copy_continues_its_own_generator(kind: type[Encoder]) -> None:
    encoder = kind(60, 1.0, 200.0, generator=torch.Generator().manual_seed(3))
    twin = copy.deepcopy(encoder)
    assert torch.equal(encoder(torch.ones(4)), twin(torch.ones(4)))


@every_kind
@both_ways
def test_no_graph_is_recorded_and_inputs_stay_as_they_are(kind: type[Encoder], online: bool) -> None:
    inputs = torch.rand(5, requires_grad=True)
    before = inputs.detach().clone()
    assert not train(kind(5, 1.0, 200.0), inputs, online).requires_grad
    assert torch.equal(inputs.detach(), before)
    for mode in (torch.no_grad(), torch.inference_mode()):
        with mode:
            assert train(kind(5, 1.0, 200.0), inputs, online).shape == (5, 5)


@every_kind
def test_an_iterator_begun_in_inference_mode_goes_on_outside(kind: type[Encoder]) -> None:
    with torch.inference_mode():
        steps = kind(50, 1.0, 300.0)(torch.ones(20), online=True)
        next(steps)
    assert len(list(steps)) == 49


@every_kind
@pytest.mark.parametrize("inputs", (torch.tensor([True, False]), torch.tensor([1, 0]), torch.tensor([1, 0], dtype=torch.float16)))
def test_inputs_of_every_real_type_are_taken(kind: type[Encoder], inputs: Tensor) -> None:
    assert kind(400, 1.0, 200.0)(inputs).any(0).tolist() == [True, False]


@every_kind
def test_inputs_that_are_not_contiguous_keep_their_places(kind: type[Encoder]) -> None:
    inputs = torch.zeros(4, 3).T
    inputs[1, 2] = 1.0
    assert kind(400, 1.0, 200.0)(inputs).any(0).nonzero().tolist() == [[1, 2]]


@every_kind
@both_ways
@pytest.mark.parametrize("value", (-1.0, math.nan, math.inf))
def test_rates_that_are_none_are_refused_at_the_call(kind: type[Encoder], online: bool, value: float) -> None:
    with pytest.raises(ValueError, match="`inputs` must be finite and at least 0"):
        kind(5, 1.0, 200.0)(torch.tensor([0.0, 1.0, value]), online=online)


@every_kind
def test_inputs_that_are_no_tensor_are_refused(kind: type[Encoder]) -> None:
    with pytest.raises(TypeError, match="`inputs` must be a tensor"):
        kind(5, 1.0, 200.0)([0.0, 1.0])


@every_kind
def test_arguments_out_of_range_are_refused(kind: type[Encoder]) -> None:
    for arguments, name in (((0, 1.0, 1.0), "steps"), ((5, 0.0, 1.0), "step_time"), ((5, 1.0, -1.0), "frequency")):
        with pytest.raises(ValueError, match=f"`{name}` must be"):
            kind(*arguments)
    with pytest.raises(ValueError, match="`steps` must be a whole number, got 2.5"):
        kind(2.5, 1.0, 1.0)
    with pytest.raises(TypeError, match="`generator` must be a torch.Generator or None, got int"):
        kind(5, 1.0, 1.0, generator=3)


@every_kind
def test_every_setting_can_be_set(kind: type[Encoder]) -> None:
    encoder = kind(10, 1.0, 100.0)
    assert (encoder.steps, encoder.dt, encoder.duration, encoder.frequency, encoder.generator) == (10, 1.0, 10.0, 100.0, None)
    encoder.steps = 20.0
    encoder.dt = 0.5
    encoder.frequency = 2000.0
    assert (encoder.steps, encoder.dt, encoder.duration, encoder.frequency) == (20, 0.5, 10.0, 2000.0)
    assert isinstance(encoder.steps, int)
    assert encoder(torch.ones(3))[1:].all() or kind is PoissonIntervalEncoder
    for name in ("steps", "duration", "dt"):
        with pytest.raises(ValueError, match="must be"):
            setattr(encoder, name, -1)
    assert (encoder.steps, encoder.dt, encoder.duration) == (20, 0.5, 10.0)


@every_kind
def test_duration_setter_leaves_the_step_time(kind: type[Encoder]) -> None:
    encoder = kind(10, 0.1, 100.0)
    encoder.duration = 30
    assert (encoder.steps, encoder.dt) == (300, 0.1)
    with pytest.raises(ValueError, match="`duration` must be a whole number of steps of 0.1 ms, got 0.25"):
        encoder.duration = 0.25
    assert encoder.steps == 300


def test_refractory_period_can_be_set_to_none() -> None:
    encoder = HomogeneousPoissonEncoder(2000, 1.0, 100.0, refrac=8.0)
    encoder.refrac = None
    assert encoder.refrac == 1.0 and gaps(encoder(torch.ones(20))).min() == 1
    encoder.dt = 0.5
    assert encoder.refrac == 0.5
    encoder.refrac = 6
    assert encoder.refrac == 6.0 and gaps(encoder(torch.ones(20))).min() == 12


def test_rates_that_no_compensation_reaches_are_refused_and_change_nothing() -> None:
    for arguments in ({"frequency": 126.0, "refrac": 8.0}, {"frequency": 1001.0}):
        with pytest.raises(ValueError, match="`frequency` must be at most"):
            HomogeneousPoissonEncoder(10, 1.0, **arguments)
    encoder = HomogeneousPoissonEncoder(10, 1.0, 400.0)
    for name, value in (("frequency", 1200.0), ("refrac", 2.6), ("dt", 3.0)):
        before = getattr(encoder, name)
        with pytest.raises(ValueError, match="`frequency` must be at most"):
            setattr(encoder, name, value)
        assert getattr(encoder, name) == before
    encoder.compensated = False
    encoder.refrac = 5.0
    with pytest.raises(ValueError, match="`frequency` must be at most"):
        encoder.compensated = True
    assert encoder.compensated is False and encoder.refrac == 5.0
    with pytest.raises(ValueError, match="`refrac` must be finite and at least 0, got -1"):
        encoder.refrac = -1


def test_an_encoder_has_no_tensors_and_a_readable_form() -> None:
    encoder = HomogeneousPoissonEncoder(10, 1.0, 100.0)
    assert list(encoder.parameters()) == [] and list(encoder.buffers()) == []
    assert repr(encoder) == "HomogeneousPoissonEncoder(steps=10, step_time=1, frequency=100, refrac=1, compensate=True)"


def test_working_memory_follows_the_spikes_not_the_steps() -> None:
    inputs = torch.zeros(20, 28, 28)
    inputs.view(-1)[::5] = 0.5
    encoder = HomogeneousPoissonEncoder(250, 1.0, 128.0)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        spikes = encoder(inputs)
    allocated = sum(max(event.self_cpu_memory_usage, 0) for event in profile.events())
    assert spikes.numel() <= allocated < 4 * spikes.numel()


@pytest.mark.parametrize("name", ("homogenous_poisson_bernoulli_approx", "poisson_interval"))
def test_functional_forms_take_rates_in_hertz(name: str) -> None:
    rates = torch.tensor([0.0, 500.0])
    whole = getattr(encoding, name)(rates, 4000, 0.5)
    online = torch.stack(list(getattr(encoding, f"{name}_online")(rates, 4000, 0.5)))
    for spikes in (whole, online):
        assert spikes.shape == (4000, 2) and spikes[:, 0].sum() == 0
        assert abs(spikes[:, 1].sum().item() - 1000) < 5 * math.sqrt(1000)


def test_the_published_misspelling_and_the_right_name_are_the_same_function() -> None:
    assert encoding.homogenous_poisson_bernoulli_approx is encoding.homogeneous_poisson_bernoulli_approx
    assert encoding.homogenous_poisson_bernoulli_approx_online is encoding.homogeneous_poisson_bernoulli_approx_online


def test_rates_may_change_from_step_to_step() -> None:
    rates = torch.tensor([0.0, 300.0, 1000.0, 4000.0]).view(4, 1, 1).expand(4, 100, 100)
    spikes = encoding.inhomogeneous_poisson_bernoulli_approx(rates, 0.5)
    assert spikes.shape == (4, 100, 100) and spikes.dtype == torch.bool
    means = spikes.double().mean((1, 2)).tolist()
    for mean, expected in zip(means, (0.0, 0.15, 0.5, 1.0), strict=True):
        assert abs(mean - expected) <= 5 * math.sqrt(expected * (1 - expected) / 10_000)
    with pytest.raises(ValueError, match="`step_time`"):
        encoding.inhomogeneous_poisson_bernoulli_approx(rates, 0.0)
    with pytest.raises(ValueError, match="`inputs`"):
        encoding.inhomogeneous_poisson_bernoulli_approx(-rates, 1.0)


@pytest.mark.parametrize("frequency", [0.0, 100.0])
def test_a_negative_intensity_is_refused_at_any_frequency(frequency: float) -> None:
    encoder = HomogeneousPoissonEncoder(10, 1.0, frequency=frequency)
    for wrong in (-0.5, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="`inputs` must be finite and at least 0"):
            encoder(torch.tensor([0.2, wrong]))


def test_intensities_may_be_of_half_precision() -> None:
    encoder = HomogeneousPoissonEncoder(50, 0.01, frequency=80000.0)
    assert encoder(torch.ones(4, dtype=torch.float16)).any()

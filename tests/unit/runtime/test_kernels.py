import itertools

import pytest
import torch
from tensors import FLOATS, SAMPLE, STEP, events, key, numbers
from torch import Tensor

from inferno.runtime.kernels import draw, event_outer, reference, sparse_sum, spike_sum

pytestmark = pytest.mark.usefixtures("kernels")

EVENTS = [torch.bool, *FLOATS]
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-14}


def scaled_error(actual: Tensor, expected: Tensor) -> float:
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype
    return ((actual - expected).abs().max() / expected.abs().max()).item()


# ---- spike_sum


@pytest.mark.parametrize(("event", "dtype", "density"), list(itertools.product(EVENTS, FLOATS, [0.0, 0.02, 1.0])))
def test_spike_sum_adds_the_rows_of_the_spiking_sources(event: torch.dtype, dtype: torch.dtype, density: float) -> None:
    spikes, weight = events(7, 150, dtype=event, density=density), numbers(150, 77, dtype=dtype)
    expected = (spikes.double() @ weight.double()).to(dtype)
    torch.testing.assert_close(spike_sum(spikes, weight), expected, rtol=TOLERANCE[dtype], atol=10 * TOLERANCE[dtype])


@pytest.mark.parametrize("shape", [(150,), (3, 150), (2, 3, 150), (0, 150), (2, 0, 150)])
def test_spike_sum_keeps_the_leading_shape(shape: tuple[int, ...]) -> None:
    spikes, weight = events(*shape), numbers(150, 9)
    assert spike_sum(spikes, weight).shape == (*shape[:-1], 9)
    torch.testing.assert_close(spike_sum(spikes, weight), spikes.double() @ weight)


@pytest.mark.parametrize(("sources", "targets"), [(0, 4), (4, 0), (0, 0)])
def test_spike_sum_of_nothing_is_zero(sources: int, targets: int) -> None:
    assert torch.equal(spike_sum(events(3, sources), numbers(sources, targets)), torch.zeros(3, targets, dtype=torch.float64))


def test_spike_sum_does_not_depend_on_the_batch_split() -> None:
    spikes, weight = events(60, 784), numbers(784, 100, dtype=torch.float32)
    whole = spike_sum(spikes, weight)
    assert torch.equal(whole, torch.cat([spike_sum(part, weight) for part in spikes.split([1, 2, 37, 20])]))


def test_spike_sum_does_not_depend_on_the_number_of_threads() -> None:
    spikes, weight = events(3000, 784, density=0.02), numbers(784, 20, dtype=torch.float32)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = spike_sum(spikes, weight)
        torch.set_num_threads(2)
        assert torch.equal(alone, spike_sum(spikes, weight))
    finally:
        torch.set_num_threads(threads)


def test_spike_sum_in_float32_is_the_twin_bit_for_bit() -> None:
    # Sums of such float32 weights are exact in float64, so no order of summation can show.
    spikes, weight = events(20, 784), torch.rand(784, 100, generator=torch.Generator().manual_seed(3))
    assert torch.equal(spike_sum(spikes, weight), reference.spike_sum(spikes, weight))


def test_spike_sum_takes_views() -> None:
    spikes, weight = events(300, 14).T[:, ::2], numbers(90, 150).T
    assert not spikes.is_contiguous()
    assert not weight.is_contiguous()
    torch.testing.assert_close(spike_sum(spikes, weight), spikes.double() @ weight)


def test_spike_sum_in_half_precision_is_rounded_once() -> None:
    spikes, weight = events(4, 300), numbers(300, 20, dtype=torch.float16)
    assert torch.equal(spike_sum(spikes, weight), (spikes.double() @ weight.double()).half())


def test_spike_sum_takes_counts() -> None:
    counts = torch.randint(0, 3, (4, 100), generator=torch.Generator().manual_seed(0))
    weight = numbers(100, 10)
    torch.testing.assert_close(spike_sum(counts, weight), counts.double() @ weight)


def test_an_infinite_weight_reaches_only_the_rows_that_spike(kernels: str) -> None:
    if kernels == "twin":
        pytest.skip("a matrix product makes NaN of 0·∞")
    spikes, weight = torch.tensor([[False, True], [True, False]]), torch.tensor([[torch.inf], [1.0]])
    assert spike_sum(spikes, weight).tolist() == [[1.0], [torch.inf]]


def test_spike_sum_refuses_shapes_that_do_not_fit() -> None:
    with pytest.raises(RuntimeError):
        spike_sum(events(2, 5), numbers(6, 3))


# ---- sparse_sum


def synapses(sources: int, targets: int, density: float, longest: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Rows of random synapses: indptr, targets, delays (sorted within a row), and the matrix [longest + 1, sources, targets] of weights."""
    generator = torch.Generator().manual_seed(4)
    exists = torch.rand(sources, targets, generator=generator) < density
    source, target = exists.nonzero(as_tuple=True)
    delay = torch.randint(1, longest + 1, source.shape, generator=generator) if longest else torch.zeros_like(source)
    order = torch.argsort(source * 1000 + delay, stable=True)
    source, target, delay = source[order], target[order], delay[order]
    indptr = torch.cat((torch.zeros(1, dtype=torch.int64), exists.sum(1).cumsum(0)))
    weight = numbers(len(source), seed=7)
    matrix = torch.zeros(longest + 1, sources, targets, dtype=torch.float64)
    matrix[delay, source, target] = weight
    return indptr, target.to(torch.int32), delay, matrix


def weights_of(indptr: Tensor, targets: Tensor, delay: Tensor, matrix: Tensor) -> Tensor:
    source = torch.repeat_interleave(torch.arange(len(indptr) - 1), indptr.diff())
    return matrix[delay, source, targets.long()]


@pytest.mark.parametrize(("event", "dtype", "density"), list(itertools.product(EVENTS, FLOATS, [0.0, 0.02, 1.0])))
def test_sparse_sum_adds_the_synapses_of_the_spiking_sources(event: torch.dtype, dtype: torch.dtype, density: float) -> None:
    indptr, targets, delay, matrix = synapses(150, 70, 0.2)
    spikes = events(4, 3, 150, dtype=event, density=density)
    result = sparse_sum(spikes, weights_of(indptr, targets, delay, matrix).to(dtype), indptr, targets, 70)
    expected = spikes.double() @ matrix[0].to(dtype).double()
    assert result.dtype == dtype
    assert torch.allclose(result.double(), expected, rtol=TOLERANCE[dtype] * 10, atol=TOLERANCE[dtype] * 10)


@pytest.mark.parametrize("kind", [torch.int16, torch.int32])
def test_sparse_sum_takes_each_spike_when_its_delay_is_over(kind: torch.dtype) -> None:
    indptr, targets, delay, matrix = synapses(60, 40, 0.3, longest=5)
    weight = weights_of(indptr, targets, delay, matrix)
    history = events(5 + 8, 3, 60, density=0.2)
    result = sparse_sum(history, weight, indptr, targets, 40, delay.to(kind), past=5)
    expected = torch.stack([sum(history[5 + t - d].double() @ matrix[d] for d in range(1, 6)) for t in range(8)])  # type: ignore[arg-type]
    assert torch.allclose(result, expected)
    # One step of which the newest row is not there yet.
    alone = sparse_sum(history[:5], weight, indptr, targets, 40, delay.to(kind), past=5, steps=1)
    assert torch.equal(alone[0], result[0])


def test_sparse_sum_with_one_weight_counts_and_multiplies() -> None:
    indptr, targets, delay, matrix = synapses(60, 40, 0.3, longest=3)
    spikes = events(6, 2, 60)
    counts = sparse_sum(spikes, torch.ones(1), indptr, targets, 40, delay.to(torch.int16), past=3)
    scaled = sparse_sum(spikes, torch.tensor([0.1]), indptr, targets, 40, delay.to(torch.int16), past=3)
    assert torch.equal(scaled, (counts.double() * torch.tensor(0.1).double()).float())


def test_sparse_sum_of_no_synapses_is_zero() -> None:
    nothing = torch.zeros(0)
    result = sparse_sum(events(2, 3, 5), nothing, torch.zeros(6, dtype=torch.int64), nothing.to(torch.int32), 4)
    assert torch.equal(result, torch.zeros(2, 3, 4))


@pytest.mark.parametrize(("event", "dtype"), list(itertools.product(EVENTS, FLOATS)))
def test_sparse_sum_agrees_with_its_twin_to_the_bit(event: torch.dtype, dtype: torch.dtype) -> None:
    indptr, targets, delay, matrix = synapses(200, 90, 0.4, longest=7)
    weight = weights_of(indptr, targets, delay, matrix).to(dtype)
    history = events(7 + 5, 4, 200, dtype=event, density=0.3)
    late = delay.to(torch.int16)
    result = sparse_sum(history, weight, indptr, targets, 90, late, past=7)
    assert torch.equal(result, reference.sparse_sum(history, weight, indptr, targets, late, 7, 5, 90))
    # Neither the split of the batch nor that of time changes a bit; views of a history need no copy.
    parts = [sparse_sum(history[:, b : b + 1], weight, indptr, targets, 90, late, past=7) for b in range(4)]
    assert torch.equal(torch.cat(parts, 1), result)
    kept = history.transpose(0, 1).contiguous().transpose(0, 1)
    assert torch.equal(sparse_sum(kept[2:], weight, indptr, targets, 90, late, past=7), result[2:])


def test_sparse_sum_agrees_on_any_number_of_threads() -> None:
    indptr, targets, delay, matrix = synapses(3000, 500, 0.1, longest=20)
    weight, history = weights_of(indptr, targets, delay, matrix).float(), events(60, 4, 3000)
    late, threads = delay.to(torch.int32), torch.get_num_threads()
    results = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        results.append(sparse_sum(history, weight, indptr, targets, 500, late, past=20))
    torch.set_num_threads(threads)
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])


def test_sparse_sum_has_the_gradients_of_its_matrix() -> None:
    indptr, targets, delay, matrix = synapses(12, 9, 0.4, longest=3)
    weight = weights_of(indptr, targets, delay, matrix).requires_grad_()
    history = events(3 + 4, 2, 12, dtype=torch.float64, density=0.5).requires_grad_()
    late = delay.to(torch.int16)
    assert torch.autograd.gradcheck(lambda s, w: sparse_sum(s, w, indptr, targets, 9, late, past=3), (history, weight))
    one = torch.ones(1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s, w: sparse_sum(s, w, indptr, targets, 9, late, past=3), (history, one))


# ---- event_outer


@pytest.mark.parametrize(("left", "right", "dtype"), list(itertools.product(EVENTS, EVENTS, FLOATS)))
@pytest.mark.parametrize("density", [0.02, 0.5])
def test_event_outer_sums_over_the_batch(left: torch.dtype, right: torch.dtype, dtype: torch.dtype, density: float) -> None:
    a, b = events(13, 150, dtype=left, density=density), events(13, 77, dtype=right, density=density)
    assert scaled_error(event_outer(a, b, dtype), a.to(dtype).T @ b.to(dtype)) < TOLERANCE[dtype]


def test_event_outer_has_the_dtype_of_the_floating_side() -> None:
    spikes, single, double = events(3, 4), numbers(3, 5, dtype=torch.float32), numbers(3, 5)
    assert event_outer(spikes, single).dtype == event_outer(single, spikes).dtype == torch.float32
    assert event_outer(single, double).dtype == torch.float64
    assert event_outer(spikes, single, torch.float64).dtype == torch.float64


def test_event_outer_of_two_bool_sides_needs_a_dtype() -> None:
    with pytest.raises(TypeError, match="floating dtype"):
        event_outer(events(2, 3), events(2, 3))


@pytest.mark.parametrize(("batch", "rows", "columns"), [(0, 3, 4), (2, 0, 4), (2, 3, 0)])
def test_event_outer_of_nothing_is_zero(batch: int, rows: int, columns: int) -> None:
    assert torch.equal(event_outer(events(batch, rows), numbers(batch, columns)), torch.zeros(rows, columns, dtype=torch.float64))


def test_event_outer_takes_views() -> None:
    left, right = events(40, 9).T, numbers(50, 9).T[:, ::3]
    torch.testing.assert_close(event_outer(left, right), left.double().T @ right)


def test_event_outer_does_not_depend_on_the_number_of_threads() -> None:
    left, right = events(20, 2000, dtype=torch.float32), numbers(20, 150, dtype=torch.float32)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = event_outer(left, right)
        torch.set_num_threads(2)
        torch.testing.assert_close(alone, event_outer(left, right), rtol=1e-6, atol=1e-6)
    finally:
        torch.set_num_threads(threads)


def test_event_outer_refuses_two_batch_sizes() -> None:
    with pytest.raises(RuntimeError):
        event_outer(events(2, 3), numbers(3, 3))


# ---- gradients, shapes and compiling


@pytest.mark.parametrize("event", [torch.bool, torch.float64])
def test_spike_sum_has_the_right_gradients(event: torch.dtype) -> None:
    spikes = events(3, 6, dtype=event, density=0.5).requires_grad_(event.is_floating_point)
    weight = numbers(6, 4).requires_grad_()
    assert torch.autograd.gradcheck(spike_sum, (spikes, weight))
    assert torch.autograd.gradgradcheck(spike_sum, (spikes, weight))


def test_spike_sum_has_the_right_gradients_over_two_leading_axes() -> None:
    assert torch.autograd.gradcheck(spike_sum, (events(2, 3, 6, dtype=torch.float64).requires_grad_(), numbers(6, 4).requires_grad_()))


def test_spike_sum_passes_each_side_a_gradient_of_its_dtype() -> None:
    spikes, weight = events(3, 6, dtype=torch.float64).requires_grad_(), numbers(6, 4, dtype=torch.float32).requires_grad_()
    spike_sum(spikes, weight).sum().backward()
    assert (spikes.grad.dtype, weight.grad.dtype) == (torch.float64, torch.float32)


@pytest.mark.parametrize(("left", "right"), [(torch.float64, torch.float64), (torch.bool, torch.float64), (torch.float64, torch.bool)])
def test_event_outer_has_the_right_gradients(left: torch.dtype, right: torch.dtype) -> None:
    sides = events(3, 5, dtype=left, density=0.5), events(3, 4, dtype=right, density=0.5)
    for side in sides:
        side.requires_grad_(side.is_floating_point())
    assert torch.autograd.gradcheck(event_outer, sides)
    assert torch.autograd.gradgradcheck(event_outer, sides)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_the_operators_keep_the_rules_of_torch() -> None:
    weight = numbers(6, 4).requires_grad_()
    checks = [
        (torch.ops.inferno.spike_sum.default, (events(3, 6), weight)),
        (torch.ops.inferno.spike_sum.default, (events(2, 3, 6, dtype=torch.float64).requires_grad_(), weight)),
        (torch.ops.inferno.event_outer.default, (events(3, 6), numbers(3, 4).requires_grad_(), torch.float64)),
        (torch.ops.inferno.draw.default, ("normal", key(), SAMPLE, STEP, 9, events(5, 9), torch.float32)),
    ]
    for operator, arguments in checks:
        torch.library.opcheck(operator, arguments)


def test_compiled_code_takes_every_batch_size_with_one_graph() -> None:
    def step(spikes: Tensor, weight: Tensor, sample: Tensor, now: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        current = spike_sum(spikes, weight)
        waits = draw("exponential", key_tensor, sample, now, spikes.shape[1], spikes)
        return current, event_outer(spikes, current), waits + 1

    key_tensor, weight = key(), numbers(30, 7, dtype=torch.float32)
    compiled = torch.compile(step, fullgraph=True)
    for batch in (4, 9, 20):
        spikes, sample = events(batch, 30), torch.arange(batch)
        for tensor in (spikes, sample):
            torch._dynamo.mark_dynamic(tensor, 0)
        with torch.compiler.set_stance("default" if batch == 4 else "fail_on_recompile"):
            results = compiled(spikes, weight, sample, STEP)
        for actual, expected in zip(results, step(spikes, weight, sample, STEP), strict=True):
            assert torch.equal(actual, expected)
    torch._dynamo.reset()


def test_compiled_code_trains() -> None:
    def loss(spikes: Tensor, weight: Tensor) -> Tensor:
        return spike_sum(spikes, weight).square().sum()

    spikes, weight = events(5, 30, dtype=torch.float64), numbers(30, 7)
    eager, compiled = weight.clone().requires_grad_(), weight.clone().requires_grad_()
    loss(spikes, eager).backward()
    torch.compile(loss, fullgraph=True)(spikes, compiled).backward()
    torch.testing.assert_close(compiled.grad, eager.grad)
    torch._dynamo.reset()

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from inferno.learn.classifiers import MaxRateClassifier

INPUTS = torch.tensor([[1, 0, 0.5, 0], [0, 1, 0.5, 0], [0, 0.5, 0, 0]])
LABELS = torch.tensor([0, 1, 2])


@pytest.fixture
def classifier() -> MaxRateClassifier:
    return MaxRateClassifier(4, 3, decay=0.1)


def test_golden_values(classifier: MaxRateClassifier) -> None:
    predicted = classifier(INPUTS, LABELS)
    assert predicted.tolist() == [0, 0, 0]
    assert_close(classifier.rates.detach(), torch.tensor([[1, 0, 0], [0, 1, 0.5], [0.5, 0.5, 0], [0, 0, 0]]))
    assert classifier.assignments.tolist() == [0, 1, 0, 0] and classifier.assignments.dtype == torch.int64
    assert classifier.occurrences.tolist() == [3, 1, 0] and classifier.occurrences.dtype == torch.int64
    labels, logits = classifier(INPUTS, None, logits=True)
    assert labels.tolist() == [0, 1, 1]
    assert_close(logits, torch.tensor([[0.4167, 0, 0], [0.0833, 0.6667, 0], [0, 0.3333, 0]]), atol=1e-4, rtol=0)
    expected = torch.tensor([[0.5, 0, 0], [0.1667, 1, 0], [0, 0.5, 0]])
    assert_close(classifier(INPUTS, None, True, False)[1], expected, atol=1e-4, rtol=0)
    assert_close(classifier.regress(INPUTS, proportional=False), expected, atol=1e-4, rtol=0)
    assert classifier.classify(INPUTS).tolist() == [0, 1, 1]


def test_everything_is_class_zero_before_any_update(classifier: MaxRateClassifier) -> None:
    assert classifier.occurrences.tolist() == [4, 0, 0]
    assert not classifier.proportions.any()
    labels, logits = classifier(INPUTS, None, logits=True)
    assert labels.tolist() == [0, 0, 0] and labels.dtype == torch.int64
    assert logits.isfinite().all() and not logits[:, 1:].any()


def test_rates_accumulate_and_decay_by_the_number_of_samples(classifier: MaxRateClassifier) -> None:
    classifier.update(INPUTS, LABELS)
    classifier.update(torch.tensor([[0.0, 0, 0, 1], [0, 0, 0, 3], [2, 0, 0, 0]]), torch.tensor([2, 2, 0]))
    two, one = math.exp(-0.2), math.exp(-0.1)
    expected = torch.tensor([[one + 2, 0, 0], [0, 1, 0.5 * two], [0.5 * one, 0.5, 0], [0, 0, 2]])
    assert_close(classifier.rates.detach(), expected)
    assert_close(classifier.proportions, expected / expected.sum(1, keepdim=True))


def test_without_decay_rates_are_the_sum_of_batch_means() -> None:
    classifier = MaxRateClassifier((2,), 2)
    for _ in range(3):
        classifier.update(torch.tensor([[1.0, 2.0], [3.0, 0.0]]), torch.tensor([1, 1]))
    assert_close(classifier.rates.detach(), torch.tensor([[0.0, 6.0], [0.0, 3.0]]))


def test_prediction_may_be_left_out(classifier: MaxRateClassifier) -> None:
    assert classifier(INPUTS, LABELS, logits=None) is None
    assert classifier.assignments.tolist() == [0, 1, 0, 0]


def test_ties_go_to_the_lowest_class() -> None:
    classifier = MaxRateClassifier(2, 3)
    classifier.rates = torch.tensor([[0.0, 2, 2], [0, 1, 1]])
    assert classifier.assignments.tolist() == [1, 1]
    classifier.rates = torch.tensor([[0.0, 2, 0], [0, 0, 2]])
    assert classifier.classify(torch.ones(1, 2)).tolist() == [1]


def test_silent_neurons_count_for_class_zero() -> None:
    classifier = MaxRateClassifier(4, 2)
    classifier.rates = torch.tensor([[1.0, 0], [0, 1], [0, 0], [0, 0]])
    assert_close(classifier.regress(torch.ones(1, 4)), torch.tensor([[1 / 3, 1.0]]))


def test_spikes_over_time_are_averaged_first() -> None:
    spikes = torch.rand(7, 5, 2, 3, generator=torch.Generator().manual_seed(1)) < 0.4
    labels = torch.tensor([0, 1, 2, 0, 1])
    over_time, averaged = MaxRateClassifier((2, 3), 3), MaxRateClassifier((2, 3), 3)
    for inputs, classifier in ((spikes, over_time), (spikes.float().mean(0), averaged)):
        assert classifier(inputs, labels).tolist() == [0] * 5
    assert_close(over_time.rates.detach(), averaged.rates.detach())
    assert torch.equal(over_time.classify(spikes), averaged.classify(spikes.float().mean(0)))


@pytest.mark.parametrize("kind", (torch.bool, torch.int64, torch.float16, torch.float64))
def test_inputs_of_every_real_type_are_taken(kind: torch.dtype) -> None:
    classifier = MaxRateClassifier((2, 2), 2)
    classifier.update(torch.tensor([[[1, 0], [0, 0]], [[0, 0], [0, 1]]]).to(kind), torch.tensor([0, 1]))
    assert classifier.assignments.tolist() == [[0, 0], [0, 1]]
    assert classifier.rates.dtype == torch.float32


def test_a_smaller_last_batch_is_learned(classifier: MaxRateClassifier) -> None:
    classifier(INPUTS, LABELS)
    assert classifier(INPUTS[:1], LABELS[:1]).tolist() == [0]
    assert classifier(INPUTS[:0], LABELS[:0]).tolist() == []
    assert_close(classifier.rates[0, 0].item(), math.exp(-0.1) + 1)


def test_sizes_and_their_names() -> None:
    classifier = MaxRateClassifier((2, 3), 5, decay=1e-6)
    assert (classifier.shape, classifier.ndim, classifier.nclass, classifier.decay) == ((2, 3), 2, 5, 1e-6)
    assert classifier.rates.shape == classifier.proportions.shape == (2, 3, 5)
    assert classifier.assignments.shape == (2, 3) and classifier.occurrences.shape == (5,)
    assert MaxRateClassifier(4.0, 3).shape == (4,)
    assert repr(classifier) == "MaxRateClassifier(shape=(2, 3), num_classes=5, decay=1e-06)"


def test_only_the_rates_are_saved(classifier: MaxRateClassifier) -> None:
    assert set(classifier.state_dict()) - {"_extra_state"} == {"rates_"}
    assert [name for name, _ in classifier.named_parameters()] == ["rates_"] and not classifier.rates_.requires_grad


@pytest.mark.parametrize("assign", (False, True))
@pytest.mark.parametrize("nested", (False, True))
def test_loading_derives_the_assignments_anew(classifier: MaxRateClassifier, nested: bool, assign: bool) -> None:
    classifier(INPUTS, LABELS)
    loaded = MaxRateClassifier(4, 3)
    source, target = (nn.Sequential(classifier), nn.Sequential(loaded)) if nested else (classifier, loaded)
    target.load_state_dict(source.state_dict(), assign=assign)
    for name in ("rates", "assignments", "occurrences", "proportions"):
        assert torch.equal(getattr(loaded, name), getattr(classifier, name))


def test_a_copy_is_independent(classifier: MaxRateClassifier) -> None:
    twin = copy.deepcopy(classifier)
    twin.load_state_dict({**classifier.state_dict(), "rates_": torch.eye(4)[:, :3]})
    assert twin.assignments.tolist() == [0, 1, 2, 0] and classifier.assignments.tolist() == [0, 0, 0, 0]


def test_moving_takes_everything_along(classifier: MaxRateClassifier) -> None:
    classifier(INPUTS, LABELS)
    classifier.to(torch.float64)
    assert classifier.rates.dtype == classifier.proportions.dtype == torch.float64
    assert classifier.assignments.dtype == classifier.occurrences.dtype == torch.int64
    assert classifier(INPUTS, LABELS, logits=True)[1].dtype == torch.float64
    classifier.to("meta")
    for name in ("rates", "assignments", "occurrences", "proportions"):
        assert getattr(classifier, name).device.type == "meta"


def test_assigned_rates_are_copied_and_derived_from(classifier: MaxRateClassifier) -> None:
    rates = nn.Parameter(torch.eye(4)[:, :3])
    parameter = classifier.rates_
    classifier.rates = rates
    assert classifier.rates_ is parameter and classifier.assignments.tolist() == [0, 1, 2, 0]
    with pytest.raises(ValueError, match=r"`rates` must have the shape \(4, 3\), got \(3, 4\)"):
        classifier.rates = torch.zeros(3, 4)
    with pytest.raises(TypeError, match="`rates` must be a tensor, got list"):
        classifier.rates = [0.0]


def test_no_graph_is_recorded(classifier: MaxRateClassifier) -> None:
    classifier(INPUTS.clone().requires_grad_(), LABELS)
    for tensor in (classifier.rates, classifier.proportions):
        assert not tensor.requires_grad
    with torch.inference_mode():
        classifier(INPUTS, LABELS)
    assert classifier(INPUTS, LABELS).shape == (3,)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    (
        (torch.tensor([0, 1, 3]), ValueError, "`labels` must be from 0 to 2, got values from 0 to 3"),
        (torch.tensor([0, -1, 2]), ValueError, "`labels` must be from 0 to 2, got values from -1 to 2"),
        (torch.tensor([0, 1]), ValueError, r"`labels` must have the shape \[3\]"),
        (torch.tensor([[0, 1, 2]]), ValueError, r"`labels` must have the shape \[3\]"),
        (torch.tensor([0.0, 1.0, 2.0]), TypeError, "`labels` must be whole numbers, got torch.float32"),
        (torch.tensor([True, False, True]), TypeError, "`labels` must be whole numbers, got torch.bool"),
        ([0, 1, 2], TypeError, "`labels` must be a tensor of whole numbers, got list"),
    ),
)
def test_labels_that_are_no_classes_are_refused(
    classifier: MaxRateClassifier, labels: Tensor, error: type[Exception], message: str
) -> None:
    for call in (classifier, classifier.update):
        with pytest.raises(error, match=message):
            call(INPUTS, labels)
    assert not classifier.rates.any()


@pytest.mark.parametrize("kind", (torch.uint8, torch.int32))
def test_labels_of_every_whole_type_are_taken(classifier: MaxRateClassifier, kind: torch.dtype) -> None:
    classifier(INPUTS, LABELS.to(kind))
    assert classifier.occurrences.tolist() == [3, 1, 0]


@pytest.mark.parametrize("shape", ((3, 5), (4,), (2, 3, 3, 4), (0, 3, 4)))
def test_inputs_of_another_shape_are_refused(classifier: MaxRateClassifier, shape: tuple[int, ...]) -> None:
    for call in (classifier.classify, classifier.regress, lambda inputs: classifier(inputs, None)):
        with pytest.raises(ValueError, match=r"`inputs` must have the shape \[batch, 4\] or \[steps, batch, 4\], got "):
            call(torch.zeros(shape))


def test_arguments_out_of_range_are_refused() -> None:
    for arguments, error, name in (
        ((0, 3), ValueError, r"shape\[?0?\]?"),
        ((4, 0), ValueError, "num_classes"),
        ((4, 2.5), ValueError, "num_classes"),
        ((4, "3"), TypeError, "num_classes"),
    ):
        with pytest.raises(error, match=f"`{name}` must be"):
            MaxRateClassifier(*arguments)
    with pytest.raises(ValueError, match="`decay` must be finite and at least 0, got -0.1"):
        MaxRateClassifier(4, 3, decay=-0.1)

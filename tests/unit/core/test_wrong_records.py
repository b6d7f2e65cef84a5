"""What records and shaped tensors say of wrong use."""

from collections.abc import Callable

import pytest
import torch

import inferno


class Owner(inferno.Module):
    """Three observations of five numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.past = inferno.RecordTensor(self, "past", 1.0, 2.0, torch.zeros(5), inclusive=True)


@pytest.mark.parametrize(
    ("use", "error", "name"),
    [
        (lambda r: r.push([1.0]), TypeError, "obs"),
        (lambda r: r.write("a"), TypeError, "obs"),
        (lambda r: r.insert([1.0], 0.0), TypeError, "obs"),
        (lambda r: r.writerange([1.0]), TypeError, "obs"),
        (lambda r: r.writerange(torch.tensor(1.0)), ValueError, "obs"),
        (lambda r: r.read(1.5), ValueError, "offset"),
        (lambda r: r.read("a"), TypeError, "offset"),
        (lambda r: r.readrange(1, torch.zeros(4).long()), ValueError, "offset"),
        (lambda r: r.readrange(1, 1.5), ValueError, "offset"),
        (lambda r: r.select("a"), TypeError, "time"),
        (lambda r: setattr(r, "pointer", 1.5), ValueError, "pointer"),
        (lambda r: setattr(r, "pointer", "a"), TypeError, "pointer"),
        (lambda r: inferno.RecordTensor(inferno.Module(), "q", 1.0, 1.0, [1.0]), TypeError, "value"),
        (lambda r: inferno.RecordTensor(inferno.Module(), "q", 1.0, 1.0, None, [3]), TypeError, "constraints"),
        (lambda r: inferno.ShapedTensor(inferno.Module(), "q", 3.0), TypeError, "value"),
        (lambda r: inferno.ShapedTensor(inferno.Module(), "q", None, [3]), TypeError, "constraints"),
        (lambda r: inferno.ShapedTensor.resize([1], 0, 1), TypeError, "value"),
        (lambda r: inferno.ShapedTensor(inferno.Module(), "q", None, strict=torch.ones(2)), TypeError, "strict"),
    ],
)
def test_wrong_use_of_a_record_is_named(use: Callable[[inferno.RecordTensor], object], error: type[Exception], name: str) -> None:
    owner = Owner()
    with pytest.raises(error, match=f"`{name}"):
        use(owner.past)
    assert owner.past.pointer == 0 and not owner.past.value.any()


def test_a_first_observation_that_is_no_tensor_makes_no_storage() -> None:
    owner = inferno.Module()
    record = inferno.RecordTensor(owner, "past", 1.0, 2.0, None)
    with pytest.raises(TypeError, match="`obs` must be a tensor, got list"):
        record.push([1.0])
    assert record.ignored


def test_a_record_without_observations_takes_its_size_from_the_times_that_are_loaded() -> None:
    owners = [inferno.Module(), inferno.Module()]
    short, long = (
        inferno.RecordTensor(owner, "past", 1.0, duration, torch.empty(0), persist_temporal=True)
        for owner, duration in zip(owners, (2.0, 6.0), strict=True)
    )
    owners[1].load_state_dict(owners[0].state_dict())
    assert long.duration == short.duration == 2.0
    assert long.recordsz == short.recordsz == 2
    for k in range(3):
        long.push(torch.tensor([float(k)]))
    assert long.readrange(2).tolist() == [[1.0, 2.0]]
